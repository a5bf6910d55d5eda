/** Every tool of the viewer in a real browser over the real program, with its number checked against the phantom's own geometry. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { desktop, person, shot } from './browser.mjs';
import { until } from './program.mjs';
import { rest, viewing } from './viewing.mjs';
import { county } from './world.mjs';

let program;
let browser;
let su;
let v;

before(async () => {
  ({ program, browser } = await county());
  su = await person(browser, program.http, 'yuepian', desktop);
  v = viewing(su.page, program.http);
});

const pane = () => v.pane();
const marks = () => v.marks();
const drawn = () => v.drawn();
const open = (exam) => v.open(exam);
const screen = (fieldMm) => v.screen(fieldMm);
const drag = (...of) => v.drag(...of);
const key = (k) => su.page.keyboard.press(k);

const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** The text of the newest measurement, once it is the count-th, stands, and matches. */
async function newest(count, pattern) {
  let text = '';
  await until(
    async () => (await marks().count()) === count,
    10_000,
    () => `there are not ${count} measurements`,
  );
  await rest(su.page);
  return until(
    async () => {
      text = await marks()
        .nth(count - 1)
        .innerText();
      return pattern.exec(text);
    },
    10_000,
    () => `measurement ${count}: ${text}`,
  );
}

/** A tool of a group's menu, by the mouse alone. */
async function choose(group, tool) {
  await su.page.getByRole('button', { name: group, exact: true }).click();
  await su.page.locator('.y-menu-item', { hasText: tool }).click();
}

const near = (got, wanted, by, what) =>
  assert.ok(Math.abs(got - wanted) <= by, `${what}: ${got} instead of ${wanted.toFixed(3)}`);

test('lengths, angles and areas are those of the phantom', async () => {
  await open('胸部平扫');
  await key('a');
  await su.page.locator('textarea[name="findings"]').waitFor({ timeout: 15_000 });
  const { at, scale } = await screen(380);
  const mm = (a, b) => far(a, b) / scale;

  const [a, b] = [at([-60, -20]), at([60, 30])];
  await key('l');
  await drag(a, b);
  const [, length] = await newest(1, /([\d.]+) mm/);
  near(length, mm(a, b), 0.1, 'length');
  await shot(su.page, 'tools-01-length');

  await choose('测量', '长短径');
  const [c, d] = [at([-120, -60]), at([-70, -60])];
  await drag(c, d);
  const [, long, short] = await newest(2, /([\d.]+) mm.*短径 ([\d.]+) mm/);
  near(long, mm(c, d), 0.1, 'long diameter');
  assert.ok(Number(short) > 0 && Number(short) < Number(long), `short diameter ${short}`);
  await shot(su.page, 'tools-02-diameters');

  await key('g');
  const [p, apex, q] = [at([-40, 60]), at([0, 60]), at([30, 100])];
  await drag(p, apex);
  await su.page.mouse.move(q[0] - 5, q[1]);
  await su.page.mouse.click(...q);
  const [, angle] = await newest(3, /([\d.]+)°/);
  const arc = (v) => (Math.atan2(v[1], v[0]) * 180) / Math.PI;
  near(angle, Math.abs(arc([p[0] - apex[0], p[1] - apex[1]]) - arc([q[0] - apex[0], q[1] - apex[1]])), 0.1, 'angle');
  await shot(su.page, 'tools-03-angle');

  await choose('测量', 'Cobb 角');
  const lines = [at([60, 60]), at([110, 80]), at([60, 130]), at([110, 105])];
  await drag(lines[0], lines[1]);
  await drag(lines[2], lines[3]);
  const [, cobb] = await newest(4, /([\d.]+)°/);
  const slope = (m, n) => arc([n[0] - m[0], n[1] - m[1]]);
  near(cobb, Math.abs(slope(lines[0], lines[1]) - slope(lines[2], lines[3])), 0.1, 'Cobb angle');
  await shot(su.page, 'tools-04-cobb');
  assert.deepEqual(su.faults, []);
});

