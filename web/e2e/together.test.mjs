/** Panes that belong together: each stands as a line in the others, they lie alike, and they turn by millimetres. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { desktop, person, shot } from './browser.mjs';
import { until } from './program.mjs';
import { rest, viewing } from './viewing.mjs';
import { county, made } from './world.mjs';

const uid = '1.2.826.0.1.3680043.10.1462.99.7';

let program;
let browser;
let tech;
let v;
let places;

before(async () => {
  const { tmp, files } = await made('together/make.py', uid);
  places = JSON.parse(readFileSync(join(tmp, 'places.json')));
  for (const all of Object.values(places)) all.sort(inOrder);
  ({ program, browser } = await county({ empty: true }));
  await program.send(files);
  tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  v = viewing(tech.page, program.http);
  await tech.page.goto(`${program.http}/studies/${uid}`);
  for (const n of [0, 1, 2]) await v.drawn(n);
});

/** Pictures are turned from head to foot; upright ones, from the patient's right to the left. */
function inOrder(a, b) {
  const [x, , z] = minus(b.corner, a.corner);
  return z || -x;
}

const key = (k) => tech.page.keyboard.press(k);
const line = (n) => v.pane(n).locator('[data-testid="reference-line"] line');

/** A pane is the active one: its frame is marked. */
async function activate(n) {
  await v.pane(n).click({ position: { x: 60, y: 90 } });
  await v.pane(n).and(tech.page.locator('.viewer-pane-active')).waitFor();
}

/** So many notches of the wheel over a pane. */
async function turn(n, by) {
  const wanted = (await v.indexOf(n)) + by;
  await v.pane(n).hover();
  for (let i = 0; i < Math.abs(by); i++) await tech.page.mouse.wheel(0, 120 * Math.sign(by));
  await until(
    async () => (await v.indexOf(n)) === wanted,
    10_000,
    async () => `pane ${n} stands at ${await v.indexOf(n)} instead of ${wanted}`,
  );
  await v.drawn(n);
}

/** A choice of the layout's menu. */
async function choose(words) {
  await tech.page.locator('[data-testid="layout"]').click();
  const item = tech.page.locator('.y-menu-item', { hasText: words });
  const was = await item.getAttribute('aria-pressed');
  await item.click();
  await item.and(tech.page.locator(`[aria-pressed="${was !== 'true'}"]`)).waitFor();
  await key('Escape');
}

const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const minus = (a, b) => a.map((x, i) => x - b[i]);
const along = (a, direction, mm) => a.map((x, i) => x + direction[i] * mm);
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** Where the rectangle of one picture meets the plane of another: from edges that cross it, as headers say. */
function crossing(here, other) {
  const normal = cross(here.row, here.column);
  const [wide, high] = [(other.columns - 1) * other.mm, (other.rows - 1) * other.mm];
  const far = [along(other.corner, other.row, wide), along(other.corner, other.column, high)];
  const edges = [
    [other.corner, other.row, wide],
    [far[1], other.row, wide],
    [other.corner, other.column, high],
    [far[0], other.column, high],
  ];
  return edges.flatMap(([from, way, length]) => {
    const t = dot(normal, minus(here.corner, from)) / dot(normal, way);
    return t >= 0 && t <= length ? [along(from, way, t)] : [];
  });
}

/** The line of the picture of one pane in another, against the headers: to a pixel of the picture there. */
async function liesRight(at, from, series) {
  const here = places[series[at]][await v.indexOf(at)];
  const other = places[series[from]][await v.indexOf(from)];
  const box = await v.pane(at).locator('.viewer-canvas').boundingBox();
  const scale = Math.min(box.width / here.columns, box.height / here.rows);
  const wanted = crossing(here, other).map((p) => {
    const d = minus(p, here.corner);
    const place = (way, size, span) => (dot(d, way) / here.mm - (size - 1) / 2) * scale + span / 2;
    return [place(here.row, here.columns, box.width), place(here.column, here.rows, box.height)];
  });
  assert.equal(wanted.length, 2);
  const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  let got;
  await until(
    async () => {
      const [x1, y1, x2, y2] = await line(at).evaluate((e) =>
        ['x1', 'y1', 'x2', 'y2'].map((a) => Number(e.getAttribute(a))),
      );
      got = [
        [x1, y1],
        [x2, y2],
      ];
      const straight = Math.max(apart(got[0], wanted[0]), apart(got[1], wanted[1]));
      const turned = Math.max(apart(got[0], wanted[1]), apart(got[1], wanted[0]));
      return Math.min(straight, turned) <= scale;
    },
    15_000,
    () => `the line lies at ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}, a pixel being ${scale}`,
  );
  return got;
}

