/** A read from the device's first byte to the printed report. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, phone, shot } from './browser.mjs';
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

const row = (page, text) => page.locator('[data-testid="reading-row"]', { hasText: text });

test('a CT is read, returned, signed twice and back with the ordering doctor', async () => {
  const su = await person(browser, program.http, 'yuepian', desktop);
  await su.page.goto(`${program.http}/readings`);
  await row(su.page, '胸部平扫').waitFor({ timeout: 30_000 });
  await shot(su.page, 'read-1-list');
  await row(su.page, '胸部平扫').click();
  const pane = su.page.locator('[data-testid="pane-0"]');
  await pane.and(su.page.locator('[data-loading="false"]')).waitFor({ timeout: 30_000 });

  // The keys of a workstation: windows, slices, tools.
  await su.page.keyboard.press('1');
  await until(
    async () => (await pane.innerText()).includes('W 1500 L -600'),
    15_000,
    () => 'the lung window did not come',
  );
  await su.page.keyboard.press('Home');
  await until(async () => (await pane.getAttribute('data-index')) === '0', 15_000);
  await su.page.keyboard.press('ArrowDown');
  await until(async () => (await pane.getAttribute('data-index')) === '1', 15_000);
  assert.equal(await pane.getAttribute('data-count'), '64');
  await pane.hover();
  await su.page.mouse.wheel(0, 240);
  await until(
    async () => Number(await pane.getAttribute('data-index')) > 1,
    15_000,
    () => 'the wheel does not scroll',
  );

  await su.page.keyboard.press('a');
  const findings = su.page.locator('textarea[name="findings"]');
  await findings.waitFor({ timeout: 10_000 });
  // A length, measured on the picture, is kept.
  await su.page.keyboard.press('l');
  const box = await pane.boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const kept = su.page.waitForResponse(
    (r) => r.url().endsWith('/measurements') && r.request().method() === 'PUT' && r.ok(),
  );
  await su.page.mouse.move(x - 60, y);
  await su.page.mouse.down();
  await su.page.mouse.move(x + 60, y + 20, { steps: 6 });
  await su.page.mouse.up();
  await kept;
  // Everything normal by one press, then the text.
  await su.page.keyboard.press('Alt+0');
  await until(
    async () => (await findings.inputValue()) !== '',
    15_000,
    () => 'the template wrote nothing',
  );
  const saved = su.page.waitForResponse((r) => r.url().endsWith('/report') && r.request().method() === 'PUT' && r.ok());
  await findings.fill('右肺上叶见一实性结节，直径约 8 mm，边缘清楚。余双肺未见实变。');
  await su.page.locator('textarea[name="impression"]').fill('右肺上叶实性结节，建议 3 个月后复查。');
  await saved;
  await shot(su.page, 'read-2-write');

  // The page is reloaded: text and measurement come back.
  await su.page.reload();
  await until(
    async () => (await findings.inputValue()).startsWith('右肺上叶'),
    10_000,
    () => 'the draft is gone',
  );
  // Pressed as soon as it is there, while the pictures are still on their way.
  await su.page.locator('[data-testid="marks"] li button').first().click({ timeout: 20_000 });
  await pane.locator('svg').getByText(/mm$/).first().waitFor({ timeout: 30_000 });
  await su.page.getByRole('button', { name: '签名提交' }).click();
  await su.page.locator('dialog').getByRole('button', { name: '签名提交' }).click();
  await su.page.waitForURL((u) => !u.pathname.includes('undefined'));

  // Another doctor returns it once, then releases it.
  const han = await person(browser, program.http, 'shenhe', desktop);
  await han.page.goto(`${program.http}/readings?scope=review`);
  await row(han.page, '胸部平扫').click({ timeout: 15_000 });
  await han.page.getByRole('button', { name: /领取审核/ }).click();
  await han.page.getByRole('button', { name: '退回修改' }).click();
  await han.page.locator('dialog').getByLabel('原因').fill('请补充纵隔与胸膜。');
  await han.page.locator('dialog').getByRole('button', { name: '退回修改' }).click();

  await su.page.goto(`${program.http}/readings?scope=mine`);
  await row(su.page, '胸部平扫').click({ timeout: 15_000 });
  await su.page.locator('.report-returned', { hasText: '请补充纵隔与胸膜' }).waitFor({ timeout: 10_000 });
  await shot(su.page, 'read-3-returned');
  await su.page.getByRole('button', { name: /领取并书写/ }).click();
  await findings.fill('右肺上叶见一实性结节，直径约 8 mm，边缘清楚。纵隔淋巴结不大，胸膜未见增厚。');
  await su.page.getByRole('button', { name: '签名提交' }).click();
  await su.page.locator('dialog').getByRole('button', { name: '签名提交' }).click();

  await han.page.goto(`${program.http}/readings?scope=review`);
  await row(han.page, '胸部平扫').click({ timeout: 15_000 });
  await han.page.getByRole('button', { name: /领取审核/ }).click();
  await han.page.getByRole('button', { name: '审核签发' }).click({ timeout: 15_000 });
  await shot(han.page, 'read-4-release');
  await han.page.locator('dialog').getByRole('button', { name: '审核签发' }).click();
  await han.page.locator('dialog').waitFor({ state: 'detached' });

  // The ordering doctor sees it on the phone, takes note and prints it.
  const bai = await person(browser, program.http, 'qingxi', phone);
  await bai.page.goto(`${program.http}/orders`);
  await bai.page.getByText('张三').first().click({ timeout: 15_000 });
  await bai.page.getByText('右肺上叶实性结节').first().waitFor({ timeout: 10_000 });
  await shot(bai.page, 'read-5-result-phone');
  const link = await bai.page.locator('a[href$="/report.pdf"]').first().getAttribute('href');
  const pdf = await bai.context.request.get(`${program.http}${link}`);
  assert.equal(pdf.status(), 200);
  assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-');
  assert.deepEqual([...su.faults, ...han.faults, ...bai.faults], []);
  for (const p of [su, han, bai]) await p.close();
});

test('an ECG stands on its grid', async () => {
  const tang = await person(browser, program.http, 'xindian', desktop);
  await tang.page.goto(`${program.http}/readings`);
  await row(tang.page, '十二导联心电图').click({ timeout: 30_000 });
  const curve = tang.page.locator('[data-testid="ecg-paper"] .ecg-curve[data-lead="V2"]');
  await curve.waitFor({ timeout: 20_000 });
  const points = (await curve.getAttribute('d')).split('L').length;
  assert.ok(points > 1000, `only ${points} points: no curve`);
  await shot(tang.page, 'read-6-ecg');
  assert.deepEqual(tang.faults, []);
  await tang.close();
});

test('a study without an order stands on the unmatched list', async () => {
  const jishi = await person(browser, program.http, 'zhiban', desktop);
  await jishi.page.goto(`${program.http}/unmatched`);
  await jishi.page.getByText('吴十').first().waitFor({ timeout: 30_000 });
  await shot(jishi.page, 'read-7-unmatched');
  assert.deepEqual(jishi.faults, []);
  await jishi.close();
});