test('regions carry area, mean, deviation and extremes; a point its value', async () => {
  const { at, scale } = await screen(380);
  const mm = (m, n) => far(m, n) / scale;
  await key('e'); // by hand, around a square
  const corners = [
    [-150, -150],
    [-120, -150],
    [-120, -120],
    [-150, -120],
    [-150, -149],
  ].map(at);
  await su.page.mouse.move(...corners[0]);
  await su.page.mouse.down();
  for (const c of corners.slice(1)) await su.page.mouse.move(...c, { steps: 8 });
  await su.page.mouse.up();
  const [, mean, area] = await newest(5, /均值 (-?[\d.]+) HU · 标准差 [\d.]+ HU · 面积 ([\d.]+) mm²/);
  near(area, mm(corners[0], corners[1]) * mm(corners[1], corners[2]), 12, 'area by hand');
  assert.ok(mean < -950, `air measures ${mean}`);
  await pane()
    .locator('svg')
    .getByText(/最小 -\d+ HU/)
    .first()
    .waitFor({ timeout: 15_000 });
  await shot(su.page, 'tools-05-freehand');

  await key('b');
  const [r, s] = [at([-150, 110]), at([-130, 140])];
  await drag(r, s);
  const [, rectangle] = await newest(6, /面积 ([\d.]+) mm²/);
  near(rectangle, (Math.abs(s[0] - r[0]) / scale) * (Math.abs(s[1] - r[1]) / scale), 0.5, 'rectangle');
  await key('o');
  const [m, n] = [at([130, -150]), at([150, -130])];
  await drag(m, n);
  const [, ellipse] = await newest(7, /面积 ([\d.]+) mm²/);
  assert.ok(Number(ellipse) > 100, `ellipse ${ellipse}`);
  await key('h');
  await su.page.mouse.click(...at([150, 150]));
  const [, hu] = await newest(8, /(-?\d+) HU/);
  assert.ok(hu < -950, `air measures ${hu} HU`);
  await pane()
    .locator('svg')
    .getByText(/原始值/)
    .first()
    .waitFor({ timeout: 15_000 });
  await shot(su.page, 'tools-06-regions');
});

test('arrows and text; what is drawn is taken back and done again; all goes after one question', async () => {
  const { at } = await screen(380);
  await key('n');
  await drag(at([20, -60]), at([80, -100]));
  await su.page.locator('dialog input').fill('心影');
  await key('Enter');
  await newest(9, /心影/);
  await choose('标注', '文字');
  await su.page.mouse.click(...at([-20, 140]));
  await su.page.locator('dialog input').fill('右肺');
  await key('Enter');
  await newest(10, /右肺/);
  await shot(su.page, 'tools-07-words');
  const all = await marks().allInnerTexts();

  await key('Control+z');
  await until(
    async () => (await marks().count()) === 9,
    15_000,
    () => 'the text was not taken back',
  );
  await key('Control+y');
  await newest(10, /右肺/);
  await key('Shift+Delete');
  await su.page
    .locator('dialog')
    .getByRole('button', { name: /删除 10 项/ })
    .click();
  await until(
    async () => (await marks().count()) === 0,
    15_000,
    () => 'not all went',
  );
  await key('Control+z');
  await until(
    async () => (await marks().count()) === 10,
    15_000,
    () => 'they did not come back',
  );
  assert.deepEqual(
    (await marks().allInnerTexts()).map((t) => t.replace(/^\d+/, '')).sort(),
    all.map((t) => t.replace(/^\d+/, '')).sort(),
  );

  const lines = () => pane().locator('svg line, svg path').count();
  const drawnAll = () =>
    until(
      async () => (await lines()) > 5,
      15_000,
      () => 'marks are not shown',
    );
  await drawnAll();
  await key('Shift+H');
  await until(
    async () => (await lines()) === 0,
    15_000,
    () => 'marks are not hidden',
  );
  await key('Shift+H');
  await drawnAll();

  // A window is taken back, too.
  const width = async () => Number(/W (\d+)/.exec(await pane().innerText())?.[1]);
  await key('1');
  await until(
    async () => (await width()) === 1500,
    15_000,
    () => 'no lung window',
  );
  await key('5');
  await until(
    async () => (await width()) === 80,
    15_000,
    () => 'no brain window',
  );
  await key('Control+z');
  await until(
    async () => (await width()) === 1500,
    15_000,
    () => 'the window was not taken back',
  );
  assert.deepEqual(su.faults, []);
});