const series = { 0: 1, 1: 2, 2: 3 };

test('a pane stands as a line in the others, where the headers say, and moves when it is turned', async () => {
  await activate(0);
  const first = await liesRight(1, 0, series);
  assert.equal(await line(0).count(), 0, 'no line of its own');
  assert.equal(await line(2).count(), 0, 'no line in another frame of reference');
  await shot(tech.page, 'together-1-line');
  await turn(0, 6);
  const second = await liesRight(1, 0, series);
  assert.ok(Math.abs(second[0][1] - first[0][1]) > 10, 'the line has moved');
  await shot(tech.page, 'together-2-line-moved');
  // The other way round: upright in the leaning ones.
  await activate(1);
  await turn(1, -7);
  await liesRight(0, 1, series);
  assert.equal(await line(1).count(), 0);
  await shot(tech.page, 'together-3-line-across');
  await choose('参考线');
  assert.equal(await line(0).count(), 0, 'a line stands though lines are off');
  await choose('参考线');
  await liesRight(0, 1, series);
  assert.deepEqual(tech.faults, []);
});

/** Window and size of a pane, as they are written. */
const looks = async (n) => {
  const words = await v.pane(n).locator('.viewer-br span').allTextContents();
  return {
    window: words.find((w) => /^W -?\d+ L -?\d+$/.test(w)),
    zoom: words.find((w) => /^\d+%$/.test(w)),
  };
};

async function windowed(n) {
  const box = await v.pane(n).boundingBox();
  const from = [box.x + box.width / 2, box.y + box.height / 2];
  const { window } = await looks(n);
  await key('w');
  await v.drag(from, [from[0] + 60, from[1] + 30]);
  await until(
    async () => (await looks(n)).window !== window,
    15_000,
    () => 'the drag changed no window',
  );
  await rest(tech.page);
}

async function zoomed(n) {
  const { zoom } = await looks(n);
  await v.pane(n).hover();
  await tech.page.keyboard.down('Control');
  await tech.page.mouse.wheel(0, -240);
  await tech.page.keyboard.up('Control');
  await until(
    async () => (await looks(n)).zoom !== zoom,
    15_000,
    () => 'the wheel changed no size',
  );
  await rest(tech.page);
}

test('panes lie alike while they are told to, and only then', async () => {
  await activate(0);
  const before = await looks(1);
  await windowed(0);
  await zoomed(0);
  assert.deepEqual(await looks(1), before, 'it follows without being told');
  await choose('同步调窗');
  await windowed(0);
  await zoomed(0);
  const led = await looks(0);
  for (const n of [1, 2])
    await until(
      async () => JSON.stringify(await looks(n)) === JSON.stringify(led),
      15_000,
      async () => `pane ${n} shows ${JSON.stringify(await looks(n))} instead of ${JSON.stringify(led)}`,
    );
  await shot(tech.page, 'together-4-alike');
  await choose('同步调窗');
  await windowed(0);
  await zoomed(0);
  for (const n of [1, 2]) assert.deepEqual(await looks(n), led, `pane ${n} follows though it is off`);
  await activate(0);
  await key('Space');
  assert.deepEqual(tech.faults, []);
});

test('linked panes of two frames of reference turn by the same way in millimetres', async () => {
  const { page } = tech;
  const link = page.getByRole('button', { name: '联动翻层' });
  await link.click();
  await link.and(page.locator('[aria-pressed="true"]')).waitFor();
  const [thin, coarse] = [await v.indexOf(0), await v.indexOf(2)];
  const reaches = (wanted) =>
    until(
      async () => (await v.indexOf(2)) === wanted,
      15_000,
      async () => `${await v.indexOf(2)} instead of ${wanted}`,
    );
  await turn(0, -8); // 24 mm
  await reaches(coarse - 4);
  await shot(page, 'together-5-linked');
  await turn(2, 5); // back, and 6 mm on
  await until(
    async () => (await v.indexOf(0)) === thin + 2,
    15_000,
    async () => `${await v.indexOf(0)} instead of ${thin + 2}`,
  );
  await link.click();
  const now = await v.indexOf(2);
  await turn(0, -4);
  await rest(page);
  assert.equal(await v.indexOf(2), now, 'it turns though it is not linked');
  assert.deepEqual(tech.faults, []);
});
