/** The planes that the processor cuts, in a browser without WebGL, against pydicom and numpy: every grey they show, upright, slanting and as slabs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shot } from './browser.mjs';
import { names, planes, ways } from './exact/planes.mjs';
import { world } from './exact/world.mjs';

let w;
before(async () => {
  w = await world('1.2.826.0.1.3680043.10.1462.99.5', '--disable-gpu', '--disable-3d-apis');
});
after(() => w?.close());

const page = () => w.tech.page;
const { upright, slabs, plane, reconstruct, leave, compare, turn } = planes(() => w);

test('each grey of a plane is that of the voxels around it, in slices that lie straight or slantwise', {
  timeout: 120_000,
}, async (t) => {
  await upright(t, (name) => shot(page(), `exact-planes-processor-${name}`));
  assert.deepEqual(w.tech.faults, []);
});

test('a slab is the brightest, the darkest and the mean of its voxels', { timeout: 120_000 }, async (t) => {
  await slabs(t, () => shot(page(), 'exact-planes-processor-slab'));
  assert.deepEqual(w.tech.faults, []);
});

test('each grey of a slanting plane is that of the voxels around it', { timeout: 120_000 }, async (t) => {
  const p = await reconstruct('waves');
  await turn('axial', 'turn-axial-coronal-1', 30);
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const [right, down, into] = [
    [c, -s, 0],
    [0, 0, -1],
    [s, c, 0],
  ]; // of the coronal plane
  const slanting = { coronal: [right, down], sagittal: [into, down] };
  await compare(t, p, slanting, undefined, { mean: 0.5, p99: 3, shifts: [0, 1, 2] });
  await shot(page(), 'exact-planes-processor-slanting');
  await leave();
  assert.deepEqual(w.tech.faults, []);
});

test('a plane enlarged and moved by hand shows the same voxels', { timeout: 60_000 }, async (t) => {
  const p = await reconstruct('waves');
  const box = await plane('axial').boundingBox();
  const [x, y] = [box.x + 60, box.y + 60];
  await page().mouse.move(x, y);
  await page().keyboard.down('Control');
  for (let n = 0; n < 4; n++) await page().mouse.wheel(0, -100);
  await page().keyboard.up('Control');
  await page().mouse.down({ button: 'middle' });
  await page().mouse.move(x + 30, y - 20, { steps: 3 });
  await page().mouse.up({ button: 'middle' });
  await plane('axial').getByText('146%').waitFor();
  await compare(t, p, { axial: ways.axial }, undefined, { mean: 0.5, p99: 3, shifts: [0, 1] });
  for (const name of names.slice(1)) await plane(name).getByText('100%').waitFor();
  assert.deepEqual(w.tech.faults, []);
});
