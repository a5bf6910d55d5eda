/** What a person does with the viewer, and what is seen of it. For Playwright's pages. */
import { until } from './program.mjs';

/** What was asked of the viewer is drawn: it draws in the next frame, what lies over it in one more. */
export const drawnOnce = (page) =>
  page.evaluate(async () => {
    for (let n = 0; n < 3; n++) await new Promise((done) => requestAnimationFrame(done));
  });

/**
 * What hands did is computed, drawn and told: the frames and timers of the page itself have had their turn, in their order, however slow the machine is.
 * A measurement's numbers follow its last change within 100 ms, its list 150 ms after that.
 */
export async function rest(page) {
  for (const ms of [120, 180, 0]) {
    await drawnOnce(page);
    await page.evaluate((ms) => new Promise((done) => setTimeout(done, ms)), ms);
  }
}

/** What is read of a page once it changes no more: it was the same some frames before. */
export async function steady(page, read) {
  let last;
  await until(
    async () => {
      const now = JSON.stringify(await read());
      const same = now === last;
      last = now;
      await drawnOnce(page);
      return same;
    },
    20_000,
    () => `it goes on changing: ${last}`,
  );
  return JSON.parse(last);
}

/** Hands on one page of the viewer; base is the program's address. */
export function viewing(page, base) {
  const pane = (n = 0) => page.locator(`[data-testid="pane-${n}"]`);
  const marks = () => page.locator('[data-testid="marks"] li');
  const v = {
    pane,
    marks,
    indexOf: async (n = 0) => Number(await pane(n).getAttribute('data-index')),
    /** The picture that is wanted in a pane is on show. */
    drawn: (n = 0) =>
      pane(n).and(page.locator('[data-loading="false"]:not([data-count="0"])')).waitFor({ timeout: 30_000 }),
    /** Opens a read by its exam from the list. */
    async open(exam) {
      await page.goto(`${base}/readings`);
      await page.locator('[data-testid="reading-row"]', { hasText: exam }).click({ timeout: 30_000 });
      await v.drawn();
    },
    async claim() {
      await page.evaluate(() => document.activeElement?.blur());
      await page.keyboard.press('a');
      await page.locator('textarea[name="findings"]').waitFor({ timeout: 15_000 });
    },
    async turnTo(index) {
      await page.getByRole('slider').fill(String(index));
      await until(
        async () => (await v.indexOf()) === index,
        10_000,
        () => `picture ${index} was not reached`,
      );
      await v.drawn();
    },
    /** From millimetres (right to left, front to back, from the middle of a picture of so many) to pixels of the screen. */
    async screen(fieldMm) {
      const box = await steady(page, () => pane().boundingBox());
      const scale = Math.min(box.width, box.height) / fieldMm;
      const at = ([x, y]) => [
        Math.round(box.x + box.width / 2 + x * scale),
        Math.round(box.y + box.height / 2 + y * scale),
      ];
      return { at, scale, box };
    },
    async drag(from, to, button = 'left') {
      await page.mouse.move(...from);
      await page.mouse.down({ button });
      await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 3 });
      await page.mouse.move(...to, { steps: 3 });
      await page.mouse.up({ button });
    },
    /** The text of the newest measurement, once it is the count-th, stands, and matches. */
    async newest(count, pattern) {
      let text = '';
      await until(
        async () => (await marks().count()) === count,
        10_000,
        () => `there are not ${count} measurements`,
      );
      await rest(page);
      return until(
        async () => {
          text = await marks()
            .nth(count - 1)
            .textContent();
          return pattern.exec(text);
        },
        10_000,
        () => `measurement ${count}: ${text}`,
      );
    },
    /** Window, place, size, turn: what is written at the corners, the canvas itself in a few grey squares, and where the first line lies. */
    async look(n = 0) {
      const text = await pane(n).locator('.viewer-br').textContent();
      const greys = await greysOf(pane(n).locator('canvas').first());
      const line = await pane(n)
        .locator('svg line')
        .first()
        .evaluate((e) => ['x1', 'y1', 'x2', 'y2'].map((a) => Number(e.getAttribute(a))))
        .catch(() => []);
      return { text, greys, line };
    },
  };
  return v;
}

/** A canvas in a few grey squares. */
export const greysOf = (canvas) =>
  canvas.evaluate((canvas) => {
    const small = document.createElement('canvas');
    small.width = small.height = 16;
    const c = small.getContext('2d', { willReadFrequently: true });
    c.imageSmoothingQuality = 'high'; // means, not samples
    c.drawImage(canvas, 0, 0, 16, 16);
    return [...c.getImageData(0, 0, 16, 16).data].filter((_, i) => i % 4 === 0);
  });

/** The largest difference of two looks at canvases, in greys. */
export const apart = (a, b) => Math.max(...a.greys.map((g, i) => Math.abs(g - b.greys[i])));

/** To be run before the scripts of a page: window.__lose(ms) takes its graphics contexts away, and gives them back after so long, if at all; it answers when they are back. */
export function losing() {
  const real = HTMLCanvasElement.prototype.getContext;
  const all = new Set();
  HTMLCanvasElement.prototype.getContext = function get(kind, ...rest) {
    const context = real.call(this, kind, ...rest);
    if (kind === 'webgl2' && context && !context.isContextLost()) all.add(context);
    return context;
  };
  window.__lose = (back) => {
    const lost = [...all].filter((gl) => !gl.isContextLost() && gl.getExtension('WEBGL_lose_context'));
    return Promise.all(
      lost.map((gl) => {
        const x = gl.getExtension('WEBGL_lose_context');
        const returned = new Promise((done) => {
          gl.canvas.addEventListener('webglcontextrestored', () => done(), { once: true });
          // What nobody wants back does not come.
          gl.canvas.addEventListener('webglcontextlost', (e) => setTimeout(() => e.defaultPrevented || done()), {
            once: true,
          });
        });
        x.loseContext();
        if (back !== undefined) setTimeout(() => x.restoreContext(), back);
        return back === undefined ? undefined : returned;
      }),
    );
  };
}
