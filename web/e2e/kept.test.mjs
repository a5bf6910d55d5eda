/** What is drawn on pictures is kept beside them in the archive, comes back for everybody, and what other systems have drawn is shown. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { root, start, studiesSent, until } from './program.mjs';

let program;
let browser;
let su;
let study;

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
  su = await person(browser, program.http, 'yuepian', desktop);
});

after(async () => {
  await su?.close();
  await browser?.close();
  await program?.stop();
});

const drawn = (page) =>
  page.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor({ timeout: 60_000 });
const thumb = (page, words) => page.locator('[data-testid="thumb"]', { hasText: words });

async function drag(page, from, to) {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 5 });
  await page.mouse.up();
}

test('a length is kept with the pictures, and its words in the report lead back to them', async () => {
  const { page } = su;
  await page.goto(`${program.http}/readings`);
  await page.locator('[data-testid="reading-row"]', { hasText: '胸部平扫' }).click({ timeout: 30_000 });
  await drawn(page);
  await page.keyboard.press('a');
  const findings = page.locator('textarea[name="findings"]');
  await findings.waitFor({ timeout: 15_000 });
  const box = await page.locator('[data-testid="pane-0"]').boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const saved = page.waitForResponse(
    (r) => r.url().endsWith('/measurements') && r.request().method() === 'PUT' && r.ok(),
  );
  await page.keyboard.press('l');
  await drag(page, [x - 80, y], [x + 80, y + 10]);
  await saved;
  // The number stands when the line does.
  let length = '';
  await until(async () => {
    const before = length;
    length = await page.locator('[data-testid="marks"] li b').first().innerText();
    return length !== '' && length === before;
  }, 10_000);
  await page.keyboard.press('v');
  await until(
    async () => /Se \d+ Im \d+/.test(await findings.inputValue()),
    10_000,
    () => 'the reference is not in the findings',
  );
  study = (
    await (
      await su.context.request.get(
        `${program.http}${new URL(page.url()).pathname.replace('/readings', '/api/readings')}`,
      )
    ).json()
  ).study;

  await page.getByRole('button', { name: '存入影像' }).click();
  await page.locator('[data-testid="kept"][data-number="1"]').waitFor({ timeout: 20_000 });
  await thumb(page, 'Measurements').waitFor({ timeout: 15_000 });
  await shot(page, 'kept-1-mine');
});

test('what no object can say is named, and the rest is kept', async () => {
  const { page } = su;
  const id = new URL(page.url()).pathname.split('/').at(-1);
  await page.evaluate(async (id) => {
    const { csrf } = await (await fetch('/api/session')).json();
    const all = await (await fetch(`/api/readings/${id}/measurements`)).json();
    // Of a picture that the object does not have.
    all.items.push({ ...all.items[0], id: 'beyond', frame: 999 });
    const saved = await fetch(`/api/readings/${id}/measurements`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf, 'Idempotency-Key': crypto.randomUUID() },
      body: JSON.stringify(all),
    });
    if (!saved.ok) throw new Error(await saved.text());
  }, id);
  await page.reload();
  await drawn(page);
  await page.locator('[data-testid="marks"] li').nth(1).waitFor({ timeout: 15_000 });
  await page.getByRole('button', { name: '存入影像' }).click();
  const out = page.locator('[data-testid="left-out"]');
  await out.waitFor({ timeout: 20_000 });
  assert.match(await out.innerText(), /^1 项测量不在影像或波形范围内，未存入：2 长度 [\d.]+ mm$/);
  await page.locator('[data-testid="kept"]:not([data-number="0"])').waitFor();
  await out.scrollIntoViewIfNeeded();
  await shot(page, 'kept-1-left-out');

  await page.locator('textarea[name="impression"]').fill('见上。');
  await page.getByRole('button', { name: '签名提交' }).click();
  const signed = page.waitForResponse((r) => r.url().endsWith('/submit') && r.ok());
  await page.locator('dialog').getByRole('button', { name: '签名提交' }).click();
  await signed;
});

test('the ordering doctor sees it on the picture and as a document', async () => {
  const bai = await person(browser, program.http, 'qingxi', desktop);
  const { page } = bai;
  await page.goto(`${program.http}/studies/${study}`);
  await drawn(page);
  await thumb(page, 'Measurements').click({ timeout: 20_000 });
  const view = page.locator('[data-testid="object-view"]');
  await view.getByText('苏医生').first().waitFor({ timeout: 10_000 });
  await view.getByText(/mm$/).first().waitFor();
  await shot(page, 'kept-2-document');
  await view.getByRole('button', { name: '查看图像' }).first().click();
  await drawn(page);
  await page.locator('[data-testid="object-drawings"] text', { hasText: /mm$/ }).first().waitFor({ timeout: 10_000 });
  await shot(page, 'kept-3-drawn');
  assert.deepEqual(bai.faults, []);
  await bai.close();
});

test('reports, states and segments of other systems are shown', async () => {
  const found = await su.context.request.get(`${program.http}/dicom-web/studies/${study}/series?Modality=CT`, {
    headers: { Accept: 'application/dicom+json' },
  });
  const series = (await found.json())[0]['0020000E'].Value[0];
  const metadata = await (
    await su.context.request.get(`${program.http}/dicom-web/studies/${study}/series/${series}/metadata`, {
      headers: { Accept: 'application/dicom+json' },
    })
  ).json();
  const folder = await mkdtemp(join(tmpdir(), 'yilian-objects-'));
  const plain = metadata
    .slice(0, 4)
    .map((d) => Object.fromEntries(Object.entries(d).filter(([, a]) => !a.BulkDataURI && !a.InlineBinary)));
  execFileSync('/usr/bin/python3', [join(root, 'web/e2e/kept.objects.py'), folder], { input: JSON.stringify(plain) });
  execFileSync(join(root, 'bin/yilian'), [
    'send',
    folder,
    '--to',
    `127.0.0.1:${program.ports.dicom}`,
    '--calling',
    'QINGXI_CT',
  ]);
  await rm(folder, { recursive: true, force: true });

  const { page } = su;
  await page.goto(`${program.http}/studies/${study}`);
  await drawn(page);
  await thumb(page, '外院报告').click({ timeout: 20_000 });
  const view = page.locator('[data-testid="object-view"]');
  await view.getByText('右肺上叶磨玻璃结节。').waitFor({ timeout: 10_000 });
  await view.getByText('所见').first().waitFor();
  await shot(page, 'kept-4-foreign-report');
  await view.getByRole('button', { name: '查看图像' }).click();
  await drawn(page);
  // The segment lies over the quarter at the left and the top of its pictures.
  const segments = page.locator('[data-testid="segments"]');
  await segments.waitFor({ timeout: 15_000 });
  const inked = await segments.evaluate((c) => {
    const at = (x, y) => c.getContext('2d').getImageData(x, y, 1, 1).data[3];
    const [w, h] = [c.width, c.height];
    return [at(1, 1), at(w / 2 - 1, h / 2 - 1), at(w / 2 + 1, 1), at(1, h / 2 + 1)];
  });
  assert.deepEqual(inked, [255, 255, 0, 0]);
  await page.locator('[data-testid="segment"]', { hasText: '结节' }).waitFor();
  await shot(page, 'kept-5-segments');
  await page.locator('[data-testid="segment"]').click();
  await until(
    async () => (await segments.evaluate((c) => c.getContext('2d').getImageData(1, 1, 1, 1).data[3])) === 0,
    15_000,
    () => 'the segment does not go',
  );

  await thumb(page, '外院标注').click();
  await view.getByRole('button', { name: '按此显示' }).click();
  await drawn(page);
  await until(
    async () => (await page.locator('[data-testid="pane-0"]').innerText()).includes('W 456 L 123'),
    15_000,
    () => 'the state has no window',
  );
  await page.locator('[data-testid="object-drawings"] text', { hasText: '外院注' }).waitFor();
  await shot(page, 'kept-6-state');
  assert.deepEqual(su.faults, []);
});
