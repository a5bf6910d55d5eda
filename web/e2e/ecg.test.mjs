/** The ECG in a real browser over the real program: calipers, filters, numbers with their origin, the earlier one, and paper at its true scale. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, launch, person, phone, shot } from './browser.mjs';
import { root, start, studiesSent, until } from './program.mjs';
import { rest } from './viewing.mjs';

const run = promisify(execFile);

let program;
let browser;
let tang;

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
  tang = await person(browser, program.http, 'xindian', desktop);
  await tang.page.addInitScript(() => {
    window.print = () => {
      window.printed = (window.printed ?? 0) + 1;
    };
  });
});

after(async () => {
  await tang?.close();
  await browser?.close();
  await program?.stop();
});

const paper = (id = 'ecg-paper') => tang.page.locator(`[data-testid="${id}"]`);
const value = (name) => tang.page.locator(`[data-testid="ecg-${name}"]`);
const number = async (name) => Number(await value(name).locator('b').innerText());
const calipers = () => paper().locator('[data-testid="caliper"]');
const key = (k) => tang.page.keyboard.press(k);
const foot = () => paper().locator('.ecg-foot').innerText();
const curve = (lead = 'V2', id = 'ecg-paper') =>
  paper(id).locator(`.ecg-curve[data-lead="${lead}"]`).first().getAttribute('d');
const near = (got, wanted, by, what) => assert.ok(Math.abs(got - wanted) <= by, `${what}: ${got} instead of ${wanted}`);

/** From millimetres of the paper to pixels of the screen. */
async function onPaper(id) {
  const svg = paper(id).locator('svg.ecg-sheet');
  await svg.scrollIntoViewIfNeeded();
  const box = await svg.boundingBox();
  const [, , width] = (await svg.getAttribute('viewBox')).split(' ').map(Number);
  return (x, y) => [box.x + (x * box.width) / width, box.y + (y * box.width) / width];
}

async function drag(from, to) {
  await tang.page.mouse.move(...from);
  await tang.page.mouse.down();
  await tang.page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 3 });
  await tang.page.mouse.move(...to, { steps: 3 });
  await tang.page.mouse.up();
  await rest(tang.page);
}

test('the recording stands beside its earlier one, with numbers and whose they are', async () => {
  await tang.page.goto(`${program.http}/readings`);
  await until(
    async () => (await tang.page.locator('[data-testid="reading-row"]', { hasText: '心电图' }).count()) === 2,
    30_000,
  );
  await tang.page.locator('[data-testid="reading-row"]', { hasText: '十二导联心电图' }).click();
  await paper().locator('.ecg-curve').first().waitFor({ timeout: 20_000 });
  await paper('ecg-earlier').locator('.ecg-curve').first().waitFor({ timeout: 20_000 });
  assert.equal(await paper().locator('.ecg-curve').count(), 13);
  near(await number('rate'), 72, 2, 'rate');
  near(await number('pr'), 172, 15, 'PR');
  near(await number('qrs'), 92, 12, 'QRS');
  near(await number('qt'), 388, 15, 'QT');
  assert.match(await value('rate').innerText(), /医联.*设备 72/s);
  assert.match(await paper('ecg-earlier').locator('.ecg-title').innerText(), /既往.*5[78]|既往.*59/);
  assert.match(await foot(), /25 mm\/s\s+10 mm\/mV\s+未加滤波（诊断）\s+采集设备 0\.05–150 Hz/);
  await shot(tang.page, 'ecg-01-below');
  // The same scale on both papers.
  assert.equal(await paper().getAttribute('data-mm'), await paper('ecg-earlier').getAttribute('data-mm'));
  await key('k');
  await tang.page.locator('[data-testid="ecg-median"] .ecg-then').first().waitFor();
  // What was filtered for the beats stands there, though nothing is on the paper.
  assert.match(
    await tang.page.locator('[data-testid="ecg-median"] .ecg-foot').innerText(),
    /滤波 ≥ 0\.5 Hz · AC [56]0 Hz/,
  );
  await shot(tang.page, 'ecg-02-median');
  await key('k');
  await paper('ecg-earlier').waitFor({ state: 'detached' });
});

