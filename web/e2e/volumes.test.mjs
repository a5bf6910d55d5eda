/** Volumes and hanging in a real browser: planes against an independent resampling, slabs, the body, layouts, the second window. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { ways } from './exact/planes.mjs';
import { start, studiesSent, until } from './program.mjs';

let program;
let browser;
let su;

before(async () => {
  program = process.env.YILIAN_AT
    ? { http: process.env.YILIAN_AT, log: () => 'demo studies sent', stop: async () => {} }
    : await start();
  browser = await launch();
  await studiesSent(program);
  su = await person(browser, program.http, 'yuepian', desktop);
  su.page.setDefaultTimeout(90_000);
});

after(async () => {
  await su?.close();
  await browser?.close();
  await program?.stop();
});

const { round, floor, min, max, abs, sqrt } = Math;

async function open(page, exam) {
  await page.goto(`${program.http}/readings`);
  await page.locator('[data-testid="reading-row"]', { hasText: exam }).first().click();
  await page.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor();
}

/** Two pictures are drawn after the last change. */
const settled = (page) =>
  page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 150)))),
  );

/** The pixels of a plane as the browser shows them. */
const pixels = (page, plane) =>
  page
    .locator(`[data-testid="plane-${plane}"] canvas`)
    .first()
    .evaluate((c) => {
      const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
      let grey = '';
      for (let i = 0; i < data.length; i += 4) grey += String.fromCharCode(data[i]);
      return { width: c.width, height: c.height, grey: btoa(grey) };
    })
    .then((p) => ({ ...p, grey: [...Buffer.from(p.grey, 'base64')] }));

/** The series in HU out of what the archive gives, put in order by the positions that the device wrote. */
async function archived({ page, context }) {
  const get = (url, accept = 'application/dicom+json') =>
    context.request.get(`${program.http}${url}`, { headers: { Accept: accept } });
  const json = async (url) => (await get(url)).json();
  const { study } = await json(`/api/readings/${new URL(page.url()).pathname.split('/')[2]}`);
  const [series] = await json(`/dicom-web/studies/${study}/series`);
  const base = `/dicom-web/studies/${study}/series/${series['0020000E'].Value[0]}`;
  const number = (d, t, i = 0) => Number(d[t].Value[i]);
  const all = (await json(`${base}/metadata`)).sort((a, b) => number(a, '00200032', 2) - number(b, '00200032', 2));
  const [first, last] = [all[0], all.at(-1)];
  const [rows, columns] = [number(first, '00280010'), number(first, '00280011')];
  const slices = [];
  for (const d of all) {
    const res = await get(
      `${base}/instances/${d['00080018'].Value[0]}/frames/1`,
      'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1',
    );
    const body = await res.body();
    const at = body.indexOf('\r\n\r\n') + 4;
    const signed = number(d, '00280103') === 1;
    const [slope, intercept] = [number(d, '00281053'), number(d, '00281052')];
    const hu = new Float32Array(rows * columns);
    for (let i = 0; i < hu.length; i++)
      hu[i] = (signed ? body.readInt16LE(at + 2 * i) : body.readUInt16LE(at + 2 * i)) * slope + intercept;
    slices.push(hu);
  }
  const pitch = (number(last, '00200032', 2) - number(first, '00200032', 2)) / (all.length - 1);
  return {
    rows,
    columns,
    slices,
    spacing: [number(first, '00280030', 1), number(first, '00280030', 0), pitch],
    orientation: first['00200037'].Value.map(Number),
  };
}