test('key images stand on the strip, come back, and lead to their slice', async () => {
  await key('PageDown');
  await drawn();
  const index = await pane().getAttribute('data-index');
  await key('.');
  await su.page.locator('[data-testid="key-badge"]').waitFor({ timeout: 15_000 });
  await su.page.locator('[data-testid="key-image"]').waitFor({ timeout: 15_000 });
  await shot(su.page, 'tools-08-key-image');
  const id = su.page.url().split('/').pop();
  await until(
    async () => {
      const { items } = await (await su.context.request.get(`${program.http}/api/readings/${id}/measurements`)).json();
      return items.length === 11 && items.some((i) => i.kind === 'key');
    },
    10_000,
    () => 'the key image is not kept',
  );
  const before = await marks().allInnerTexts();
  await su.page.reload();
  await until(
    async () => (await marks().count()) === before.length,
    20_000,
    () => 'the measurements did not come back',
  );
  await drawn();
  assert.deepEqual(await marks().allInnerTexts(), before);
  await su.page.locator('[data-testid="key-image"]').getByRole('button').first().click();
  await until(
    async () => (await pane().getAttribute('data-index')) === index,
    10_000,
    () => 'the key image does not lead to its slice',
  );
  await key(']');
  await until(
    async () => (await pane().getAttribute('data-index')) !== index,
    15_000,
    () => 'the next measurement was not shown',
  );
});

test('windows by a region and of one’s own, zoom to a region, the glass', async () => {
  const text = () => pane().innerText();
  const zoom = async () => Number(/(\d+)%/.exec(await text())?.[1]);
  const width = async () => Number(/W (\d+)/.exec(await text())?.[1]);
  const { at } = await screen(380);
  await key('Shift+W');
  await drag(at([-10, -10]), at([20, 10]));
  await until(
    async () => (await width()) < 300 && (await width()) > 10,
    15_000,
    async () => `the region's window is ${await width()}`,
  );
  await su.page.getByRole('button', { name: '窗宽窗位' }).click();
  await su.page.getByText('保存当前窗').click();
  await su.page.locator('dialog input').fill('软组织');
  await key('Enter');
  const kept = await width();
  await key('1');
  await until(
    async () => (await width()) === 1500,
    15_000,
    () => 'no lung window',
  );
  await key('8');
  await until(
    async () => Math.abs((await width()) - kept) <= 1,
    15_000,
    () => 'no window of one’s own',
  );
  await shot(su.page, 'tools-09-own-window');
  const before = await zoom();
  await key('Shift+Z');
  await drag(at([-40, -30]), at([40, 30]));
  await until(
    async () => (await zoom()) > before * 2,
    15_000,
    async () => `zoom ${await zoom()}`,
  );
  await shot(su.page, 'tools-10-zoomed');
  await key('Space');
  await until(
    async () => (await zoom()) === before,
    15_000,
    () => 'no reset',
  );
  await key('m');
  await su.page.mouse.move(...at([0, 0]));
  await su.page.mouse.down();
  await su.page.mouse.move(...at([10, 10]), { steps: 3 });
  await shot(su.page, 'tools-11-glass');
  await su.page.mouse.up();
  assert.deepEqual(su.faults, []);
});

