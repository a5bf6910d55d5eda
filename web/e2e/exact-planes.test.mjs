/** The planes of a reconstruction against pydicom and numpy: every grey they show, every length and angle measured on them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shot } from './browser.mjs';
import { hands } from './exact/hands.mjs';
import { names, planes, ways } from './exact/planes.mjs';
import { angleAt, far } from './exact/ruler.mjs';
import { world } from './exact/world.mjs';

let w;
before(async () => {
  w = await world('1.2.826.0.1.3680043.10.1462.99.5');
});
after(() => w?.close());

const page = () => w.tech.page;
const { upright, slabs, plane, reconstruct, leave, shown, compare, turn, drawnAngle } = planes(() => w);
const { abs, hypot } = Math;

test('each grey of a plane is that of the voxels around it, in slices that lie straight or slantwise', {
  timeout: 120_000,
}, async (t) => {
  await upright(t, (name) => shot(page(), `exact-planes-${name}`));
  assert.deepEqual(w.tech.faults, []);
});

test('a slab is the brightest, the darkest and the mean of its voxels', { timeout: 120_000 }, async (t) => {
  await slabs(t, () => shot(page(), 'exact-planes-slab'));
  assert.deepEqual(w.tech.faults, []);
});

const worst = {};
function near(have, want, by, what) {
  const off = abs(Number(have) - want);
  worst[what] = Math.max(worst[what] ?? 0, off);
  assert.ok(off <= by, `${what}: ${have} instead of ${want.toFixed(3)}`);
}

const said = () =>
  Object.entries(worst)
    .map(([k, v]) => `${k} ${v.toFixed(3)}`)
    .join(', ');

/** Where the rods come through an upright plane, right and down of its middle. */
function through(p, name) {
  const axis = { sagittal: 0, coronal: 1, axial: 2 }[name];
  const [right, down] = ways[name].map((way) => way.findIndex((v) => v !== 0));
  return p.rods
    .filter(([a]) => a === axis)
    .map(([, at, peak]) => {
      const full = [0, 1, 2].map((a) => (a === axis ? 0 : at[a < axis ? a : a - 1] - p.middle[a]));
      return { at: [full[right] * ways[name][0][right], full[down] * ways[name][1][down]], peak };
    });
}

/** Two lengths and an angle on a plane, where place takes its pixels to millimetres. */
async function measure(name, place, { width, height }) {
  const h = hands(page(), plane(name));
  const at = ([x, y]) => [Math.round(width * x), Math.round(height * y)];
  for (const [from, to] of [
    [
      [0.25, 0.3],
      [0.7, 0.72],
    ],
    [
      [0.62, 0.2],
      [0.41, 0.81],
    ],
  ]) {
    await page().keyboard.press('l');
    const { strokes } = await h.draw([[at(from), at(to)]]);
    const [, length] = await h.said(/^([\d.]+) mm/);
    near(length, far(...strokes[0].map(place)), 0.1, 'length');
  }
  await page().keyboard.press('g');
  const bent = await h.draw([[at([0.3, 0.4]), at([0.62, 0.6])]], { click: [at([0.4, 0.78])] });
  const [, angle] = await h.said(/^([\d.]+)°/);
  near(angle, angleAt(...bent.strokes[0].map(place), place(bent.click[0])), 0.1, 'angle');
}

test('lengths and angles on planes are those of the phantom', { timeout: 180_000 }, async (t) => {
  const p = await reconstruct('rods');
  const cross = page().getByRole('button', { name: '十字线', exact: true });
  await cross.click(); // its handles would take the hand that draws
  for (const name of names) {
    const { place, seen, worst: off, axes } = await hands(page(), plane(name)).ruler(through(p, name));
    near(off, 0, 0.08, 'rods');
    near(
      hypot(axes[0][0], axes[1][0]) / hypot(axes[0][1], axes[1][1]),
      1,
      0.002,
      'width of a millimetre to its height',
    );
    const told = await shown(name);
    near(far(place(told.cross), [0, 0]), 0, 0.1, 'crossing');
    near(told.mm / hypot(axes[0][0], axes[1][0]), 1, 0.001, 'millimetres to a pixel');
    await measure(name, place, seen);
  }
  await cross.click();
  await leave();
  t.diagnostic(said());
  assert.deepEqual(w.tech.faults, []);
});

/** A pixel near another one along an axis of the screen, over which no middle of a voxel lies. */
function between(pixel, mm, spacing, shift) {
  const part = (x) => abs(((((mm(x) / spacing + shift) % 1) + 1) % 1) - 0.5); // 0: as far from both
  return Array.from({ length: 9 }, (_, i) => Math.round(pixel) + i - 4).reduce((a, b) => (part(b) < part(a) ? b : a));
}

