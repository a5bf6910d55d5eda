/** A wrong name is set right by two, whoever saw it is told; studies are forwarded to a foreign archive, and what hangs is seen. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { desktop, launch, person, phone, shot } from './browser.mjs';
import { freePort, start, studiesSent, until } from './program.mjs';

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

test('a name is corrected by two, and who saw the wrong one is told', async () => {
  const doctor = await person(browser, program.http, 'qingxi', phone);
  const tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  const head = await person(browser, program.http, 'qingxi-yuanzhang', desktop);

  await doctor.page.goto(`${program.http}/studies`);
  const chest = (p) => p.page.locator('tr', { hasText: 'CT' }).filter({ hasText: '胸部' }).first();
  await chest(doctor).locator('a').first().click({ timeout: 30_000 });
  await doctor.page.waitForURL(/\/studies\/\d/);
  const study = new URL(doctor.page.url()).pathname;
  await doctor.page.locator('[data-testid="pane-0"][data-loading="false"]').waitFor({ timeout: 40_000 });

  await tech.page.goto(`${program.http}${study}`);
  await tech.page.locator('a[href$="/correct"]').click({ timeout: 20_000 });
  await tech.page.waitForURL(/correct$/);
  await tech.page.locator('.sides').waitFor({ timeout: 20_000 });
  await shot(tech.page, 'truth-1-sides');
  const name = tech.page.getByLabel('姓名（汉字）');
  const wrong = await name.inputValue();
  assert.match(wrong, /^\p{Script=Han}{2,}$/u);
  assert.ok(await tech.page.getByRole('button', { name: /提交/ }).isDisabled(), 'nothing is changed yet');
  await name.fill('更正后');
  await tech.page.getByLabel('原因').fill('登记时写错了字。');
  await tech.page.getByRole('button', { name: /提交/ }).click();
  const row = (p) => p.page.locator('.correction').first();
  await row(tech).getByText('等待批准').waitFor({ timeout: 20_000 });
  assert.equal(
    await row(tech).getByRole('button', { name: '批准', exact: true }).count(),
    0,
    'nobody approves their own',
  );
  await shot(tech.page, 'truth-2-proposed');

  await head.page.goto(`${program.http}/reconcile`);
  await row(head).getByRole('button', { name: '批准', exact: true }).click({ timeout: 20_000 });
  await head.page.locator('dialog').getByRole('button', { name: '批准' }).click();
  await head.page.getByText('没有等待批准的更正').waitFor({ timeout: 20_000 });
  await head.page.goto(`${program.http}/studies`);
  await head.page.getByText('更正后').first().waitFor({ timeout: 20_000 });

  await doctor.page.goto(`${program.http}/`);
  const notice = doctor.page.locator('.notice');
  await notice.getByText('您看过的检查有更正').waitFor({ timeout: 30_000 });
  await shot(doctor.page, 'truth-3-notice-phone');
  await notice.getByRole('button', { name: '知道了' }).click();
  await notice.waitFor({ state: 'detached', timeout: 20_000 });

  // Taken back by the same two: the images say again what they said.
  await tech.page.reload();
  await row(tech).getByRole('button', { name: '撤销' }).click({ timeout: 20_000 });
  await tech.page.locator('dialog').getByLabel('原因').fill('原来没有错。');
  await tech.page.locator('dialog').getByRole('button', { name: '撤销' }).click();
  await head.page.goto(`${program.http}/reconcile`);
  await row(head).getByRole('button', { name: '批准', exact: true }).click({ timeout: 20_000 });
  await head.page.locator('dialog').getByRole('button', { name: '批准' }).click();
  await head.page.getByText('没有等待批准的更正').waitFor({ timeout: 20_000 });
  await tech.page.reload();
  await until(
    async () => (await name.inputValue()) === wrong,
    20_000,
    () => 'the name did not come back',
  );
  assert.deepEqual([...doctor.faults, ...tech.faults, ...head.faults], []);
  for (const p of [doctor, tech, head]) await p.close();
});

test('a study is forwarded to a foreign archive; one that cannot be reached is seen at once', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'yilian-foreign-'));
  const port = await freePort();
  const foreign = spawn('storescp', ['+xa', '-aet', 'FOREIGN', '-od', dir, String(port)], { stdio: 'ignore' });
  try {
    const admin = await person(browser, program.http, 'admin', desktop);
    const { page } = admin;
    await page.goto(`${program.http}/admin/forward`);
    await page.getByText('还没有转发目标').waitFor({ timeout: 20_000 });
    await shot(page, 'forward-1-empty');

    const peer = async (name, called, address) => {
      await page.getByRole('tab', { name: '目标' }).click();
      await page.getByRole('button', { name: '新增' }).click();
      const form = page.locator('.ant-drawer-content, .ant-drawer-section').last();
      await form.getByLabel('名称', { exact: true }).fill(name);
      await form.getByLabel('对方 AE 名称').fill(called);
      await form.getByLabel('主机与端口').fill(address);
      await page.getByRole('button', { name: '保存' }).click();
      await page.getByRole('cell', { name, exact: true }).waitFor({ timeout: 20_000 });
    };
    await peer('外院影像系统', 'FOREIGN', `127.0.0.1:${port}`);
    await peer('关机的系统', 'NOBODY', `127.0.0.1:${await freePort()}`);
    await page.locator('tr', { hasText: '外院影像系统' }).getByRole('button', { name: '测试' }).click();
    await page.getByText('连接正常').waitFor({ timeout: 20_000 });
    await shot(page, 'forward-2-peers');

    const reader = await person(browser, program.http, 'yuepian', desktop);
    await reader.page.goto(`${program.http}/studies`);
    const link = reader.page.locator('tr', { hasText: '胸部正位' }).locator('a').first();
    await link.waitFor({ timeout: 30_000 });
    const uid = (await link.getAttribute('href')).split('/').pop();
    await reader.close();

    await page.getByRole('tab', { name: '试一试' }).click();
    await page.getByLabel('Study Instance UID').fill(uid);
    await page.getByRole('button', { name: '查看' }).click();
    await page.getByText('还没有规则').waitFor({ timeout: 20_000 });
    for (const name of ['外院影像系统', '关机的系统']) {
      await page.getByRole('combobox', { name: '送往' }).click();
      await page.locator('.ant-select-item-option', { hasText: name }).click();
      await page.getByRole('button', { name: '手工发送' }).click();
      await page.getByText('已排队').first().waitFor({ timeout: 20_000 });
    }
    await until(
      async () => (await readdir(dir)).length > 0,
      30_000,
      () => 'nothing arrived at the foreign archive',
    );
    await page.getByRole('tab', { name: '队列' }).click();
    const down = page.locator('.forward-line', { hasText: '关机的系统' });
    await down.getByText('连不上', { exact: true }).waitFor({ timeout: 30_000 });
    assert.match(await page.locator('.forward-line').first().innerText(), /关机的系统/, 'what hangs comes first');
    await shot(page, 'forward-3-queue');
    await page.setViewportSize(phone);
    await shot(page, 'forward-3-queue-phone');
    assert.deepEqual(admin.faults, []);
    await admin.close();
  } finally {
    foreign.kill();
    await rm(dir, { recursive: true, force: true });
  }
});
