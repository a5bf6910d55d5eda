/** What the tools say of pictures, against the places and values of phantoms: within 0.1 mm and 0.1°, however the picture lies and is scaled. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shot } from './browser.mjs';
import { hands } from './exact/hands.mjs';
import { angleAt, areaOf, far } from './exact/ruler.mjs';
import { world } from './exact/world.mjs';
import { drawnOnce } from './viewing.mjs';

let w;
let h;
before(async () => {
  w = await world('1.2.826.0.1.3680043.10.1462.99.5');
  h = hands(page(), page().locator('[data-testid="pane-0"]'));
});
after(() => w?.close());

const page = () => w.tech.page;
const key = (k) => page().keyboard.press(k);
const worst = new Map();

function near(have, want, by, what) {
  const off = Math.abs(Number(have) - want);
  const kind = what.split(':')[0];
  worst.set(kind, Math.max(worst.get(kind) ?? 0, off));
  assert.ok(off <= by, `${what}: ${have} instead of ${want.toFixed(3)}`);
}

function tell(t) {
  t.diagnostic([...worst].map(([k, v]) => `${k} ${v.toFixed(3)}`).join(', '));
  worst.clear();
}

/** The spots of a picture in millimetres, or in what one of its pixels counts as. */
const truthOf = ({ spots }, [x, y]) => spots.map(([i, j, peak]) => ({ at: [i * x, j * y], peak }));

/** Places of a display as parts of it: the middle is 0, and the sides of its square 0.5. */
function parts({ width, height }) {
  const side = Math.min(width, height);
  return ([x, y]) => [Math.round(width / 2 + x * side), Math.round(height / 2 + y * side)];
}

const unit = (name) => (name === 'mm' ? 'mm' : 'px');

/** The whole of a picture that was turned is in its pane again. */
async function smaller() {
  const box = await page().locator('[data-testid="pane-0"]').boundingBox();
  await page().mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page().keyboard.down('Control');
  for (let n = 0; n < 6; n++) {
    await page().mouse.wheel(0, 120);
    await drawnOnce(page());
  }
  await page().keyboard.up('Control');
}

/** Length, angle and both diameters as the picture lies now; u is the unit in which they are told, by a number of them to a true one. */
async function straight(truth, u = 'mm', by = 1, reach = 0.3) {
  const { place, seen, worst: off } = await h.ruler(truth);
  near(off, 0, 0.08, 'spots');
  const at = parts(seen);
  const near1 = (have, want, what) => near(have, want, 0.1, what);
  for (const [from, to] of [
    [
      [-reach, -0.2],
      [reach, 0.22],
    ],
    [
      [0.2, -reach],
      [0.21, reach],
    ],
  ]) {
    await key('l');
    const { strokes } = await h.draw([[at(from), at(to)]]);
    const [a, b] = strokes[0].map(place);
    const [, length] = await h.said(new RegExp(`^([\\d.]+) ${unit(u)}`));
    near1(length, far(a, b) * by, `length: ${u}`);
  }
  await key('g');
  const bent = await h.draw([[at([-0.25, 0.1]), at([0.02, -0.12])]], { click: [at([0.17, 0.25])] });
  const [p, apex] = bent.strokes[0].map(place);
  const [, angle] = await h.said(/^([\d.]+)°/);
  near1(angle, angleAt(p, apex, place(bent.click[0])), 'angle');
  await h.choose('测量', 'Cobb 角');
  const plates = await h.draw([
    [at([-0.3, -0.2]), at([0.12, -0.13])],
    [at([-0.28, 0.24]), at([0.2, 0.12])],
  ]);
  const [one, two] = plates.strokes.map((s) => rightward(s.map(place)));
  const [, cobb] = await h.said(/^([\d.]+)°/);
  near1(cobb, angleAt(one, [0, 0], two), 'Cobb angle');
  await h.choose('测量', '长短径');
  const wide = await h.draw([[at([-0.28, 0.05]), at([0.22, 0.16])]]);
  const [c, d] = wide.strokes[0].map(place);
  const [, long, short] = await h.said(new RegExp(`^([\\d.]+) ${unit(u)} · 短径 ([\\d.]+) ${unit(u)}`));
  // It is drawn two thirds as long as the other, across it on the display.
  near1(long, Math.max(far(c, d), across(wide.strokes[0], place)) * by, 'long diameter');
  near1(short, Math.min(far(c, d), across(wide.strokes[0], place)) * by, 'short diameter');
}

const rightward = ([a, b]) => {
  const way = [b[0] - a[0], b[1] - a[1]];
  return way[0] < 0 ? way.map((v) => -v) : way;
};

function across([a, b], place) {
  const way = [(b[0] - a[0]) / 3, (b[1] - a[1]) / 3];
  const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  return far(place([middle[0] - way[1], middle[1] + way[0]]), place([middle[0] + way[1], middle[1] - way[0]]));
}

