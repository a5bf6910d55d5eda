/** A disc comes in through the page: looked through, chosen, sent over a line that breaks and a program that dies, and nothing twice. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, launch, person, phone, shot } from './browser.mjs';
import { root, start, studiesSent, until } from './program.mjs';

const run = promisify(execFile);

/** A line to the program that carries so many bytes a second each connection, and that can be cut. */
function lineTo(port) {
  const open = new Set();
  const line = { rate: Number.POSITIVE_INFINITY, cut: false };
  const server = createServer((near) => {
    if (line.cut) return near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      open.add(from);
      from.on('error', () => to.destroy()).on('close', () => open.delete(from) && to.destroy());
    }
    far.pipe(near);
    near.on('data', (chunk) => {
      far.write(chunk);
      if (line.rate === Number.POSITIVE_INFINITY) return;
      near.pause();
      setTimeout(() => near.resume(), (chunk.length / line.rate) * 1000);
    });
  });
  line.fall = () => {
    line.cut = true;
    for (const socket of open) socket.destroy();
  };
  line.close = () => {
    line.fall();
    server.close();
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      line.url = `http://127.0.0.1:${server.address().port}`;
      resolve(line);
    });
  });
}

let program;
let browser;
let data;
let line;
let tech;
let disc;
let made;
let known;
let other;

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'yilian-import-'));
  program = await start({ data });
  browser = await launch();
  await studiesSent(program);
  line = await lineTo(program.ports.http);
  tech = await person(browser, line.url, 'qingxi-jishi', desktop, { acceptDownloads: true });
  [known, other] = await tech.page.evaluate(async () => {
    const { items } = await (await fetch('/api/patients?limit=200')).json();
    return items.filter((p) => p.number && p.birthDate && /^[MF]$/.test(p.sex));
  });
  assert.ok(known && other, 'the county has patients with numbers');
  disc = await mkdtemp(join(tmpdir(), 'DISC'));
  const patient = (p, more) => ({
    name: p.name,
    id: p.number,
    birth: p.birthDate.replaceAll('-', ''),
    sex: p.sex,
    ...more,
  });
  const patients = [
    patient(known, {
      studies: [
        { modality: 'CT', description: '头颅平扫', series: [40, 20] },
        { modality: 'DX', description: '胸部正位', series: [2] },
      ],
    }),
    patient(other, { name: '另一人', studies: [{ modality: 'CT', description: '腹部平扫', series: [4] }] }),
  ];
  made = JSON.parse(
    execFileSync('/usr/bin/python3', ['-W', 'ignore', join(root, 'web/e2e/import/disc.py'), disc], {
      input: JSON.stringify(patients),
    }),
  );
});

after(async () => {
  await browser?.close();
  line?.close();
  await program?.stop();
  for (const dir of [data, disc]) if (dir) await rm(dir, { recursive: true, force: true });
});

/** Drops a folder as the file manager does. */
async function drop(page, folder) {
  const cdp = await page.context().newCDPSession(page);
  await page.locator('.import-drop').waitFor({ timeout: 20_000 });
  const at = { x: 500, y: 400, data: { items: [], files: [folder], dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop']) await cdp.send('Input.dispatchDragEvent', { type, ...at });
  await cdp.detach();
}

/** How many instances of a study the archive lists. */
const stored = (page, study) =>
  page.evaluate(async (uid) => {
    const res = await fetch(`/dicom-web/studies/${uid}/instances?limit=500`);
    return res.status === 200 ? (await res.json()).length : 0;
  }, study);

const fits = async (page, where) => {
  const { wide, view } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    view: window.innerWidth,
  }));
  assert.ok(wide <= view, `${where} is ${wide} px wide in a window of ${view}`);
};

/** A picture on the desk and on a phone. */
async function both(page, name) {
  await page.waitForTimeout(200);
  await shot(page, name);
  await page.setViewportSize(phone);
  await page.waitForTimeout(200);
  await fits(page, name);
  await shot(page, `${name}-phone`);
  await page.setViewportSize(desktop);
}

const open = (page) => page.goto(`${line.url}/import`);
const finished = (page) => page.getByRole('heading', { name: '导入结束' }).waitFor({ timeout: 90_000 });
const count = (page, filter) =>
  page
    .getByRole('radio', { name: new RegExp(`^${filter}`) })
    .locator('.y-choice-count')
    .innerText();