test('the mean of a region on a plane is that of its voxels', { timeout: 120_000 }, async (t) => {
  for (const k of Object.keys(worst)) delete worst[k];
  const p = await reconstruct('rods');
  const cross = page().getByRole('button', { name: '十字线', exact: true });
  await cross.click();
  for (const name of names) {
    const h = hands(page(), plane(name));
    const { place, axes } = await h.ruler(through(p, name));
    const rod = through(p, name)[1].at;
    const along = ways[name].map((way) => way.findIndex((v) => v !== 0));
    // Around a part of a rod: from far beside it to near its middle. The planes stand upright: each axis of the screen is one of the patient.
    const [from, to] = [-12, 3].map((beside) =>
      [0, 1].map((k) => {
        const [at, step] = [rod[k] + beside, axes[k][k]];
        const a = along[k];
        const mm = (x) => step * x + axes[k][2];
        return between((at - axes[k][2]) / step, mm, p.spacing[a], (p.size[a] - 1) / 2);
      }),
    );
    await page().keyboard.press('b');
    const { strokes } = await h.draw([[from, to]]);
    const corners = strokes[0].map(place).map((mm) => {
      const at = [...p.middle];
      for (const k of [0, 1]) at[along[k]] += mm[k] * ways[name][k][along[k]];
      return at;
    });
    const [answer] = await w.ask([{ ask: 'box', series: p.n, corners }]);
    assert.ok(answer.voxels > 40 && answer.max - answer.min > 400, JSON.stringify(answer));
    const [, mean, sd, least, most] = await h.said(
      /均值 (-?[\d.]+) HU · 标准差 ([\d.]+) HU · 最小 (-?\d+) HU · 最大 (-?\d+) HU/,
    );
    near(mean, answer.mean, 0.1, 'mean');
    near(sd, answer.sd, 0.1, 'deviation');
    near(least, answer.min, 0.5, 'least');
    near(most, answer.max, 0.5, 'most');
  }
  await cross.click();
  await leave();
  t.diagnostic(said());
  assert.deepEqual(w.tech.faults, []);
});

test('lengths and angles on a slanting plane are those of the phantom', { timeout: 180_000 }, async (t) => {
  for (const k of Object.keys(worst)) delete worst[k];
  const p = await reconstruct('slanting');
  await turn('axial', 'turn-axial-coronal-1', 30);
  near(await drawnAngle('axial', 'coronal'), 30, 0.1, 'turn');
  const cross = page().getByRole('button', { name: '十字线', exact: true });
  await cross.click();
  const { place, seen, worst: off, axes } = await hands(page(), plane('coronal')).ruler(p.spots);
  near(off, 0, 0.08, 'spots');
  near(hypot(axes[0][0], axes[1][0]) / hypot(axes[0][1], axes[1][1]), 1, 0.002, 'width of a millimetre to its height');
  const told = await shown('coronal');
  near(far(place(told.cross), [0, 0]), 0, 0.1, 'crossing');
  near(told.mm / hypot(axes[0][0], axes[1][0]), 1, 0.001, 'millimetres to a pixel');
  await measure('coronal', place, seen);
  await shot(page(), 'exact-planes-slanting');
  await cross.click();
  await leave();
  t.diagnostic(said());
  assert.deepEqual(w.tech.faults, []);
});

test('each grey of a slanting plane is that of the voxels around it, turned once and about a second axis', {
  timeout: 180_000,
}, async (t) => {
  const p = await reconstruct('waves');
  const bounds = { mean: 0.5, p99: 3, shifts: [0, 1, 2] };
  await turn('axial', 'turn-axial-coronal-1', 30);
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const [right, down, into] = [
    [c, -s, 0],
    [0, 0, -1],
    [s, c, 0],
  ]; // of the coronal plane
  await compare(t, p, { coronal: [right, down], sagittal: [into, down] }, undefined, bounds);
  await shot(page(), 'exact-planes-slanting-greys');
  // On the coronal plane, about the way into it.
  await turn('coronal', 'turn-coronal-axial-1', 20);
  near(await drawnAngle('coronal', 'axial'), 20, 0.1, 'second turn');
  const [c2, s2] = [Math.cos(Math.PI / 9), Math.sin(Math.PI / 9)];
  const sum = (a, v, b, u) => v.map((x, i) => a * x + b * u[i]);
  const [turned, lower] = [sum(c2, right, -s2, down), sum(c2, down, s2, right)];
  const twice = {
    axial: [sum(c, turned, s, into), sum(-s, turned, c, into)],
    coronal: [right, down],
    sagittal: [into, lower],
  };
  await compare(t, p, twice, undefined, bounds);
  await shot(page(), 'exact-planes-twice');
  await leave();
  assert.deepEqual(w.tech.faults, []);
});

test('slices of a tilted gantry are no volume: nothing is measured through them', { timeout: 60_000 }, async () => {
  await w.open('tilted gantry');
  await page().keyboard.press('q');
  await page().locator('[data-testid="volume-refused"]').getByText('机架倾斜 13.5°').waitFor();
  assert.equal(await page().locator('[data-testid="volume"]').count(), 0);
});