test('calipers read what they span, are moved, undone and set by keys', async () => {
  const at = await onPaper();
  await drag(at(30, 90), at(50, 90)); // 20 mm of the rhythm strip at 25 mm/s
  const mm = Number(await paper().getAttribute('data-mm'));
  const pixel = 1000 / 25 / mm; // ms
  const read = async (i) => (await calipers().nth(i).locator('text').textContent()).split(' · ');
  const [ms, bpm] = await read(0);
  near(Number.parseInt(ms, 10), 800, 2 * pixel, 'interval');
  near(Number.parseInt(bpm, 10), 75, 3, 'a minute');
  // Its right edge 5 mm on: 200 ms more.
  await drag(at(50, 92), at(55, 92));
  near(Number.parseInt((await read(0))[0], 10), 1000, 2 * pixel, 'moved edge');
  await key('Control+z');
  near(Number.parseInt((await read(0))[0], 10), 800, 2 * pixel, 'undone');
  await key('h');
  await drag(at(100, 100), at(100, 85));
  near(Number.parseFloat((await read(1))[0]), 1.5, (2 / mm) * 0.1, 'millivolts');
  await key('m');
  await drag(at(120, 90), at(141, 90));
  assert.ok((await calipers().nth(2).locator('.ecg-march').count()) >= 5, 'it marches over the strip');
  await shot(tang.page, 'ecg-03-calipers');
  await key('Shift+Delete');
  assert.equal(await calipers().count(), 0);
  await key('Shift+l');
  assert.equal(await calipers().count(), 1);
  const before = Number.parseInt((await read(0))[0], 10);
  near(before, 60_000 / 72, 60, 'from beat to beat');
  await key('Shift+ArrowRight');
  near(Number.parseInt((await read(0))[0], 10), before + 40, 1, 'by keys');
  await key('Delete');
});

test('filters change the curve and stand on the paper; speed and gain, too', async () => {
  const raw = await curve();
  await key('f');
  await until(async () => (await curve()) !== raw);
  assert.match(await foot(), /滤波 0\.5–40 Hz · AC 50 Hz/);
  await key('f');
  await until(async () => (await curve()) === raw);
  await key('s');
  assert.match(await foot(), /50 mm\/s/);
  await key('s');
  await key('g');
  assert.match(await foot(), /20 mm\/mV/);
  await shot(tang.page, 'ecg-04-gain');
  await key('g');
  await key('g');
  await key('x');
  assert.equal(await paper().locator('.ecg-curve').count(), 12);
  await key('x');
  await key('x');
});

test('one key takes the numbers into the report, with their origin', async () => {
  await key('a');
  const findings = tang.page.locator('textarea[name="findings"]');
  await findings.waitFor({ timeout: 15_000 });
  await paper().locator('.ecg-foot').click();
  await tang.page.evaluate(() => document.activeElement?.blur());
  await key('v');
  await until(
    async () =>
      /心率 7\d 次\/分，RR .*QTc \d+ ms \(Bazett\)，电轴 .*（医联自动测量，待确认）/.test(await findings.inputValue()),
    15_000,
    () => 'the report has no numbers',
  );
  await shot(tang.page, 'ecg-07-report');
  await value('pr').locator('button').click();
  await tang.page.keyboard.type('164');
  await key('Enter');
  await until(async () => (await value('pr').getAttribute('data-origin')) === 'doctor');
});

test('calipers are measurements of the study: listed, kept, there again after a reload, and taken into the report with the way back', async () => {
  await key('Shift+Delete');
  for (const k of ['Shift+h', 'Shift+m', 'Shift+l']) await key(k);
  const texts = () => calipers().locator('text').allTextContents();
  const drawn = await texts();
  assert.equal(drawn.length, 3);
  const listed = () => tang.page.locator('[data-testid="marks"] .report-mark').allInnerTexts();
  await until(
    async () => (await listed()).filter((w) => /卡尺\s+II (时间|电压) /.test(w)).length === 3,
    15_000,
    async () => `listed: ${await listed()}`,
  );
  const task = tang.page.url().split('/').pop();
  await until(
    () =>
      tang.page.evaluate(
        async (id) => (await (await fetch(`/api/readings/${id}/measurements`)).json()).items.length === 3,
        task,
      ),
    10_000,
    () => 'they were not kept',
  );
  await tang.page.reload();
  await calipers().nth(2).waitFor({ timeout: 20_000 });
  assert.deepEqual(await texts(), drawn);
  // Moved, taken back, and put into the report: the words lead back to the recording.
  await calipers().nth(2).locator('text').click();
  await key('Shift+ArrowRight');
  await until(async () => (await texts())[2] !== drawn[2]);
  await key('Control+z');
  await until(async () => (await texts())[2] === drawn[2]);
  await calipers().nth(2).locator('text').click();
  await key('v');
  const findings = tang.page.locator('textarea[name="findings"]');
  await until(
    async () => /II 导联测得 \d+ ms · 7\d 次\/分（Se \d+ Im \d+）/.test(await findings.inputValue()),
    15_000,
    async () => `the report has: ${await findings.inputValue()}`,
  );
  await shot(tang.page, 'ecg-08-kept');
  // With a caliper of the earlier recording in hand, keys are that one's.
  await until(async () => (await key('k'), (await paper('ecg-earlier').count()) === 1));
  const earlier = paper('ecg-earlier').locator('[data-testid="caliper"]');
  const at = await onPaper('ecg-earlier');
  await drag(at(30, 90), at(50, 90));
  await until(async () => (await earlier.count()) === 1);
  await key('Delete');
  await until(async () => (await earlier.count()) === 0);
  assert.deepEqual(await texts(), drawn);
  await until(
    async () => (await key('k'), (await paper('ecg-earlier').count()) === 0 && (await paper().count()) === 1),
  );
});