test('a disc is listed, with what it lacks and whose it is', async () => {
  const { page } = tech;
  await open(page);
  await page.getByRole('button', { name: '选择文件夹' }).waitFor({ timeout: 20_000 });
  await both(page, 'import-1-empty');
  await drop(page, disc);
  await page.getByText('光盘目录（DICOMDIR）列出 3 个检查').waitFor({ timeout: 30_000 });
  await page.getByText('目录里有、盘上没有的文件 1 个').click();
  await page.getByText('目录里没有的影像 1 个').waitFor();
  await page.getByText('与本院患者一致').waitFor();
  await page.getByText(`号码在本院属于 ${other.name}`).waitFor();
  assert.ok(
    await page.getByRole('button', { name: '导入', exact: true }).isDisabled(),
    'of two patients nobody is ticked',
  );
  await both(page, 'import-2-review');
});

test('somebody whose number is another’s is not imported by a slip', async () => {
  const { page } = tech;
  await page.getByRole('checkbox', { name: /腹部平扫/ }).check();
  await page.getByRole('button', { name: '导入', exact: true }).click();
  const dialog = page.locator('dialog');
  assert.ok(await dialog.getByRole('button', { name: '导入', exact: true }).isDisabled());
  await both(page, 'import-3-doubt');
  await dialog.getByRole('button', { name: '返回' }).click();
  await page.getByRole('checkbox', { name: /腹部平扫/ }).uncheck();
});

test('one study goes in over a line that breaks and a program that is killed; each file has its result', async () => {
  const { page } = tech;
  line.rate = 400e3;
  await page.getByRole('checkbox', { name: /头颅平扫/ }).check();
  await page.getByRole('button', { name: '导入', exact: true }).click();
  await page.locator('dialog').getByRole('button', { name: '导入', exact: true }).click();
  await until(async () => Number(await count(page, '已存')) > 3, 30_000);
  await page.keyboard.press('p');
  await page.getByRole('heading', { name: '已暂停' }).waitFor();
  await page.keyboard.press('p');
  await page.getByRole('heading', { name: '正在导入' }).waitFor();

  line.fall();
  await page.getByText('线路断了').waitFor({ timeout: 20_000 });
  await both(page, 'import-4-lost');
  line.cut = false;
  await page.getByRole('heading', { name: '正在导入' }).waitFor({ timeout: 20_000 });
  await page.waitForTimeout(1500);
  line.rate = 40e3; // on no machine the last file is there before the program dies
  await both(page, 'import-5-running');

  await program.stop('SIGKILL');
  await page.getByText('线路断了').waitFor({ timeout: 30_000 });
  program = await start({ data, ports: program.ports });
  line.rate = Number.POSITIVE_INFINITY;
  await finished(page);

  assert.equal(await count(page, '已存'), '59'); // 60 of the directory: one is gone, one cut off; and the one beside it
  await page.getByRole('radio', { name: /^有问题/ }).click();
  const row = page.locator('tr', { hasText: made.cut });
  assert.match(await row.innerText(), /被拒[\s\S]*不完整/);
  assert.match(await page.locator('tr', { hasText: 'BROKEN.DCM' }).innerText(), /已损坏[\s\S]*没有发送/);
  await page.getByRole('radio', { name: /^未导入/ }).click();
  assert.match(await page.locator('tr', { hasText: 'README.TXT' }).innerText(), /不是 DICOM/);
  await page.getByRole('radio', { name: /^有问题/ }).click();
  await both(page, 'import-6-done');
  assert.equal(await stored(page, made.studies[0]), 59);
  assert.equal(await stored(page, made.studies[1]), 0, 'what was not chosen is not sent');

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '导出 CSV' }).click(),
  ]);
  const list = await readFile(await download.path(), 'utf8');
  assert.equal(list.split('\r\n').filter(Boolean).length, 1 + made.files - 1 + 4, 'a line a file and a head');
  assert.match(list, /"被拒"/);
});

test('after a reload the same disc sends nothing twice, and what is new', async () => {
  const { page } = tech;
  const sent = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().includes('/dicom-web/studies')) sent.push(request);
  });
  await page.reload();
  await page.locator('.import-drop').waitFor({ timeout: 20_000 });
  await page.getByLabel('选择文件夹').setInputFiles(disc);
  await page.getByText('59 个已在库里').first().waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: '看序列' }).first().click();
  await both(page, 'import-7-again');
  await page.getByRole('checkbox', { name: /胸部正位/ }).check();
  await page.getByRole('button', { name: '导入', exact: true }).click();
  await page.locator('dialog').getByRole('button', { name: '导入', exact: true }).click();
  await finished(page);
  assert.equal(sent.length, 1, 'one request for the two new pictures');
  assert.equal(await count(page, '已存'), '2');
  assert.equal(await stored(page, made.studies[0]), 59);
  assert.equal(await stored(page, made.studies[1]), 2);
  // The line was cut on purpose.
  assert.deepEqual(
    tech.faults.filter((fault) => !fault.includes('WebSocket')),
    [],
  );
});

