/** An exam is booked for the site's device, the device sees it and the technologist sees what the device sees; cancelled, it is gone. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, launch, person, phone, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';

const run = promisify(execFile);
const device = 'QINGXI_CT';
const name = '预约甲';

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

/** What the device gets when it asks for its worklist: the data sets as text. */
async function asked() {
  const dir = await mkdtemp(join(tmpdir(), 'yilian-worklist-'));
  try {
    await run('findscu', [
      '-W',
      '-X',
      '-od',
      dir,
      '-aet',
      device,
      '-aec',
      'YILIAN',
      '-k',
      '0008,0005=ISO_IR 192',
      '-k',
      'AccessionNumber',
      '-k',
      'PatientName',
      '-k',
      'PatientID',
      '-k',
      'StudyInstanceUID',
      '-k',
      'ScheduledProcedureStepSequence[0].ScheduledStationAETitle',
      '-k',
      'ScheduledProcedureStepSequence[0].Modality',
      '-k',
      'ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate',
      '-k',
      'ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartTime',
      '127.0.0.1',
      String(program.ports.dicom),
    ]);
    const files = await readdir(dir);
    return Promise.all(files.map(async (file) => (await readFile(join(dir, file))).toString('utf8')));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** No page scrolls sideways. */
const fits = async (page, where) => {
  const { wide, view } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    view: window.innerWidth,
  }));
  assert.ok(wide <= view, `${where} is ${wide} px wide in a window of ${view}`);
};

test('a CT is booked, seen at the device, and gone when it is cancelled', async () => {
  const doctor = await person(browser, program.http, 'qingxi', desktop);
  const tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  const { page } = doctor;

  await page.goto(`${program.http}/orders/new`);
  await page.getByRole('button', { name: '新患者' }).click();
  await page.getByLabel('姓名', { exact: true }).fill(name);
  await page.getByRole('radio', { name: '女' }).click();
  await page.getByLabel('出生日期').fill('1990-03-01');
  await page.getByLabel(/拼音姓名/).fill('Yu Yuejia');
  await page.getByRole('radio', { name: 'CT' }).click();
  await page.getByRole('button', { name: '头颅平扫' }).click();
  await page.getByRole('radio', { name: '优先' }).click();
  await page.getByRole('radio', { name: '没有' }).click();
  const chosen = page.getByLabel('设备');
  await until(
    async () => (await chosen.inputValue()) === device,
    10_000,
    () => 'the only CT of the site is not chosen',
  );
  await page.getByRole('radio', { name: '约时间' }).click();
  assert.match(await page.getByLabel('预约时间').inputValue(), /^\d{4}-\d\d-\d\dT\d\d:[03]0$/);
  await page.waitForTimeout(300);
  await shot(page, 'worklist-1-order');
  await page.setViewportSize(phone);
  await fits(page, 'the new order');
  await page.getByLabel('预约时间').scrollIntoViewIfNeeded();
  await shot(page, 'worklist-1-order-phone');
  await page.setViewportSize(desktop);
  await page.getByRole('button', { name: '开单', exact: true }).click();
  await page.waitForURL(/\/orders\/(?!new)/);
  await page.getByText(`（${device}）`).waitFor({ timeout: 20_000 });
  const accession = (await page.locator('.order-number').innerText()).trim();
  await shot(page, 'worklist-2-booked');

  const line = tech.page.locator('tr', { hasText: accession });
  await tech.page.goto(`${program.http}/`);
  await tech.page.getByText('影像待匹配').first().waitFor({ timeout: 20_000 });
  await shot(tech.page, 'worklist-3-technologist');
  await tech.page.getByRole('link', { name: '工作列表' }).first().click();
  await tech.page.getByRole('radio', { name: /CT/ }).click();
  await line.waitFor({ timeout: 20_000 });
  assert.match(await line.innerText(), new RegExp(`${name}[\\s\\S]*Yu Yuejia[\\s\\S]*待检查`));
  await shot(tech.page, 'worklist-4-page');
  await tech.page.setViewportSize(phone);
  await fits(tech.page, 'the worklist');
  await shot(tech.page, 'worklist-4-page-phone');
  await tech.page.setViewportSize(desktop);

  const seen = (await asked()).filter((text) => text.includes(accession));
  assert.equal(seen.length, 1, 'the device sees the order once');
  assert.ok(seen[0].includes('Yu^Yuejia=预^约甲'), 'the name in both groups');

  // An administrator sees that it is there, not whose it is.
  const admin = await person(browser, program.http, 'admin', desktop);
  await admin.page.goto(`${program.http}/admin/devices`);
  await admin.page
    .locator('tr', { hasText: device })
    .getByRole('button', { name: '工作列表' })
    .click({ timeout: 20_000 });
  const masked = admin.page.locator('dialog tr', { hasText: accession });
  await masked.waitFor({ timeout: 20_000 });
  assert.match(await masked.innerText(), /预 \*\*/);
  assert.ok(!(await masked.innerText()).includes('Yuejia'));
  await shot(admin.page, 'worklist-7-preview');
  await admin.close();

  // The other device of the site does not have it; rebooked to whenever the patient comes, the right one still does.
  await tech.page.getByRole('radio', { name: /DX|X/ }).first().click();
  await line.waitFor({ state: 'detached', timeout: 20_000 });
  await tech.page.getByRole('radio', { name: /CT/ }).click();
  await line.locator('a').first().click();
  await tech.page.getByRole('button', { name: '改约' }).click();
  await tech.page.locator('dialog').getByRole('radio', { name: '随到随做' }).click();
  await tech.page.waitForTimeout(300);
  await shot(tech.page, 'worklist-5-rebook');
  await tech.page.locator('dialog').getByRole('button', { name: '按此预约' }).click();
  await tech.page.getByText('已改约').waitFor({ timeout: 20_000 });
  assert.equal((await asked()).filter((text) => text.includes(accession)).length, 1);

  await page.reload();
  await page.getByRole('button', { name: '取消检查单' }).click({ timeout: 20_000 });
  await page.locator('dialog').getByLabel('原因').fill('患者改日再来。');
  await page.locator('dialog').getByRole('button', { name: '取消检查单' }).click();
  await page.getByText('已取消').first().waitFor({ timeout: 20_000 });
  assert.equal(
    (await asked()).filter((text) => text.includes(accession)).length,
    0,
    'cancelled, the device sees it no more',
  );
  await tech.page.goto(`${program.http}/worklist?device=${device}`);
  await tech.page.getByRole('heading', { name: /CT/ }).waitFor({ timeout: 20_000 });
  await line.waitFor({ state: 'detached', timeout: 25_000 });
  await page.goto(`${program.http}/orders`);
  await page.getByRole('radio', { name: /我开的/ }).click();
  await page.locator('tr', { hasText: accession }).waitFor({ timeout: 20_000 });
  await shot(page, 'worklist-6-orders');
  await page.setViewportSize(phone);
  await fits(page, 'the orders');
  await shot(page, 'worklist-6-orders-phone');
  assert.deepEqual([...doctor.faults, ...tech.faults, ...admin.faults], []);
  for (const p of [doctor, tech]) await p.close();
});