test('the chest ratio of a radiograph; a reader’s calibration is named on every length and can be taken back', async () => {
  await open('胸部正位');
  await key('a');
  await su.page.locator('textarea[name="findings"]').waitFor({ timeout: 15_000 });
  const { at, scale } = await screen(390);
  const [h0, h1, t0, t1] = [at([-40, 40]), at([60, 46]), at([-120, 80]), at([120, 70])];
  await key('y');
  await drag(h0, h1);
  await drag(t0, t1);
  const wanted = (h1[0] - h0[0]) / (t1[0] - t0[0]);
  const [, ratio] = await newest(1, /心胸比 ([\d.]+)/);
  near(ratio, wanted, 0.006, 'cardiothoracic ratio');
  await pane().locator('svg').getByText('探测器平面，未校正放大').first().waitFor({ timeout: 15_000 });
  await shot(su.page, 'tools-12-ratio');

  await key('l');
  const [a, b] = [at([-100, -100]), at([-50, -100])];
  await drag(a, b);
  const [, raw] = await newest(2, /([\d.]+) mm/);
  near(raw, far(a, b) / scale, 0.1, 'length at the detector');
  await choose('测量', '按已知长度校准');
  await drag(at([50, -100]), at([100, -100]));
  await su.page.locator('dialog input').fill('40');
  await key('Enter');
  const factor = 40 / (far(at([50, -100]), at([100, -100])) / scale);
  await until(
    async () => {
      const [, now] = /([\d.]+) mm/.exec(await marks().nth(1).innerText()) ?? [];
      return Math.abs(now - (far(a, b) / scale) * factor) <= 0.1;
    },
    15_000,
    () => 'the length did not follow the calibration',
  );
  await pane().locator('svg').getByText('人工校准').first().waitFor({ timeout: 15_000 });
  await shot(su.page, 'tools-13-calibrated');
  await key('Control+z');
  await until(
    async () => (await marks().nth(1).innerText()).includes(`${raw} mm`),
    15_000,
    () => 'the calibration was not taken back',
  );
  assert.deepEqual(su.faults, []);
});

