/** Where the spots of a phantom stand on a display says where everything else on it is: by pixels that are shown, and by nothing that a program tells. */
import assert from 'node:assert/strict';

const faint = 25; // greys

/** The spots on a display of greys: where each has its middle, in pixels, and how bright it is. Those that are cut off are left out. */
export function spotsOf({ width, height, grey }) {
  const seen = new Uint8Array(width * height);
  const spots = [];
  for (let start = 0; start < grey.length; start++) {
    if (seen[start] || grey[start] < faint) continue;
    const spot = flood(start, { width, height, grey, seen });
    if (!spot.cut && spot.pixels > 20) spots.push(spot);
  }
  return spots;
}

function flood(start, { width, height, grey, seen }) {
  let [sum, x, y, peak, pixels, cut] = [0, 0, 0, 0, 0, false];
  const waiting = [start];
  seen[start] = 1;
  while (waiting.length > 0) {
    const at = waiting.pop();
    const [i, j] = [at % width, Math.floor(at / width)];
    const v = grey[at];
    sum += v;
    x += v * (i + 0.5);
    y += v * (j + 0.5);
    peak = Math.max(peak, v);
    pixels++;
    if (i === 0 || j === 0 || i === width - 1 || j === height - 1) {
      cut = true;
      continue;
    }
    for (const next of [at - 1, at + 1, at - width, at + width]) {
      if (seen[next] || grey[next] < faint) continue;
      seen[next] = 1;
      waiting.push(next);
    }
  }
  return { at: [x / sum, y / sum], peak, pixels, cut };
}

/** Pairs spots with their truth by how bright they are: between its voxels a peak loses a tenth at most. */
export function paired(spots, truth) {
  return truth.flatMap(({ at, peak }) => {
    const bright = (peak / 1000) * 255;
    const like = spots.filter((s) => s.peak > 0.9 * bright && s.peak < bright + 2);
    assert.ok(like.length < 2, `${like.length} spots are as bright as ${peak}`);
    return like.map((s) => ({ seen: s.at, true: at }));
  });
}

/** The plain that takes pixels of a display to true places, by least squares, and how far the worst of the pairs lies off. */
export function fitted(pairs) {
  assert.ok(pairs.length >= 3, `${pairs.length} spots are not enough`);
  const rows = pairs.map(({ seen: [x, y] }) => [x, y, 1]);
  const normal = [0, 1, 2].map((a) => [0, 1, 2].map((b) => rows.reduce((sum, r) => sum + r[a] * r[b], 0)));
  const axes = [0, 1].map((k) =>
    solved(
      normal,
      [0, 1, 2].map((a) => rows.reduce((sum, r, i) => sum + r[a] * pairs[i].true[k], 0)),
    ),
  );
  const place = ([x, y]) => axes.map(([a, b, c]) => a * x + b * y + c);
  const worst = Math.max(...pairs.map((p) => far(place(p.seen), p.true)));
  return { place, axes, worst };
}

/** Cramer's rule. */
function solved(m, v) {
  const det = (a) =>
    a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
    a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
    a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
  return [0, 1, 2].map((k) => det(m.map((row, i) => row.map((x, j) => (j === k ? v[i] : x)))) / det(m));
}

export const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** Degrees at b. */
export function angleAt(a, b, c) {
  const way = (p) => Math.atan2(p[1] - b[1], p[0] - b[0]);
  const d = Math.abs(way(a) - way(c)) * (180 / Math.PI);
  return Math.min(d, 360 - d);
}

/** Degrees between two lines without a direction of their own. */
export function lean([a, b], [c, d]) {
  const turn = angleAt([b[0] - a[0], b[1] - a[1]], [0, 0], [d[0] - c[0], d[1] - c[1]]);
  return turn;
}

export function areaOf(points) {
  const sum = points.reduce((s, [x, y], i) => {
    const [u, v] = points[(i + 1) % points.length];
    return s + x * v - u * y;
  }, 0);
  return Math.abs(sum) / 2;
}

/** The greys of a canvas, in the page. */
export const greysIn = (canvas) =>
  canvas
    .evaluate((c) => {
      const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
      let all = '';
      for (let i = 0; i < data.length; i += 4) all += String.fromCharCode(data[i]);
      return { width: c.width, height: c.height, dense: c.width / c.clientWidth, base64: btoa(all) };
    })
    .then((p) => ({ ...p, grey: [...Buffer.from(p.base64, 'base64')] }));