test('no register scrolls the page on a phone', async () => {
  const admin = await person(browser, program.http, 'admin', desktop);
  const { page } = admin;
  await page.setViewportSize(phone);
  for (const part of [
    'institutions',
    'people',
    'roster',
    'devices',
    'agreements',
    'tokens',
    'forward',
    'conflicts',
    'settings',
  ]) {
    await page.goto(`${program.http}/admin/${part}`);
    await page.locator('.admin-head').waitFor({ timeout: 20_000 });
    await page.waitForTimeout(300);
    await shot(page, `admin-${part}-phone`);
    await fits(page, part);
  }
  assert.deepEqual(admin.faults, []);
  await admin.close();
});

test('a study is put on hold and released by the head of its institution', async () => {
  const head = await person(browser, program.http, 'qingxi-yuanzhang', desktop);
  const { page } = head;
  await page.goto(`${program.http}/studies`);
  await page.locator('tr', { hasText: 'CT' }).first().locator('a').first().click({ timeout: 30_000 });
  await page.getByRole('button', { name: '封存', exact: true }).click({ timeout: 20_000 });
  await page.locator('dialog').getByLabel('原因').fill('演示：纠纷受理。');
  await shot(page, 'hold-1-ask');
  await page.locator('dialog').getByRole('button', { name: '封存', exact: true }).click();
  await page.locator('.hold').waitFor({ timeout: 20_000 });
  await shot(page, 'hold-2-on');
  await page.getByRole('button', { name: '解除封存' }).click();
  await page.locator('dialog').getByLabel('原因').fill('演示结束。');
  await page.locator('dialog').getByRole('button', { name: '解除封存' }).click();
  await page.locator('.hold').waitFor({ state: 'detached', timeout: 20_000 });
  assert.deepEqual(head.faults, []);
  await head.close();
});
