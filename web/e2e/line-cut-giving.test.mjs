/** The line dies while pictures leave the house, on film, by a link, as a copy without identity: nothing is half, and nothing is there twice. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, shot } from './browser.mjs';
import { begin, broken, browser, enter, line, mended, program, told, who } from './line-cut.world.mjs';
import { until } from './program.mjs';
import { paperless, studyOf } from './world.mjs';

const run = promisify(execFile);

before(() => begin());

const print = () => who.page.getByRole('button', { name: /^打印/ });
const printed = () => who.page.evaluate(() => window.printed ?? 0);

for (const how of ['cut', 'swallow'])
  test(`while a film is made (${how}): no sheet goes on paper with holes, and it is printed once`, async () => {
    await enter('qingxi-jishi');
    await paperless(who.page);
    const ct = await studyOf(who, 'CT');
    await who.page.goto(`${line.http}/studies/${ct}/film`);
    const progress = who.page.locator('[data-testid="film-progress"]');
    await until(
      async () => Number(await progress.getAttribute('data-done')) >= 8 && (await progress.textContent()) === '',
      30_000,
      () => 'the page is not there',
    );
    await who.page.waitForLoadState('networkidle');
    let asked = 0;
    who.page.on('request', (r) => {
      if (r.url().includes('/rendered') && ++asked === 8) line[how]();
    });
    await who.page.locator('.film-options select').last().selectOption({ index: 3 }); // another window: other pictures
    await broken();
    await told();
    if (how === 'cut') await who.page.getByText(/\d+ 幅图像还没有取到/).waitFor();
    await print().click();
    await shot(who.page, `line-cut-film-${how}`);
    assert.equal(await printed(), 0, 'it was printed with holes');
    await mended();
    await until(
      async () => (await printed()) === 1,
      30_000,
      async () =>
        `printed: ${await printed()}, ${await who.page.locator('.film-options').textContent()} ${await who.page.locator('.y-toasts').textContent()}`,
    );
    const sheets = who.page.locator('[data-testid="printed"] [data-testid="film-cell"]');
    const whole = await sheets.locator('img').evaluateAll((all) => all.filter((i) => i.naturalWidth > 0).length);
    assert.ok(whole > 8, `${whole} pictures`);
    assert.equal(whole, await sheets.count());
    assert.equal(await who.page.getByText('没有取到').count(), 0);
  });

const share = () => who.page.getByRole('button', { name: '分享', exact: true });
const dialog = () => who.page.locator('dialog[open]');
let made;

test('while a link is made: its answer is lost, and pressed again there is one link, which opens', async () => {
  await enter('qingxi-jishi');
  const ct = await studyOf(who, 'CT');
  await who.page.goto(`${line.http}/studies/${ct}`);
  await share().click();
  await dialog().getByLabel('给谁看').fill('省医院 顾医生');
  line.breakAt(/^POST [^ ]*\/shares /, 'answer');
  await dialog().getByRole('button', { name: '生成链接' }).click();
  await dialog().getByText('连接不上服务器').first().waitFor({ timeout: 15_000 });
  await told();
  assert.equal(await dialog().getByLabel('给谁看').inputValue(), '省医院 顾医生', 'what was typed is lost');
  await shot(who.page, 'line-cut-share');
  await mended();
  await dialog().getByRole('button', { name: '生成链接' }).click();
  const secret = who.page.getByTestId('share-made');
  await secret.waitFor();
  made = {
    link: await secret.getByLabel('一次性链接').inputValue(),
    code: (await secret.getByLabel('验证码').textContent()).trim(),
  };
  const all = await (await who.context.request.get(`${program.http}/api/studies/${ct}/shares`)).json();
  assert.equal(all.items.length, 1, 'there is a second link');
});

test('while a guest looks: it is not said that the link is over, and all goes on', async () => {
  await enter('qingxi-jishi');
  const context = await browser.newContext({ viewport: desktop, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(made.link);
  await page.getByLabel('验证码').fill(made.code);
  line.breakAt(/^POST \/api\/share\/open /, 'request');
  await page.getByRole('button', { name: '打开' }).click();
  await page.getByText('连接不上服务器').waitFor();
  assert.equal(await page.getByLabel('验证码').inputValue(), made.code, 'the code is to be typed again');
  line.mend();
  await page.getByRole('button', { name: '打开' }).click();
  await page.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor();
  for (const how of ['cut', 'swallow']) {
    line[how]();
    await page.getByTestId('share-lost').waitFor();
    assert.equal(await page.getByTestId('share-over').count(), 0);
    assert.ok(await page.getByTestId('viewer').isVisible());
    await shot(page, `line-cut-guest-${how}`);
    line.mend();
    await page.getByTestId('share-lost').waitFor({ state: 'detached', timeout: 30_000 });
    await page
      .getByRole('slider')
      .first()
      .fill(how === 'cut' ? '40' : '50');
    await page
      .locator(`[data-testid="pane-0"][data-index="${how === 'cut' ? 40 : 50}"][data-loading="false"]`)
      .waitFor();
  }
  await context.close();
});

test('while a copy without identity is looked over and leaves: nothing has to be looked over twice', async () => {
  await enter('hewan');
  const us = await studyOf(who, 'US');
  await who.page.goto(`${line.http}/studies/${us}`);
  await who.page.getByRole('button', { name: '去标识导出' }).click();
  line.breakAt(/^POST [^ ]*\/deidentify\/review /, 'answer');
  await dialog().getByRole('button', { name: '下一步：核对' }).click();
  await dialog().getByText('连接不上服务器').waitFor();
  await mended();
  line.breakAt(/^GET [^ ]*\/rendered\?viewport=384/, 'request');
  await dialog().getByRole('button', { name: '下一步：核对' }).click();
  await told();
  await shot(who.page, 'line-cut-deident');
  await mended();
  const risks = dialog().locator('.deident-risks li');
  const n = await risks.count();
  assert.ok(n >= 1);
  for (let i = 0; i < n; i++) {
    const tick = risks.nth(i).getByRole('button', { name: '已看，没有身份信息' });
    await tick.scrollIntoViewIfNeeded();
    await until(
      () => tick.isEnabled(),
      20_000,
      () => 'the picture does not come',
    );
    await tick.click();
  }
  await who.page.waitForLoadState('networkidle');
  line.breakAt(/^GET \/api\/deidentified\//, 'answer');
  const coming = who.page.waitForEvent('download').catch(() => undefined);
  await dialog().locator('footer button[type=submit]').click();
  await dialog().getByText('一小时内可以再下载').waitFor();
  await told();
  const half = await Promise.race([coming, told()]);
  if (half) assert.ok(await half.failure(), 'half of a file is taken for the whole');
  await mended();
  const whole = who.page.waitForEvent('download');
  await dialog().getByRole('button', { name: '再下载一次' }).click();
  const file = await whole;
  assert.equal(await file.failure(), null);
  await run('/usr/bin/python3', ['-m', 'zipfile', '-t', await file.path()]);
});
