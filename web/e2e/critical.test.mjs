/** A critical finding from the first look to its last action, and an emergency report through its whole life. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { desktop, person, phone, shot } from './browser.mjs';
import { until } from './program.mjs';
import { county } from './world.mjs';

let program;
let browser;
let su;
let shi;
let task;

before(async () => {
  ({ program, browser } = await county());
  su = await person(browser, program.http, 'yuepian', desktop);
  shi = await person(browser, program.http, 'shiqiao', phone);
});

const finding = '左侧基底节区急性脑出血，约 30 毫升';
const critical = (page, state) => page.locator(`[data-testid="critical-state"][data-state="${state}"]`);
const row = (page, text) => page.locator('[data-testid="reading-row"]', { hasText: text });
const saved = (page) =>
  page.waitForResponse((r) => r.url().endsWith('/report') && r.request().method() === 'PUT' && r.ok(), {
    timeout: 30_000,
  });

/** Presses one of the page's buttons and the same in the dialog that names the patient. */
async function confirmed(page, name, fill) {
  await page.locator('.desk-foot').getByRole('button', { name }).click({ timeout: 20_000 });
  if (fill) await page.locator('dialog textarea').fill(fill);
  await page.locator('dialog').getByRole('button', { name }).last().click();
  await page.locator('dialog').waitFor({ state: 'detached', timeout: 20_000 });
}

test('it is flagged before the report, read back, acted on and closed', async () => {
  await su.page.goto(`${program.http}/readings`);
  await row(su.page, '头颅平扫').click({ timeout: 30_000 });
  await su.page.getByRole('button', { name: /领取并书写/ }).click({ timeout: 20_000 });
  task = su.page.url().split('/').pop();
  const kept = saved(su.page);
  await su.page.locator('textarea[name="findings"]').fill('左侧基底节区见团片状高密度影，周围低密度水肿带。');
  await su.page.locator('textarea[name="impression"]').fill('左侧基底节区急性脑出血。');
  await kept;
  await su.page.locator('.desk-foot').getByRole('button', { name: '报危急值' }).last().click();
  await su.page.locator('dialog').getByLabel('危急所见').fill(finding);
  await su.page.locator('dialog').getByRole('button', { name: '立即通知' }).click();
  await critical(su.page, 'notifying').or(critical(su.page, 'delivered')).waitFor({ timeout: 20_000 });
  await critical(su.page, 'notifying')
    .or(critical(su.page, 'delivered'))
    .getByText('石医生', { exact: false })
    .waitFor({ timeout: 25_000 });
  await shot(su.page, 'critical-1-flagged');

  const banner = shi.page.locator('.critical-banner a').first();
  await banner.waitFor({ timeout: 30_000 });
  await shot(shi.page, 'critical-2-banner-phone');
  await banner.click();
  const dialog = shi.page.locator('dialog');
  await dialog.getByLabel('复述内容').fill('收到');
  assert.ok(await dialog.getByRole('button', { name: '确认收到' }).isDisabled(), 'a bare word counts as read back');
  await dialog.getByLabel('复述内容').fill('左侧基底节急性脑出血，约 30 毫升');
  await shot(shi.page, 'critical-3-read-back-phone');
  await dialog.getByRole('button', { name: '确认收到' }).click();
  await critical(su.page, 'acknowledged').waitFor({ timeout: 30_000 });
  await critical(su.page, 'acknowledged').getByText('复述', { exact: false }).last().waitFor({ timeout: 25_000 });
  await shot(su.page, 'critical-4-acknowledged');

  await shi.page.getByRole('button', { name: '记录处理' }).first().click({ timeout: 20_000 });
  await dialog.getByLabel('处理措施').fill('已建立静脉通路，甘露醇 125 ml 快速静滴，联系转诊。');
  await dialog.getByRole('button', { name: '记录处理' }).click();
  await dialog.waitFor({ state: 'detached', timeout: 20_000 });
  await critical(su.page, 'closed').or(critical(su.page, 'acted')).waitFor({ timeout: 30_000 });
  await shi.page.goto(`${program.http}/`);
  await shi.page.locator('main').waitFor();
  await until(
    async () => (await shi.page.locator('.critical-banner').count()) === 0,
    30_000,
    () => 'the banner stays after the action',
  );
  assert.deepEqual([...su.faults, ...shi.faults], []);
});