const figures = /均值 (-?[\d.]+) HU · 标准差 ([\d.]+) HU · 最小 (-?\d+) HU · 最大 (-?\d+) HU · 面积 ([\d.]+) mm²/;

/** Of strokes that differ a little, the one whose outline passes no middle of a pixel too closely to be sure of it. */
async function clear(tries, question, sure) {
  const answers = await w.ask(tries.map((t) => ({ ask: 'region', sure, ...question(t) })));
  const best = answers.reduce((b, a, i) => (a.doubtful < answers[b].doubtful ? i : b), 0);
  return { stroke: tries[best], answer: answers[best] };
}

const nudged = (points) =>
  Array.from({ length: 30 }, (_, n) =>
    points.map(([x, y], i) => (i > 0 ? [x + (n % 6), y + Math.floor(n / 6)] : [x, y])),
  );

/** Rectangle, ellipse and outline by hand, with what lies in them. */
async function regions(p) {
  const [x, y] = p.spacing;
  const { place, seen } = await h.ruler(truthOf(p, p.spacing));
  const at = parts(seen);
  const pixel = (q) => place(q).map((v, k) => v / p.spacing[k]);
  const [left, top] = await page()
    .locator('[data-testid="pane-0"] canvas')
    .first()
    .boundingBox()
    .then((b) => [b.x, b.y]);
  const met = (q) => [Math.round(left + q[0]) - left, Math.round(top + q[1]) - top];
  const box = ([a, b]) => [a, [b[0], a[1]], b, [a[0], b[1]]].map(pixel);
  const check = async (what, answer, area, by) => {
    const [said, mean, sd, least, most, told] = await h.said(figures);
    // Each that may be counted or not may be three deviations away from the others.
    const doubt = answer.doubtful / answer.pixels;
    assert.ok(answer.doubtful < 0.01 * answer.pixels, `${what}: ${answer.doubtful} pixels lie on the line`);
    near(mean, answer.mean, 0.051 + doubt * 150, `${what} mean: ${said} for ${JSON.stringify(answer)}`);
    near(sd, answer.sd, 0.051 + doubt * 150, `${what} deviation: ${said}`);
    assert.ok(least >= Math.round(answer.least.min) && least <= Math.round(answer.most.min), `${what}: ${said}`);
    assert.ok(most >= Math.round(answer.least.max) && most <= Math.round(answer.most.max), `${what}: ${said}`);
    near(told, area, by, `${what} area: ${said}`);
  };

  // A region below a spot: noise alone.
  const inside = [at([-0.1, 0.08]), at([0.12, 0.27])].map(met);
  const r = await clear(nudged(inside), (s) => ({ series: p.n, shape: 'polygon', points: box(s) }), 0.01);
  await key('b');
  await h.draw([r.stroke]);
  const sides = box(r.stroke).map(([i, j]) => [i * x, j * y]);
  await check('rectangle', r.answer, areaOf(sides), (far(sides[0], sides[1]) + far(sides[1], sides[2])) * 0.05);

  const round = [at([0.0, 0.18]), at([0.13, 0.27])].map(met);
  const axes = ([c, e]) => {
    const [dx, dy] = [Math.abs(e[0] - c[0]), Math.abs(e[1] - c[1])];
    return [
      [
        [c[0] - dx, c[1]],
        [c[0] + dx, c[1]],
      ],
      [
        [c[0], c[1] - dy],
        [c[0], c[1] + dy],
      ],
    ].map((ends) => ends.map(pixel));
  };
  const o = await clear(nudged(round), (s) => ({ series: p.n, shape: 'ellipse', axes: axes(s) }), 0.01);
  await key('o');
  await h.draw([o.stroke]);
  const [wide, high] = axes(o.stroke).map((ends) => far(...ends.map(([i, j]) => [i * x, j * y])));
  await check('ellipse', o.answer, (Math.PI / 4) * wide * high, (wide + high) * 0.05);

  const outline = [
    [-0.12, 0.1],
    [0.1, 0.09],
    [0.15, 0.2],
    [0.02, 0.28],
    [-0.13, 0.24],
  ]
    .map(at)
    .map(met);
  await key('e');
  await h.draw([[...outline, outline[0]]], { steps: 25 });
  const line = await h.outline();
  const question = { ask: 'region', series: p.n, shape: 'polygon', points: line.map(pixel), sure: 0.04 };
  const [free] = await w.ask([question]);
  const edge = outline.map(place).reduce((s, q, i, all) => s + far(q, all[(i + 1) % all.length]), 0);
  near(areaOf(line.map(place)), areaOf(outline.map(place)), edge * 0.1, 'line that is drawn');
  await check('by hand', free, areaOf(line.map(place)), 0.5);
}

test('on pixels that are not square, taken slantwise', { timeout: 180_000 }, async (t) => {
  const p = await w.open('unequal');
  await straight(truthOf(p, p.spacing));
  await regions(p);
  await shot(page(), 'exact-unequal');
  tell(t);
});