/** The value between voxels, in all three directions. */
function sample(v, [i, j, k]) {
  const n = [v.columns, v.rows, v.slices.length];
  if ([i, j, k].some((c, a) => c < 0 || c > n[a] - 1)) return -1024;
  const [i0, j0, k0] = [i, j, k].map(floor);
  let sum = 0;
  for (const [di, dj, dk] of [
    [0, 0, 0],
    [1, 0, 0],
    [0, 1, 0],
    [1, 1, 0],
    [0, 0, 1],
    [1, 0, 1],
    [0, 1, 1],
    [1, 1, 1],
  ]) {
    const w = (di ? i - i0 : 1 - i + i0) * (dj ? j - j0 : 1 - j + j0) * (dk ? k - k0 : 1 - k + k0);
    if (w > 0) sum += w * v.slices[min(k0 + dk, n[2] - 1)][min(j0 + dj, n[1] - 1) * v.columns + min(i0 + di, n[0] - 1)];
  }
  return sum;
}

/** What a plane should show: voxels a pixel to the right and downward, from the one where the planes cross. */
function expected(v, size, middle, right, down, [shiftX, shiftY] = [0, 0]) {
  const out = [];
  for (let y = 6; y < size.height; y += 5) {
    for (let x = 6; x < size.width; x += 5) {
      const dx = x + 0.5 - size.crossing[0] + shiftX;
      const dy = y + 0.5 - size.crossing[1] + shiftY;
      const hu = sample(
        v,
        middle.map((m, a) => m + right[a] * dx + down[a] * dy),
      );
      out.push(max(0, min(255, ((hu - (40 - 200)) / 400) * 255)));
    }
  }
  return out;
}

function seen(size) {
  const out = [];
  for (let y = 6; y < size.height; y += 5)
    for (let x = 6; x < size.width; x += 5) out.push(size.grey[y * size.width + x]);
  return out;
}