test('an emergency report goes out early, the review shows its changes, an addendum follows', async () => {
  await su.page.locator('.desk-foot').getByRole('button', { name: '签名提交' }).click();
  await su.page.locator('dialog').getByText('急诊先发', { exact: false }).click();
  await shot(su.page, 'critical-5-preliminary');
  await su.page.locator('dialog').getByRole('button', { name: '签名提交' }).click();
  await su.page.locator('dialog').waitFor({ state: 'detached', timeout: 20_000 });

  // The ordering doctor reads and prints it before the review.
  await shi.page.goto(`${program.http}/orders`);
  await shi.page.getByText('我开的', { exact: false }).click();
  await shi.page.getByText('李四').first().click({ timeout: 20_000 });
  await shi.page.getByText('急性脑出血', { exact: false }).first().waitFor({ timeout: 20_000 });
  await shot(shi.page, 'critical-6-emergency-report-phone');
  await prints(shi);

  const han = await person(browser, program.http, 'shenhe', desktop);
  await han.page.goto(`${program.http}/readings/${task}`);
  await han.page.getByRole('button', { name: /领取审核/ }).click({ timeout: 30_000 });
  const findings = han.page.locator('textarea[name="findings"]');
  await findings.fill('左侧基底节区见团片状高密度影，大小约 42 mm × 30 mm，周围低密度水肿带，中线右移 4 mm。');
  const diff = han.page.locator('[data-testid="review-diff"]');
  await diff.locator('ins', { hasText: '中线右移' }).waitFor({ timeout: 10_000 });
  await shot(han.page, 'critical-7-review-diff');
  await confirmed(han.page, '审核签发');

  // The final report has its history; the writer adds to it.
  await su.page.goto(`${program.http}/readings/${task}`);
  await su.page
    .locator('[data-testid="reading"][data-state="released"], [data-testid="reading"][data-state="closed"]')
    .waitFor({ timeout: 20_000 });
  await su.page.locator('[data-testid="history"] summary').click();
  await su.page.locator('[data-testid="history"] ins', { hasText: '中线右移' }).waitFor({ timeout: 10_000 });
  await shot(su.page, 'critical-8-history');
  await confirmed(su.page, '写补充报告', '补充骨窗观察');
  await su.page.waitForURL((u) => u.pathname.startsWith('/readings/') && !u.pathname.endsWith(task), {
    timeout: 20_000,
  });
  const claim = su.page.getByRole('button', { name: /领取并书写/ });
  const text = su.page.locator('textarea[name="impression"]');
  await claim.or(text).first().waitFor({ timeout: 20_000 });
  if (await claim.isVisible()) await claim.click();
  await text.waitFor({ timeout: 20_000 });
  const kept = saved(su.page);
  await text.fill('骨窗未见骨折。');
  await kept;
  const addendum = su.page.url().split('/').pop();
  await confirmed(su.page, '签名提交');
  await han.page.goto(`${program.http}/readings/${addendum}`);
  await han.page.getByRole('button', { name: /领取审核/ }).click({ timeout: 20_000 });
  await confirmed(han.page, '审核签发');
  await han.page.goto(`${program.http}/readings/${task}`);
  await han.page.locator('[data-testid="addendum"]', { hasText: '骨窗未见骨折' }).waitFor({ timeout: 20_000 });
  await shot(han.page, 'critical-9-addendum');

  await shi.page.reload();
  await shi.page.getByText('中线右移', { exact: false }).first().waitFor({ timeout: 20_000 });
  await prints(shi);
  assert.deepEqual([...su.faults, ...han.faults, ...shi.faults], []);
  await han.close();
});

async function prints(doctor) {
  const link = await doctor.page.locator('a[href$="/report.pdf"]').first().getAttribute('href');
  const pdf = await doctor.context.request.get(`${program.http}${link}`);
  assert.equal(pdf.status(), 200);
  assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-');
}