test('ultrasound measures by its region; keys are found, changed, warned of and given back', async () => {
  await open('心脏超声');
  const box = await pane().boundingBox();
  const scale = Math.min(box.width / 640, box.height / 480); // pixels of the screen to one of the picture
  const perPixel = 150 / (480 - 24 - 26);
  const from = [Math.round(box.x + box.width / 2 - 50), Math.round(box.y + box.height / 2)];
  await key('l');
  await drag(from, [from[0] + 100, from[1]]);
  const shown = pane()
    .locator('svg')
    .getByText(/[\d.]+ mm/)
    .first();
  await shown.waitFor({ timeout: 10_000 });
  near(Number.parseFloat(await shown.innerHTML()), (100 / scale) * perPixel, 0.1, 'ultrasound length');
  await shot(su.page, 'tools-14-ultrasound');

  await key('?');
  await su.page.locator('dialog input').fill('Cobb');
  const row = su.page.locator('[data-testid="key-tool.cobb"]');
  await row.getByRole('button').first().click();
  await key('l');
  await row.getByText(/现在是/).waitFor({ timeout: 15_000 });
  await shot(su.page, 'tools-15-keys');
  await key('l');
  await row.locator('kbd', { hasText: 'L' }).waitFor({ timeout: 15_000 });
  await su.page.getByRole('button', { name: '全部恢复默认' }).click();
  await row.locator('kbd', { hasText: 'U' }).waitFor({ timeout: 15_000 });
  await key('Escape');
  await su.page.locator('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(su.faults, []);
});

test('turned, mirrored and inverted with its letters; overlays go in two steps; a cine runs round; all is put back', async () => {
  await open('胸部平扫');
  const letter = (edge) => pane().locator(`.viewer-o-${edge}`).innerText();
  const letters = async () => Promise.all(['left', 'top', 'right', 'bottom'].map(letter));
  const shows = (wanted, say) =>
    until(
      async () => JSON.stringify(await letters()) === JSON.stringify(wanted),
      15_000,
      () => say,
    );
  const corner = () =>
    pane()
      .locator('canvas')
      .first()
      .evaluate((c) => c.getContext('2d').getImageData(c.width / 2, 12, 1, 1).data[0]);
  const [left, top, right, bottom] = await letters();
  assert.deepEqual([left, top, right, bottom], ['R', 'A', 'L', 'P']);
  assert.equal(await corner(), 0);
  await key('f');
  await shows([right, top, left, bottom], 'not mirrored');
  await key('Shift+F');
  await shows([right, bottom, left, top], 'not upside down');
  await key('f');
  await key('Shift+F');
  await shows([left, top, right, bottom], 'not mirrored back');
  await key('r');
  await shows([bottom, left, top, right], 'not turned by a quarter clockwise');
  await key('i');
  await until(
    async () => (await corner()) === 255,
    15_000,
    () => 'air is not white',
  );
  await shot(su.page, 'tools-17-turned-inverted');
  await key('Space');
  await shows([left, top, right, bottom], 'not put back');
  await until(
    async () => (await corner()) === 0,
    15_000,
    () => 'still inverted',
  );

  const there = (part) => pane().locator(part).count();
  const seen = async () => [await there('.viewer-tl'), await there('.viewer-o-left'), await there('.viewer-scale')];
  const [, , bar] = await seen();
  for (const [wanted, say] of [
    [[0, 1, bar], 'the words of the patient stay'],
    [[0, 0, 0], 'something is written still'],
    [[1, 1, bar], 'not all is back'],
  ]) {
    await key('t');
    await until(
      async () => String(await seen()) === String(wanted),
      15_000,
      () => say,
    );
  }

  await key('End');
  await drawn();
  const last = Number(await pane().getAttribute('data-index'));
  await key('c');
  await until(
    async () => Number(await pane().getAttribute('data-index')) < last,
    10_000,
    () => 'the cine does not begin again',
  );
  const rate = async () => Number.parseInt(await pane().locator('[data-testid="cine-rate"]').innerText(), 10);
  const before = await rate();
  await key('=');
  await until(
    async () => (await rate()) > before,
    15_000,
    () => 'the cine is not faster',
  );
  await su.page.getByRole('button', { name: '方向', exact: true }).click();
  await su.page.locator('.y-menu-item', { hasText: '电影慢一档' }).click();
  await until(
    async () => (await rate()) === before,
    15_000,
    () => 'the cine is not slower again',
  );
  await key('c');
  await pane().locator('[data-testid="cine-rate"]').waitFor({ state: 'detached' });
  assert.deepEqual(su.faults, []);
});

test('choices follow the person to another machine, and while both are open', async (t) => {
  const kept = su.page.waitForResponse((r) => r.url().endsWith('/me/preferences') && r.request().method() === 'PUT');
  await key('t');
  assert.equal((await kept).status(), 200);
  const other = await person(browser, program.http, 'yuepian', desktop);
  await other.page.goto(`${program.http}/readings`);
  await other.page.locator('[data-testid="reading-row"]', { hasText: '胸部平扫' }).click({ timeout: 30_000 });
  const there = other.page.locator('[data-testid="pane-0"]');
  await there.and(other.page.locator('[data-loading="false"]:not([data-count="0"])')).waitFor({ timeout: 30_000 });
  await until(
    async () =>
      (await there.locator('.viewer-tl').count()) === 0 && (await there.locator('.viewer-o-left').count()) === 1,
    10_000,
    () => 'the overlay did not come along',
  );
  // The window that was named on the first machine stands on the second one's number keys.
  await other.page.getByRole('button', { name: '窗宽窗位' }).click();
  await other.page.locator('.viewer-item-name', { hasText: '软组织' }).waitFor({ timeout: 15_000 });
  await shot(other.page, 'tools-18-another-machine');
  await other.page.keyboard.press('Escape');

  // While both are open, what is chosen on one stands on the other without a reload: the overlay, then the wheel and a key.
  const chosen = Date.now();
  await key('t');
  await there.locator('.viewer-o-left').waitFor({ state: 'detached', timeout: 10_000 });
  t.diagnostic(`the other machine followed after ${Date.now() - chosen} ms`);
  await key('?');
  await su.page.locator('dialog input').fill('Cobb');
  await other.page.keyboard.press('?');
  await other.page.getByLabel('滚轮', { exact: true }).selectOption('zoom');
  await other.page.locator('dialog input').fill('Cobb');
  const row = '[data-testid="key-tool.cobb"]';
  await other.page.locator(row).getByRole('button').first().click();
  await other.page.keyboard.press('Shift+G');
  await su.page.locator(row).locator('kbd', { hasText: 'G' }).waitFor({ timeout: 10_000 });
  assert.equal(await su.page.getByLabel('滚轮', { exact: true }).inputValue(), 'zoom');
  await other.close();
  assert.deepEqual([...su.faults, ...other.faults], []);
});
