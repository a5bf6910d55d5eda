/** Draws with the tools of the viewer on one of its canvases, and reads what they say. */
import assert from 'node:assert/strict';
import { until } from '../program.mjs';
import { drawnOnce, rest } from '../viewing.mjs';
import { fitted, greysIn, paired, spotsOf } from './ruler.mjs';

const linesOf = (all) => all.map((t) => [...t.querySelectorAll('tspan')].map((l) => l.textContent).join(' · '));

/** frame: what holds the canvas and the words over it, of which so many stand there already. */
export function hands(page, frame, before = 0) {
  const texts = () => frame.locator('svg text').evaluateAll(linesOf);
  /** What measurements say anywhere on the page that is like a pattern, but for what stood here before. */
  const everywhere = async (pattern) => {
    const all = await page.locator('svg text').evaluateAll(linesOf);
    const stood = (await texts()).slice(0, before);
    return all.filter((t) => pattern.test(t) && !stood.includes(t));
  };
  const corner = async () => {
    const box = await frame.locator('canvas').first().boundingBox();
    return [box.x, box.y];
  };
  const h = {
    /** What takes pixels of the canvas to true places, once the display stands still. */
    async ruler(truth) {
      let last;
      let ruler;
      let found = 0;
      await until(
        async () => {
          await drawnOnce(page);
          const seen = await greysIn(frame.locator('canvas').first());
          assert.equal(seen.dense, 1, 'a pixel of the canvas is one of the page');
          const same = last === seen.base64;
          last = seen.base64;
          const pairs = same ? paired(spotsOf(seen), truth) : [];
          found = pairs.length;
          if (found < 3) return false; // another picture is on show still
          ruler = { ...fitted(pairs), seen };
          return true;
        },
        10_000,
        () => `the display does not stand still, or shows ${found} spots of ${truth.length}`,
      );
      return ruler;
    },
    /** Draws through pixels of the canvas: one stroke a list. Answers the pixels that were met. */
    async draw(strokes, { steps = 4, click = [] } = {}) {
      const [x, y] = await corner();
      const on = ([i, j]) => [Math.round(x + i), Math.round(y + j)];
      for (const stroke of strokes) {
        await page.mouse.move(...on(stroke[0]));
        await page.mouse.down();
        for (const p of stroke.slice(1)) {
          await page.mouse.move(...on(p), { steps });
          await drawnOnce(page);
        }
        await page.mouse.up();
        await drawnOnce(page);
      }
      for (const p of click) {
        await page.mouse.move(on(p)[0] - 6, on(p)[1] - 3, { steps: 2 });
        await page.mouse.click(...on(p));
      }
      const met = (p) => on(p).map((v, k) => v - [x, y][k]);
      return { strokes: strokes.map((s) => s.map(met)), click: click.map(met) };
    },
    /** What the one measurement on show says, once it says what is asked for; it is taken away again. */
    async said(pattern) {
      let said = [];
      await rest(page);
      const found = await until(
        async () => {
          said = await texts();
          return said.length === before + 1 ? pattern.exec(said.at(-1)) : undefined;
        },
        8000,
        () => `${pattern} is not said: ${JSON.stringify(said)}`,
      );
      // Another pane with the same picture says the same.
      await until(
        async () => (await everywhere(pattern)).every((t) => t === said.at(-1)),
        2000,
        async () => `${said.at(-1)} here, elsewhere ${JSON.stringify(await everywhere(pattern))}`,
      );
      await h.clear();
      return found;
    },
    /** The line that was drawn by hand, as it stands on the canvas. */
    async outline() {
      await rest(page);
      const lines = await frame
        .locator('svg path, svg polyline')
        .evaluateAll((all) => all.map((e) => e.getAttribute('d') ?? e.getAttribute('points') ?? ''));
      const longest = lines.reduce((a, b) => (b.length > a.length ? b : a), '');
      const numbers = longest.match(/-?[\d.]+/g)?.map(Number) ?? [];
      return numbers.flatMap((v, i) => (i % 2 === 0 ? [[v, numbers[i + 1]]] : []));
    },
    async clear() {
      await page.keyboard.press('Delete');
      await until(
        async () => (await texts()).length === before,
        5000,
        () => 'what was measured stays',
      );
    },
    /** A tool of a group's menu. */
    async choose(group, tool) {
      await page.getByRole('button', { name: group, exact: true }).click();
      await page.locator('.y-menu-item', { hasText: tool }).click();
    },
  };
  return h;
}