function likeness(a, b) {
  const mean = (v) => v.reduce((s, x) => s + x, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let ab = 0,
    aa = 0,
    bb = 0;
  a.forEach((x, i) => {
    ab += (x - ma) * (b[i] - mb);
    aa += (x - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  });
  return ab / sqrt(aa * bb);
}

test('three planes stand where an independent resampling says, and the right way round', async () => {
  const { page } = su;
  await open(page, '胸部平扫');
  await page.keyboard.press('2'); // mediastinum: W 400 L 40
  await page.keyboard.press('q');
  await page.locator('[data-testid="volume"][data-stage="whole"]').waitFor();
  await page.locator('[data-testid="plane-sagittal"][data-filled="true"]').waitFor();
  await settled(page);
  await shot(page, 'volumes-1-planes');
  const v = await archived(su);
  assert.deepEqual(v.orientation.map(round), [1, 0, 0, 0, 1, 0]);
  const middle = [(v.columns - 1) / 2, (v.rows - 1) / 2, (v.slices.length - 1) / 2];
  const told = (await page.locator('[data-testid="volume"]').getAttribute('data-voxel')).split(' ').map(Number);
  for (const [i, t] of told.entries())
    assert.ok(abs(t - middle[i]) < 0.01, `the crossing stands at voxel ${told}, the middle is ${middle}`);
  for (const [plane, [right, down]] of Object.entries(ways)) {
    const where = (name) => page.locator(`[data-testid="plane-${plane}"]`).getAttribute(name);
    const size = { ...(await pixels(page, plane)), crossing: (await where('data-crossing')).split(' ').map(Number) };
    const mm = Number(await where('data-mm'));
    const perPixel = (way) => way.map((w, a) => (w * mm) / v.spacing[a]);
    const shown = seen(size);
    const at = (shift, flipX = 1, flipY = 1) =>
      likeness(
        shown,
        expected(v, size, middle, perPixel(right.map((w) => w * flipX)), perPixel(down.map((w) => w * flipY)), shift),
      );
    const here = at([0, 0]);
    // Between slices of 5 mm the graphics processor weighs its neighbours in coarse steps.
    assert.ok(here > 0.95, `${plane}: ${here.toFixed(3)} like the reference`);
    assert.ok(at([0, 0], -1, 1) < here - 0.02, `${plane} is mirrored`);
    assert.ok(at([0, 0], 1, -1) < here - 0.02, `${plane} is upside down`);
    // A voxel in each direction: nothing fits better than where it should stand.
    const voxel = [right, down].map((way) => v.spacing[way.findIndex(abs)] / mm);
    for (const shift of [
      [voxel[0], 0],
      [-voxel[0], 0],
      [0, voxel[1]],
      [0, -voxel[1]],
    ]) {
      const there = at(shift);
      assert.ok(there < here, `${plane} fits better a voxel away (${shift}): ${there.toFixed(4)} > ${here.toFixed(4)}`);
    }
  }
});

test('a slab shows the brightest of its voxels, a turned crosshair an oblique plane, tools measure in it', async () => {
  const { page } = su;
  const mean = async (plane) => {
    await settled(page);
    const { grey } = await pixels(page, plane);
    return grey.reduce((s, g) => s + g, 0) / grey.length;
  };
  const one = await mean('coronal');
  await page.locator('[data-testid="slab-mm"]').selectOption('20');
  const brightest = await mean('coronal');
  await page.locator('[data-testid="slab-blend"]').selectOption('average');
  const average = await mean('coronal');
  await page.locator('[data-testid="slab-blend"]').selectOption('minimum');
  const darkest = await mean('coronal');
  assert.ok(
    brightest > average + 2 && average > darkest + 2 && brightest > one + 2,
    `MIP ${brightest}, average ${average}, MinIP ${darkest}, one plane ${one}`,
  );
  await page.locator('[data-testid="slab-blend"]').selectOption('maximum');
  await settled(page);
  await shot(page, 'volumes-2-slab');
  await page.locator('[data-testid="slab-mm"]').selectOption('0');

  const handle = await page.locator('[data-testid="turn-axial-coronal-1"]').boundingBox();
  const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 10, y - 80, { steps: 4 });
  await page.mouse.up();
  await page.locator('[data-testid="plane-coronal"]').getByText('斜面').waitFor();
  const box = await page.locator('[data-testid="plane-coronal"]').boundingBox();
  const mm = Number(await page.locator('[data-testid="plane-coronal"]').getAttribute('data-mm'));
  await page.keyboard.press('l');
  await page.mouse.move(box.x + 100, box.y + 120);
  await page.mouse.down();
  await page.mouse.move(box.x + 200, box.y + 120, { steps: 4 });
  await page.mouse.up();
  const text = page.locator('[data-testid="plane-coronal"] svg.svg-layer').getByText(/mm$/).first();
  await text.waitFor();
  const length = Number.parseFloat(await text.textContent());
  assert.ok(abs(length - 100 * mm) < 0.1, `100 px of ${mm} mm measure ${length}`);
  await shot(page, 'volumes-3-oblique');
  // Scrolled away, the measurement is gone; the crossing has moved.
  const before = await page.locator('[data-testid="volume"]').getAttribute('data-voxel');
  await page.mouse.wheel(0, 600);
  await until(
    async () => (await page.locator('[data-testid="volume"]').getAttribute('data-voxel')) !== before,
    5000,
    () => 'the wheel does not scroll the plane',
  );
  await page.keyboard.press('w');
  await page.keyboard.press(' ');
  await page.locator('[data-testid="plane-coronal"]').getByText('斜面').waitFor({ state: 'detached' });
});

test('the volume as a body, and back to the stack by one key', async () => {
  const { page } = su;
  await page.keyboard.press('Shift+q');
  await page.locator('[data-testid="solid"][data-drawn]').waitFor();
  const lit = () =>
    page
      .locator('[data-testid="solid"] canvas')
      .first()
      .evaluate((c) => {
        const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
        let n = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i] > 60) n++;
        return n / (data.length / 4);
      });
  const bones = await lit();
  assert.ok(bones > 0.03 && bones < 0.95, `bones fill ${bones}`);
  await shot(page, 'volumes-4-bone');
  await page
    .getByRole('button', { name: '软组织', exact: true })
    .or(page.getByText('软组织', { exact: true }))
    .first()
    .click();
  await until(
    async () => abs((await lit()) - bones) > 0.02,
    15_000,
    () => 'another look shows the same',
  );
  await shot(page, 'volumes-5-soft');
  await page.keyboard.press('q');
  await page.locator('[data-testid="volume"]').waitFor({ state: 'detached' });
  await page.locator('[data-testid="pane-0"][data-loading="false"]').waitFor();
  assert.deepEqual(su.faults, []);
});

