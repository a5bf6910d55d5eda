/** The consult room with pictures: the talk beside the images, on a desk and on a phone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, phone, shot, wall } from './browser.mjs';
import { start, until } from './program.mjs';

let program;
let browser;

before(async () => {
  program = await start();
  browser = await launch();
  await until(() => program.log().includes('demo studies sent'), 120_000, () => program.log());
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

const box = async (page, selector) => page.locator(selector).first().boundingBox();

/** The main picture fills its stage; one's own is small and lies inside; nothing of the page is out of sight. */
async function fits(page, what) {
  const [stage, video, self, tag] = await Promise.all([box(page, '.stage'), box(page, '.stage-main video'), box(page, '.stage-self'), box(page, '.stage-main figcaption')]);
  assert.ok(Math.abs(video.width - stage.width) < 2 && Math.abs(video.height - stage.height) < 2, `${what}: picture ${JSON.stringify(video)} on stage ${JSON.stringify(stage)}`);
  assert.ok(self.width <= stage.width * 0.4 && self.x + self.width <= stage.x + stage.width && self.y >= stage.y, `${what}: own picture ${JSON.stringify(self)}`);
  assert.ok(tag.width > 40 && tag.x >= stage.x, `${what}: name tag ${JSON.stringify(tag)}`);
  const apart = tag.x + tag.width <= self.x || tag.y + tag.height <= self.y;
  assert.ok(apart, `${what}: the name tag lies under the own picture`);
  const over = await page.evaluate(() => [document.documentElement.scrollWidth - document.documentElement.clientWidth, document.documentElement.scrollHeight - document.documentElement.clientHeight]);
  assert.deepEqual(over.map((v) => Math.max(0, v)), [0, 0], `${what}: the room is larger than its screen`);
}

test('pictures open beside the talk for both', async () => {
  const shi = await person(browser, program.http, 'shiqiao', phone);
  const zhou = await person(browser, program.http, 'zhou', desktop);
  await shi.page.goto(`${program.http}/requests/new`);
  await shi.page.locator('input[type="search"]').first().fill('李四');
  await shi.page.locator('.picker-row', { hasText: '李四' }).first().click({ timeout: 20_000 });
  await shi.page.getByRole('radio', { name: '急会诊' }).click();
  await shi.page.getByRole('radio', { name: /神经内科/ }).click();
  await shi.page.getByLabel('一句话说明病情', { exact: false }).fill('突发头痛呕吐，头颅 CT 已上传，请会诊。');
  await shi.page.getByText('患者或家属已知情并同意').click();
  await shi.page.getByRole('button', { name: '发起急会诊' }).click();
  await shi.page.waitForURL(/\/requests\/(?!new)/, { timeout: 20_000 });

  await zhou.page.getByRole('button', { name: /接诊/ }).first().click({ timeout: 30_000 });
  await zhou.page.waitForURL(/\/requests\//, { timeout: 20_000 });
  await zhou.page.getByRole('button', { name: /进入/ }).first().click({ timeout: 20_000 });
  for (const p of [zhou, shi]) await p.page.locator('.stage-main video').waitFor({ timeout: 40_000 });
  assert.match(await zhou.page.locator('.stage-main figcaption').innerText(), /石医生\s+石桥卫生院/);
  assert.match(await shi.page.locator('.stage-main figcaption').innerText(), /周医生\s+县人民医院/);
  await fits(zhou.page, 'desk');
  await fits(shi.page, 'phone');

  await zhou.page.locator('.controls').getByText('影像').click();
  const drawn = (page) => page.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor({ timeout: 40_000 });
  await drawn(zhou.page);
  await drawn(shi.page); // what one opens, the other sees
  for (const [name, size] of [['desktop', desktop], ['1920', wall]]) {
    await zhou.page.setViewportSize(size);
    await fits(zhou.page, `images, ${name}`);
    await shot(zhou.page, `room-1-images-${name}`);
  }
  await fits(shi.page, 'images, phone');
  await shot(shi.page, 'room-1-images-phone');
  const view = await box(zhou.page, '.viewer-grid');
  assert.ok(view.width > 900 && view.height > 600, `the pictures get ${JSON.stringify(view)} of a 1920 screen`);
  const small = await box(shi.page, '.viewer-grid');
  assert.ok(small.height > 150, `the pictures get ${JSON.stringify(small)} of a phone`);
  assert.deepEqual([...zhou.faults, ...shi.faults], []);
  for (const p of [zhou, shi]) await p.close();
});