test('on paper ten large squares are 50 mm, and it says what is on it', async () => {
  await key('p');
  await until(
    () => tang.page.evaluate(() => window.printed === 1),
    10_000,
    () => 'nothing was printed',
  );
  const pdf = await tang.page.pdf({ preferCSSPageSize: true, printBackground: true });
  const dir = await mkdtemp(join(tmpdir(), 'yilian-ecg-'));
  try {
    const file = join(dir, 'ecg.pdf');
    await writeFile(file, pdf);
    const { stdout: info } = await run('pdfinfo', [file]);
    assert.match(info, /Pages:\s+1\b/);
    const [, w, h] = /Page size:\s+([\d.]+) x ([\d.]+) pts/.exec(info).map(Number);
    near((w / 72) * 25.4, 297, 0.5, 'width of the paper');
    near((h / 72) * 25.4, 210, 0.5, 'height of the paper');
    const { stdout: words } = await run('pdftotext', ['-layout', file, '-']);
    for (const what of ['王五', '白杨乡卫生院', '25 mm/s', '10 mm/mV', '未加滤波', 'aVR', 'V6', '打印于'])
      assert.ok(words.includes(what), `${what} is not on the paper`);
    // The lines as they are drawn, out of the file itself.
    await run('pdftocairo', ['-svg', file, join(dir, 'ecg.svg')]);
    const svg = await readFile(join(dir, 'ecg.svg'), 'utf8');
    near(tenSquares(svg), 50, 0.2, 'ten large squares');
    await run('pdftocairo', ['-png', '-r', '110', '-singlefile', file, join(dir, 'ecg')]);
    await writeFile(join(root, 'artefacts/screenshots/ecg-05-paper.png'), await readFile(join(dir, 'ecg.png')));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  assert.deepEqual(tang.faults, []);
});

/** The distance of ten lines of the bold grid, mm: path data and matrix of the SVG, points of 1/72 in. */
function tenSquares(svg) {
  const grids = [...svg.matchAll(/<path[^>]*?>/g)]
    .map(([path]) => {
      const d = / d="([^"]+)"/.exec(path)?.[1] ?? '';
      const m = /matrix\(([^)]+)\)/.exec(path)?.[1].split(/[ ,]+/).map(Number) ?? [1, 0, 0, 1, 0, 0];
      const lines = [...d.matchAll(/M ([\d.-]+) ([\d.-]+) L ([\d.-]+) ([\d.-]+)/g)].map((l) => l.slice(1).map(Number));
      const upright = [...new Set(lines.filter(([x, , x2]) => x === x2).map(([x]) => x * Math.abs(m[0])))].sort(
        (a, b) => a - b,
      );
      return upright;
    })
    .filter((x) => x.length > 20);
  const spans = grids.map((x) => ((x[10] - x[0]) / 72) * 25.4);
  return spans.find((s) => s > 30) ?? Number.NaN;
}

test('on a phone it scrolls, and a finger moves the paper', async () => {
  const small = await person(browser, program.http, 'xindian', phone, { hasTouch: true, isMobile: true });
  await small.page.goto(tang.page.url());
  const sheet = small.page.locator('[data-testid="ecg-paper"]');
  await sheet.locator('.ecg-curve').first().waitFor({ timeout: 20_000 });
  assert.equal(await sheet.getAttribute('data-tool'), 'hand');
  assert.ok(Number(await sheet.getAttribute('data-mm')) >= 3);
  await shot(small.page, 'ecg-06-phone');
  await small.close();
});

test('kept beside the recording they are a report that says moments and channels, and leads back to the paper', async () => {
  const { page } = tang;
  await page.getByRole('button', { name: '存入影像' }).click();
  await page.locator('[data-testid="kept"][data-number="1"]').waitFor({ timeout: 20_000 });
  await page.locator('[data-testid="thumb"]', { hasText: 'Measurements' }).click({ timeout: 15_000 });
  const view = page.locator('[data-testid="object-view"]');
  await view.getByText('电压').waitFor({ timeout: 10_000 });
  const words = await view.innerText();
  for (const what of [
    /部位\s+Lead II/,
    /时长\s+\d+ ms/,
    /心率\s+7\d \/min/,
    /[\d.]+–[\d.]+ 秒 · 波形 第 1 组第 2 通道/,
  ])
    assert.match(words, what);
  await shot(page, 'ecg-09-document');
  await view.getByRole('button', { name: '查看图像' }).first().click();
  await paper().locator('.ecg-curve').first().waitFor({ timeout: 10_000 });
  assert.deepEqual(tang.faults, []);
});