test('a radiograph is no volume, and says so', async () => {
  await open(su.page, '胸部正位');
  await su.page.keyboard.press('q');
  await su.page.locator('[data-testid="volume-refused"]').getByText('不能重建').waitFor();
});

test('a hanging is chosen by the protocol, changed, kept, and forgotten', async () => {
  const { page } = su;
  const layout = () => page.locator('[data-testid="layout"]').innerText();
  await open(page, '颅脑平扫');
  assert.match(await layout(), /^1×2/, 'T1 and T2 stand side by side');
  await page.locator('[data-testid="pane-1"][data-loading="false"]:not([data-count="0"])').waitFor();
  await shot(page, 'volumes-6-hung');
  await page.locator('[data-testid="layout"]').click();
  await page.getByRole('button', { name: '2×1', exact: true }).click();
  await page.locator('[data-testid="layout"]').click();
  await page.getByText('磁共振以后都这样摆').click();
  await page.reload();
  await until(
    async () => (await layout().catch(() => '')).startsWith('2×1'),
    30_000,
    () => 'the kept layout did not come back',
  );
  await page.locator('[data-testid="layout"]').click();
  await page.getByText('恢复磁共振的默认摆法').click();
  await until(
    async () => (await layout()).startsWith('1×2'),
    5000,
    () => 'the protocol did not come back',
  );
});

test('a second window turns with the first, and closing it harms nothing', async () => {
  const { page } = su;
  await page.locator('[data-testid="pane-0"][data-loading="false"]').waitFor();
  await page.locator('[data-testid="layout"]').click();
  const popup = page.waitForEvent('popup');
  await page.getByText('在第二块屏幕上打开').click();
  const second = await popup;
  second.setDefaultTimeout(90_000);
  await second.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor();
  await page.locator('[data-testid="viewer"][data-screens="2"]').waitFor();
  // Each screen shows one of the two series now.
  await until(
    async () => /^1×1/.test(await page.locator('[data-testid="layout"]').innerText()),
    5000,
    () => 'the first screen was not hung for two',
  );
  await page.locator('[data-testid="pane-0"]').click();
  await page.keyboard.press('k');
  const index = async (p) => Number(await p.locator('[data-testid="pane-0"]').getAttribute('data-index'));
  const start = await index(page);
  await page.waitForTimeout(300);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await until(
    async () => (await index(page)) === start + 2,
    10_000,
    () => 'the first window did not turn',
  );
  await until(
    async () => (await index(second)) === (await index(page)),
    10_000,
    () => 'the second window did not follow',
  );
  await shot(second, 'volumes-7-second');
  await second.close();
  await page.locator('[data-testid="viewer"][data-screens="1"]').waitFor();
  await page.keyboard.press('ArrowDown');
  await until(
    async () => (await index(page)) === start + 3,
    10_000,
    () => 'the first window stopped turning',
  );
  assert.deepEqual(su.faults, []);
});

test('the second window goes where the first goes, and to where it is after its own reload', async () => {
  const { page } = su;
  await page.locator('[data-testid="layout"]').click();
  const popup = page.waitForEvent('popup');
  await page.getByText('在第二块屏幕上打开').click();
  const second = await popup;
  await second.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor();
  const first = new URL(second.url()).pathname;
  await open(page, '胸部正位');
  const there = `${new URL(page.url()).pathname}/screen/2`;
  assert.notEqual(there, first);
  const follows = () =>
    until(
      async () => new URL(second.url()).pathname === there,
      10_000,
      () => `the second window stayed at ${second.url()}`,
    );
  await follows();
  await page.locator('[data-testid="viewer"][data-screens="2"]').waitFor();
  await second.goto(`${program.http}${first}`);
  await follows();
  await second.close();
  assert.deepEqual(su.faults, []);
});
