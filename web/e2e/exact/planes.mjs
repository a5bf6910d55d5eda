/** The planes of a reconstruction of an exact phantom: opened, turned, read from their canvases and compared with the reference. */
import assert from 'node:assert/strict';
import { until } from '../program.mjs';
import { drawnOnce } from '../viewing.mjs';
import { far, greysIn } from './ruler.mjs';

const { abs } = Math;

/** Right and down on the screen, in the patient: left, back and head are positive. */
export const ways = {
  axial: [
    [1, 0, 0],
    [0, 1, 0],
  ],
  coronal: [
    [1, 0, 0],
    [0, 0, -1],
  ],
  sagittal: [
    [0, 1, 0],
    [0, 0, -1],
  ],
};
export const names = Object.keys(ways);

/** world: answers what exact/world.mjs made, once it is there. */
export function planes(world) {
  const page = () => world().tech.page;
  const plane = (name) => page().locator(`[data-testid="plane-${name}"]`);
  async function reconstruct(name) {
    const p = await world().open(name);
    await page().keyboard.press('q');
    await page().locator('[data-testid="volume"][data-stage="whole"]').waitFor();
    for (const n of names) await plane(n).and(page().locator('[data-filled="true"]')).waitFor();
    return p;
  }

  async function leave() {
    await page().keyboard.press('q');
    await page().locator('[data-testid="volume"]').waitFor({ state: 'detached' });
  }

  async function slab(mm, blend) {
    await page().locator('[data-testid="slab-mm"]').selectOption(String(mm));
    if (mm > 0) await page().locator('[data-testid="slab-blend"]').selectOption(blend);
  }

  /** What a plane shows once it stands still, and where it says that it looks. */
  async function shown(name) {
    let last;
    const seen = await until(
      async () => {
        await drawnOnce(page());
        const { width, height, base64, grey } = await greysIn(plane(name).locator('canvas').first());
        // A canvas is black until its plane is drawn first.
        // What the processor cuts is coarse while it moves.
        const fine = (await plane(name).locator('canvas[data-coarse="true"]').count()) === 0;
        const still = fine && last === base64 && grey.some((v) => v > 100);
        last = base64;
        return still && { width, height, grey: base64 };
      },
      10_000,
      () => `the ${name} plane does not stand still`,
    );
    const cross = (await plane(name).getAttribute('data-crossing')).split(' ').map(Number);
    return { ...seen, cross, mm: Number(await plane(name).getAttribute('data-mm')) };
  }

  /** Compares planes with the reference, and tells a test how far they are from it. */
  async function compare(t, p, all, thick, bounds) {
    const [at] = await world().ask([{ ask: 'middle', series: p.n }]);
    const questions = [];
    for (const [name, [right, down]] of Object.entries(all))
      questions.push({
        ask: 'plane',
        series: p.n,
        at,
        right,
        down,
        slab: thick,
        shifts: bounds.shifts ?? [],
        by: 0.4,
        ...(await shown(name)),
      });
    const answers = await world().ask(questions);
    answers.forEach((a, i) => {
      const [name] = Object.entries(all)[i];
      const what = `${p.name} ${name}${thick ? ` ${thick.mm} mm ${thick.blend}` : ''}`;
      const of = (v) => v.toFixed(2);
      t.diagnostic(
        `${what}: mean ${of(a.mean)}, 99 % within ${of(a.p99)}, at most ${of(a.most)} greys; bias ${of(a.bias)}; ${a.pixels} pixels`,
      );
      assert.ok(a.pixels > 2000, `${what}: ${a.pixels} pixels are no picture`);
      assert.ok(a.spread > 10, `${what}: nothing is to be seen`);
      assert.ok(
        a.mean <= bounds.mean && abs(a.bias) <= bounds.mean,
        `${what}: ${a.mean} greys from the reference, bias ${a.bias}`,
      );
      assert.ok(a.p99 <= bounds.p99, `${what}: one of a hundred is ${a.p99} greys from the reference`);
      // 0.4 mm beside it is another picture.
      for (const other of a.shifted) assert.ok(other > 1.5 * a.mean, `${what}: ${a.mean}, and ${other} 0.4 mm away`);
    });
  }

  /** Turns the planes about the crossing by so many degrees, against the clock, as a hand does: between the two pixels that lie nearest to that angle. */
  async function turn(inPlane, handle, degrees) {
    const middle = async (id) => {
      const box = await page().locator(`[data-testid="${id}"]`).boundingBox();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const about = await middle(`cross-${inPlane}`);
    const grip = await middle(handle);
    const radius = far(grip, about);
    const way = ([x, y]) => Math.atan2(about[1] - y, x - about[0]);
    let best = { off: 1 };
    for (let i = -3; i <= 3; i++)
      for (let j = -3; j <= 3; j++) {
        const from = [Math.round(grip[0]) + i, Math.round(grip[1]) + j];
        const aim = way(from) + (degrees * Math.PI) / 180;
        for (let r = radius / 2; r < radius; r++) {
          const to = [about[0] + r * Math.cos(aim), about[1] - r * Math.sin(aim)].map(Math.round);
          const off = abs(way(to) - aim);
          if (off < best.off) best = { off, from, to };
        }
      }
    await page().mouse.move(...best.from);
    await page().mouse.down();
    await page().mouse.move(...best.to, { steps: 4 });
    await page().mouse.up();
    await plane('coronal').getByText('斜面').waitFor();
  }

  /** Degrees by which a plane's line is turned on another one, as it is drawn there. */
  async function drawnAngle(onPlane, name) {
    const lines = plane(onPlane).locator(`.volume-line-${name} path`);
    const ends = await lines.evaluateAll((all) =>
      all.map((e) =>
        e
          .getAttribute('d')
          .match(/-?[\d.]+/g)
          .slice(2)
          .map(Number),
      ),
    );
    const [[a, b], [c, d]] = ends.sort((p, q) => p[0] - q[0]);
    return (Math.atan2(b - d, c - a) * 180) / Math.PI;
  }
  /** Upright planes of slices that lie straight and slantwise. */
  async function upright(t, told) {
    for (const name of ['waves', 'rods']) {
      const p = await reconstruct(name);
      // Along the rods nothing changes from slice to slice.
      const shifts = name === 'waves' ? [0, 1, 2] : [0, 1];
      await compare(t, p, ways, undefined, { mean: 0.5, p99: 3, shifts });
      await told(name);
      await leave();
    }
  }

  /** A slab of every kind. */
  async function slabs(t, told) {
    const p = await reconstruct('waves');
    for (const thick of [
      { mm: 10, blend: 'average' },
      { mm: 3, blend: 'average' },
      { mm: 10, blend: 'maximum' },
      { mm: 10, blend: 'minimum' },
    ]) {
      await slab(thick.mm, thick.blend);
      await compare(t, p, ways, thick, { mean: 0.7, p99: 3 });
    }
    await told();
    await slab(0);
    await leave();
  }

  return { upright, slabs, plane, reconstruct, leave, shown, compare, turn, drawnAngle };
}