test('what a patient brought along stands beside what is read of them', async () => {
  const { page } = tech;
  await page.goto(`${line.url}/unmatched`);
  const brought = page.locator('.unmatched', { hasText: '胸部正位' }).filter({ hasText: known.name });
  await brought.getByRole('button', { name: '患者带来的旧片？归入一位患者…' }).click({ timeout: 60_000 });
  const dialog = page.locator('dialog');
  await dialog.getByRole('searchbox').fill(known.name);
  await dialog.getByRole('button', { name: new RegExp(`^${known.name}`) }).click();
  await both(page, 'import-10-beside');
  await dialog.getByRole('button', { name: '作为既往检查' }).click();
  await page.getByText('已归为既往检查').waitFor();

  const reader = await person(browser, program.http, 'yuepian', desktop);
  await reader.page.goto(`${program.http}/readings`);
  await reader.page.locator('[data-testid="reading-row"]', { hasText: known.name }).first().click({ timeout: 30_000 });
  const priors = reader.page.locator('[data-testid="priors"]');
  const prior = priors.locator('li', { hasText: '外来' });
  assert.match(await prior.innerText(), /胸部正位/);
  if ((await prior.locator('button').getAttribute('aria-pressed')) !== 'true') await prior.locator('button').click();
  await reader.page.locator('[data-testid="pane-1"][data-loading="false"]').waitFor({ timeout: 20_000 });
  await shot(reader.page, 'import-11-read');
  assert.deepEqual(reader.faults, []);
  await reader.close();
});

test('a study leaves as the image of a disc, and that comes in again as a ZIP does', async () => {
  const { page } = tech;
  await page.goto(`${line.url}/studies/${made.studies[1]}`);
  await page.getByRole('button', { name: '导出影像' }).click({ timeout: 20_000 });
  const dialog = page.locator('dialog');
  await dialog.getByRole('radio', { name: /ISO/ }).click();
  await shot(page, 'import-8-export');
  const [iso] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: '导出影像' }).click(),
  ]);
  assert.match(iso.suggestedFilename(), /\.iso$/);
  const { stdout } = await run('bsdtar', ['-tf', await iso.path()]);
  assert.match(stdout, /DICOMDIR/);
  assert.match(stdout, /DICOM\/ST000001\/SE000001\/IM000002/);

  const zip = join(data, `${basename(disc)}.zip`);
  await run('/usr/bin/python3', [
    '-m',
    'zipfile',
    '-c',
    zip,
    join(disc, 'DICOMDIR'),
    join(disc, 'EXTRA.DCM'),
    join(disc, made.cut.split('/')[0]),
  ]);
  await page.evaluate(() => localStorage.setItem('yilian.language', 'en'));
  await open(page);
  await page.locator('.import-drop').waitFor({ timeout: 20_000 });
  await page.getByLabel('Choose files', { exact: true }).setInputFiles(zip);
  await page.getByText('lists 3 exams').waitFor({ timeout: 30_000 });
  await page.getByText('59 here already').first().waitFor();
  await both(page, 'import-9-english');
});

test('who may not import is told so', async () => {
  const doctor = await person(browser, program.http, 'qingxi', desktop);
  await doctor.page.goto(`${program.http}/import`);
  await doctor.page.getByText('由影像技师导入').waitFor({ timeout: 20_000 });
  const status = await doctor.page.evaluate(async () => {
    const { csrf } = await (await fetch('/api/session')).json();
    const ask = (url, type) =>
      fetch(url, { method: 'POST', body: 'x', headers: { 'Content-Type': type, 'X-CSRF-Token': csrf } });
    return [
      (await ask('/api/import/dicomdir', 'application/dicom')).status,
      (await ask('/api/import/here', 'application/json')).status,
      (await ask('/dicom-web/studies', 'multipart/related; type="application/dicom"; boundary=x')).status,
    ];
  });
  assert.deepEqual(status.slice(0, 2), [403, 403]);
  assert.ok(status[2] >= 400);
  await doctor.close();
});
