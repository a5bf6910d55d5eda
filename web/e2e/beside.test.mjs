/** An earlier CT beside the one that is read: its pictures at the same places of the body, its report beside the one that is written. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { alike, earlier, patient, seen, wheel, world } from './beside/world.mjs';
import { desktop, phone, shot } from './browser.mjs';
import { until } from './program.mjs';
import { viewing } from './viewing.mjs';

let w;
let su;
let han;
let v;
let now; // the pane of today, and what is in it
let then;

before(async () => {
  w = await world();
  ({ su, han } = w);
  v = viewing(su.page, w.program.http);
  now = [v.pane(0), 'late'];
  then = [v.pane(1), 'early'];
});

after(() => w?.stop());

const key = (k) => su.page.keyboard.press(k);

const linkedIs = (on) =>
  su.page
    .getByRole('button', { name: '联动翻层' })
    .and(su.page.locator(`[aria-pressed="${on}"]`))
    .waitFor();

test('an earlier CT hangs beside, and turns along by the place in the body', async () => {
  const { page } = su;
  const { levels } = w;
  await page.goto(`${w.program.http}/readings`);
  await page.locator('[data-testid="reading-row"]', { hasText: patient.name }).click({ timeout: 30_000 });
  for (const n of [0, 1]) await v.drawn(n);
  assert.deepEqual(await Promise.all([0, 1].map((n) => v.pane(n).getAttribute('data-count'))), ['60', '30']);
  await v.pane(1).getByText('既往').first().waitFor();
  await linkedIs(true); // as it was hung
  await shot(page, 'beside-1-hung');
  const [a, b] = [await seen(...now), await seen(...then)];
  assert.ok(Math.abs(a - levels.late[await v.indexOf(0)]) < 1.5, `the rod says ${a} mm`);
  assert.ok(Math.abs(b - levels.early[await v.indexOf(1)]) < 1.5, `the rod says ${b} mm`);
  // Their frames of reference say nothing of one another: the way is the same from where both stood.
  for (const by of [8, -16]) {
    await wheel(v.pane(0), by);
    await alike(now, then, b - a);
  }
  // A reader lays them at the same place: each by itself, then together again.
  await key('k');
  await linkedIs(false);
  await wheel(v.pane(0), levels.late.indexOf(0) - (await v.indexOf(0)));
  await wheel(v.pane(1), levels.early.indexOf(0) - (await v.indexOf(1)));
  assert.equal(await v.indexOf(0), levels.late.indexOf(0), 'it turns though it is not linked');
  await key('k');
  await linkedIs(true);
  await alike(now, then);
  for (const by of [7, 5, -20, 3]) {
    await wheel(v.pane(0), by);
    await alike(now, then);
  }
  await shot(page, 'beside-2-same-place');
  for (const by of [-4, 9]) {
    await wheel(v.pane(1), by);
    await alike(then, now);
  }
  // Beyond its end the earlier one stays, and is found again on the way back.
  await v.pane(0).click({ position: { x: 40, y: 200 } });
  await key('Home');
  await until(async () => (await v.indexOf(1)) === 0, 15_000);
  await until(async () => (await seen(...then)) - (await seen(...now)) > 20, 15_000);
  await wheel(v.pane(0), 14);
  await alike(now, then);
  assert.deepEqual(su.faults, []);
});

test('the earlier report stands beside: a sentence is taken over, the texts are compared', async () => {
  const { page } = su;
  await v.claim();
  const priors = page.locator('[data-testid="priors"]');
  await priors.getByText(earlier.impression).waitFor();
  const area = (name) => page.locator(`textarea[name="${name}"]`);
  const report = page.locator('[data-testid="prior-report"]');
  await area('findings').fill('');
  await area('impression').fill('');
  await area('findings').click();
  await priors.getByRole('button', { name: '报告' }).click();
  for (const part of Object.values(earlier)) await report.getByText(part.split('。')[0]).first().waitFor();
  assert.match(await report.locator('header').textContent(), /2026.05.11 CT 胸部平扫/);
  await report.getByRole('button', { name: /^右肺上叶见一实性结节/ }).click();
  await report.getByRole('button', { name: /^双侧胸腔未见积液/ }).click();
  assert.equal(await area('findings').inputValue(), '右肺上叶见一实性结节，直径约6 mm，边缘清楚。双侧胸腔未见积液。');
  await shot(page, 'beside-3-report');
  await area('findings').fill('右肺上叶见一实性结节，直径约9 mm，边缘毛糙。双侧胸腔未见积液。');
  await area('impression').fill('右肺上叶结节较前增大，建议穿刺活检。');
  await report.getByRole('button', { name: '与本次对照' }).click();
  const changes = (sign) => report.locator(`.report-change ${sign}`).allTextContents();
  assert.ok((await changes('del')).join().includes('6') && (await changes('ins')).join().includes('9'));
  assert.match((await changes('del')).join(), /纵隔未见肿大淋巴结/);
  const { height } = await page.locator('.viewer-toolbar').boundingBox();
  assert.ok(height < 50, `the tools stand in more than one line: ${height} px`);
  await shot(page, 'beside-4-compared');
  await page.setViewportSize(phone);
  await report.scrollIntoViewIfNeeded();
  await shot(page, 'beside-5-phone');
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= phone.width, 'wider than a phone');
  await page.setViewportSize(desktop);
  await page.locator('.report-saving[data-phase="clean"]').waitFor({ timeout: 15_000 });
  await page.keyboard.press('Control+Enter');
  await page.locator('dialog').getByRole('button', { name: '签名提交' }).click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(su.faults, []);
});

test('who reviews sees the earlier report, what is new since, and what they change', async () => {
  const { page } = han;
  await page.goto(`${w.program.http}/readings?scope=review`);
  await page.locator('[data-testid="reading-row"]', { hasText: patient.name }).click({ timeout: 20_000 });
  await page.getByRole('button', { name: /领取审核/ }).click();
  const impression = page.locator('textarea[name="impression"]');
  await impression.waitFor({ timeout: 15_000 });
  await page.locator('[data-testid="priors"]').getByRole('button', { name: '报告' }).click();
  const report = page.locator('[data-testid="prior-report"]');
  await report.getByRole('button', { name: '与本次对照' }).click();
  const hunks = report.locator('.report-hunk');
  await hunks.filter({ hasText: '穿刺活检' }).first().waitFor();
  // It follows what is being typed.
  await impression.fill('右肺上叶结节较前增大，建议增强扫描。');
  await hunks.filter({ hasText: '增强扫描' }).first().waitFor();
  await page.locator('[data-testid="review-diff"] ins').filter({ hasText: '增强扫描' }).first().waitFor();
  await shot(page, 'beside-6-review');
  await report.getByRole('button', { name: '关闭' }).click();
  await report.waitFor({ state: 'detached' });
  assert.deepEqual(han.faults, []);
});