test('the same, turned by a quarter and smaller', { timeout: 180_000 }, async (t) => {
  const p = await w.open('unequal');
  await key('r');
  await smaller(); // its ends would stand beyond the pane
  await straight(truthOf(p, p.spacing));
  await regions(p);
  tell(t);
});

test('the same, mirrored, and larger', { timeout: 180_000 }, async (t) => {
  const p = await w.open('unequal');
  const truth = truthOf(p, p.spacing);
  await key(' ');
  await key('f');
  await straight(truth);
  await key(' ');
  await key('Shift+Z');
  const { seen } = await h.ruler(truth);
  const at = ([x, y]) => [Math.round(x * seen.width), Math.round(y * seen.height)];
  await h.draw([[at([0.2, 0.28]), at([0.93, 0.73])]]);
  await drawnOnce(page());
  await straight(truth);
  await shot(page(), 'exact-unequal-larger');
  tell(t);
  await key('r'); // what is opened next is not turned, moved or enlarged with it
  assert.deepEqual(w.tech.faults, []);
});

test('at a detector, and calibrated by hand along a slanting line', { timeout: 180_000 }, async (t) => {
  const p = await w.open('detector');
  const truth = truthOf(p, p.spacing);
  await straight(truth);
  const { axes, place, seen } = await h.ruler(truth);
  const [[right, askew], [aslant, down]] = axes;
  assert.ok(right > 0 && down > 0 && Math.abs(askew) + Math.abs(aslant) < 0.01, `it is turned: ${axes}`);
  const at = parts(seen);
  await key('y');
  const widths = await h.draw([
    [at([-0.11, 0.05]), at([0.17, 0.08])],
    [at([-0.33, 0.2]), at([0.3, 0.17])],
  ]);
  // Both lines run along the rows.
  const [heart, chest] = widths.strokes.map(([a, b]) => Math.abs(place(a)[0] - place(b)[0]));
  const [, ratio, narrow, broad] = await h.said(/^心胸比 ([\d.]+) · \S+ ([\d.]+) mm · \S+ ([\d.]+) mm/);
  near(ratio, heart / chest, 0.0051, 'ratio');
  near(narrow, heart, 0.1, 'heart');
  near(broad, chest, 0.1, 'chest');

  await h.choose('测量', '按已知长度校准');
  const { strokes } = await h.draw([[at([-0.2, -0.25]), at([0.28, 0.1])]]);
  await page().locator('dialog input').fill('125');
  await key('Enter');
  await page().locator('dialog').waitFor({ state: 'detached' });
  const by = 125 / far(...strokes[0].map(place));
  const calibrated = hands(page(), page().locator('[data-testid="pane-0"]'), 1);
  const plain = h;
  h = calibrated;
  await key('r');
  await smaller();
  await straight(truth, 'mm', by);
  h = plain;
  await shot(page(), 'exact-calibrated');
  tell(t);
  assert.deepEqual(w.tech.faults, []);
});

test('without a size, in pixels; high ones count as they are', { timeout: 180_000 }, async (t) => {
  for (const name of ['no size', 'no size, high pixels']) {
    const p = await w.open(name);
    await key(' ');
    await straight(truthOf(p, p.spacing), 'px');
    const { seen } = await h.ruler(truthOf(p, p.spacing));
    const at = parts(seen);
    await key('l');
    await h.draw([[at([-0.1, 0]), at([0.1, 0.1])]]);
    await h.said(/^[\d.]+ px · 无像素间距$/);
  }
  tell(t);
});

test('ultrasound by the region it is drawn in; outside, and from one into another, nothing', {
  timeout: 180_000,
}, async (t) => {
  const p = await w.open('ultrasound');
  await key(' ');
  const pixels = truthOf(p, [1, 1]);
  const { axes, place, seen } = await h.ruler(pixels);
  near((await h.ruler(pixels)).worst, 0, 0.08, 'spots');
  const on = ([i, j]) => {
    // The inverse of the ruler.
    const [[a, b, c], [d, e, f]] = axes;
    const det = a * e - b * d;
    return [(e * (i - c) - b * (j - f)) / det, (a * (j - f) - d * (i - c)) / det].map(Math.round);
  };
  assert.ok(seen.width > 0);
  for (const [from, to, x, y] of [
    [[15, 15], [80, 100], 0.5, 0.3],
    [[95, 100], [145, 20], 0.2, 0.2],
  ]) {
    await key('l');
    const { strokes } = await h.draw([[on(from), on(to)]]);
    const [a, b] = strokes[0].map((q) => place(q).map((v, k) => v * [x, y][k]));
    const [, length] = await h.said(/^([\d.]+) mm$/);
    near(length, far(a, b), 0.1, 'length in a region');
  }
  await key('l');
  await h.draw([[on([60, 50]), on([110, 60])]]);
  await h.said(/^跨越两个超声区域，不能测量$/);
  await key('l');
  await h.draw([[on([20, 3]), on([80, 5])]]);
  await h.said(/^不在超声区域内，不能测量$/);
  tell(t);
  assert.deepEqual(w.tech.faults, []);
});
