/** A specialist lets colleagues listen: they find it, hear, see and follow the images without a microphone or camera, and are sent away at its end. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, phone, shot } from './browser.mjs';
import { inCall, more, received, spy, tooWide } from './consulting.mjs';
import { start, studiesSent, until } from './program.mjs';

let program;
let browser;

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

const drawn = (page) =>
  page.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor({ timeout: 40_000 });
const indexOf = async (page) => Number(await page.locator('[data-testid="pane-0"]').getAttribute('data-index'));

test('a lecture is opened with consent, found, listened to with its images, and closed', async () => {
  const jiang = await person(browser, program.http, 'hewan', desktop);
  await spy(jiang.context);
  await jiang.page.locator('.bar-nav').getByText('示教').click();
  await jiang.page.getByText('现在没有可以旁听的会诊').waitFor();
  await shot(jiang.page, 'lecture-1-none');
  const { shi, zhou, id } = await inCall(browser, program.http);

  // Opened: in the words of a doctor, not without consent, not with the patient's name.
  await more(zhou.page, '开放旁听');
  const dialog = zhou.page.getByRole('dialog', { name: '开放旁听？' });
  const open = dialog.getByRole('button', { name: '开放旁听' });
  assert.equal(await dialog.getByLabel('题目').inputValue(), '神经内科一例');
  assert.ok(await open.isDisabled(), 'opened without consent');
  await dialog.getByText('已告知 李四', { exact: false }).click();
  await dialog.getByLabel('题目').fill('李四头痛');
  await dialog.getByText('题目里不要写患者姓名').waitFor();
  assert.ok(await open.isDisabled(), 'opened with the name of the patient');
  await dialog.getByLabel('题目').fill('突发头痛呕吐一例');
  await shot(zhou.page, 'lecture-2-open');
  await open.click();
  for (const p of [zhou, shi]) await p.page.locator('.lecture-mark').getByText('0 人旁听').waitFor({ timeout: 15_000 });
  await shot(shi.page, 'lecture-3-told-phone');

  // Found and listened to.
  await jiang.page.goto(`${program.http}/`);
  await jiang.page.getByRole('link', { name: /突发头痛呕吐一例/ }).waitFor({ timeout: 10_000 });
  await shot(jiang.page, 'lecture-4-work');
  await jiang.page.goto(`${program.http}/lectures`);
  await jiang.page.getByRole('link', { name: /突发头痛呕吐一例/ }).waitFor({ timeout: 10_000 });
  await shot(jiang.page, 'lecture-4-found');
  await jiang.page.getByRole('link', { name: /突发头痛呕吐一例/ }).click();
  await jiang.page.locator('.stage-main video').waitFor({ timeout: 20_000 });
  const first = await received(jiang.page);
  await until(
    async () => {
      const now = await received(jiang.page);
      return now.frames > first.frames + 10 && now.energy > first.energy;
    },
    20_000,
    () => 'the listener sees or hears nothing',
  );
  assert.equal(await jiang.page.evaluate(() => window.__asked), 0, 'a listener was asked for a microphone or camera');
  const controls = jiang.page.locator('.controls');
  for (const word of ['静音', '关摄像头', '共享屏幕', '举手'])
    assert.equal(await controls.getByText(word).count(), 0, `a listener is offered ${word}`);
  for (const p of [zhou, shi]) await p.page.locator('.lecture-mark').getByText('1 人旁听').waitFor({ timeout: 10_000 });
  await shot(jiang.page, 'lecture-5-listen');

  // The images are followed; whose they are is not shown.
  await zhou.page.locator('.controls').getByText('影像').click();
  await drawn(zhou.page);
  await drawn(jiang.page);
  await jiang.page.getByText('周医生 主讲影像').waitFor({ timeout: 10_000 });
  assert.equal(await jiang.page.getByRole('button', { name: '我来主讲' }).count(), 0);
  await zhou.page.locator('[data-testid="pane-0"]').hover();
  const from = await indexOf(zhou.page);
  for (let i = 0; i < 3; i++) await zhou.page.keyboard.press('ArrowDown');
  await until(
    async () => (await indexOf(jiang.page)) === from + 3,
    10_000,
    () => 'the listener does not follow',
  );
  assert.equal(
    await jiang.page.locator('.viewer-tl').first().isVisible(),
    false,
    'the listener reads whose images these are',
  );
  await shot(jiang.page, 'lecture-6-images');
  await jiang.page.setViewportSize(phone);
  assert.equal(await tooWide(jiang.page), 0);
  await jiang.page.waitForTimeout(500);
  await shot(jiang.page, 'lecture-6-images-phone');

  // Who listens is known by name; leaving is counted.
  const [left, right] = await zhou.page
    .locator('.controls button:visible')
    .evaluateAll((all) => [
      Math.min(...all.map((b) => b.getBoundingClientRect().left)),
      Math.max(...all.map((b) => b.getBoundingClientRect().right)),
    ]);
  const bar = await zhou.page.locator('.controls').boundingBox();
  assert.ok(
    left >= bar.x && right <= bar.x + bar.width,
    `the controls beside the images reach from ${left} to ${right} of ${JSON.stringify(bar)}`,
  );
  await zhou.page.locator('.lecture-mark').click();
  const running = zhou.page.getByRole('dialog', { name: '正在示教' });
  await running.getByText('江医生').waitFor({ timeout: 10_000 });
  await zhou.page.waitForTimeout(300);
  await shot(zhou.page, 'lecture-7-audience');
  await jiang.page.locator('.controls').getByText('离开').click();
  await jiang.page.waitForURL(/\/lectures$/);
  await shot(jiang.page, 'lecture-4-found-phone');
  await zhou.page.locator('.lecture-mark').getByText('0 人旁听').waitFor({ timeout: 10_000 });
  await jiang.page.getByRole('link', { name: /突发头痛呕吐一例/ }).click();
  await jiang.page.locator('.stage-main video').waitFor({ timeout: 20_000 });

  // Closed: the listeners are sent away, the consult goes on, and it is on record.
  await running.getByRole('button', { name: '结束示教' }).click();
  await jiang.page.getByText('示教已结束').waitFor({ timeout: 10_000 });
  await shot(jiang.page, 'lecture-8-over-phone');
  for (const p of [zhou, shi]) await p.page.locator('.lecture-mark').waitFor({ state: 'detached', timeout: 10_000 });
  const before = await received(zhou.page);
  await until(
    async () => (await received(zhou.page)).frames > before.frames + 10,
    10_000,
    () => 'the consult ended with the lecture',
  );
  await jiang.page.getByRole('link', { name: '回到示教列表' }).click();
  await jiang.page.getByText('现在没有可以旁听的会诊').waitFor({ timeout: 20_000 });
  const { audience } = await (await zhou.context.request.get(`${program.http}/api/requests/${id}/talk`)).json();
  assert.deepEqual(
    audience.map((h) => [h.name, h.visits.length, h.visits.every((v) => v.until)]),
    [['江医生', 2, true]],
  );
  assert.deepEqual([...zhou.faults, ...shi.faults, ...jiang.faults], []);
  for (const p of [zhou, shi, jiang]) await p.close();
});
