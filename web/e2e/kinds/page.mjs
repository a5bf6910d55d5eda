/** A program that holds the studies of one script, and what the tests of kinds do with the viewer. */
import { desktop, person } from '../browser.mjs';
import { until } from '../program.mjs';
import { steady } from '../viewing.mjs';
import { arrived, county, made } from '../world.mjs';

/** Runs a script of this folder, sends what it wrote, and signs a technician in. */
export async function world(script, uid, ...more) {
  const { tmp, files, stdout } = await made(`kinds/${script}`, uid);
  const { program, browser } = await county({ empty: true });
  await program.send([...files, ...more]);
  const tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  return { program, browser, tech, tmp, stdout, ...hands(tech.page, program.http, uid) };
}

const near = (have, want, tolerance) => Math.abs(Number(have) - want) <= tolerance;

export { near };

/** Hands on one page; studies are told by their number below uid. */
export function hands(page, base, uid) {
  const pane = (n = 0) => page.locator(`[data-testid="pane-${n}"]`);
  const h = {
    pane,
    drawn: (n = 0) =>
      pane(n).and(page.locator('[data-loading="false"]:not([data-count="0"])')).waitFor({ timeout: 20_000 }),
    /** By the number of its series: they come one after the other. */
    thumb: (n) => page.getByTestId('thumb').filter({ hasText: `#${n + 1} ` }),
    async open(study) {
      const whole = typeof study === 'number' ? `${uid}.${study}` : study;
      await arrived({ context: page.context() }, base, whole);
      await page.goto(`${base}/studies/${whole}`);
    },
    /** Where pixels of a picture that fills its pane stand on the screen. */
    async screen(columns, rows) {
      const box = await steady(page, () => pane().locator('.viewer-canvas').boundingBox());
      const scale = Math.min(box.width / columns, box.height / rows);
      return ([x, y]) => [
        box.x + box.width / 2 + (x + 0.5 - columns / 2) * scale,
        box.y + box.height / 2 + (y + 0.5 - rows / 2) * scale,
      ];
    },
    async drag(from, to) {
      await page.mouse.move(...from);
      await page.mouse.down();
      await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 3 });
      await page.mouse.move(...to, { steps: 3 });
      await page.mouse.up();
    },
    /** The words of all measurements, one a line. */
    written: () =>
      pane()
        .locator('svg text')
        .evaluateAll((all) =>
          all.map((one) => [...one.querySelectorAll('tspan')].map((l) => l.textContent).join(' ')).join('\n'),
        ),
    /** The words that stand on the picture, once they say something of a kind. */
    async words(pattern) {
      let said = '';
      await until(
        async () => {
          said = await h.written();
          return pattern.test(said);
        },
        15_000,
        () => `${pattern} was not said: ${said}`,
      );
      return said.match(pattern);
    },
    /** The colours of a pane's picture along a line of it, at places from 0 to 1, or all. */
    line: (n, y, points) =>
      page.evaluate(
        ([at, row, all]) => {
          const picture = document.querySelector(`[data-testid="pane-${at}"] canvas.cornerstone-canvas`);
          const { width, height } = picture;
          const context = new OffscreenCanvas(width, height).getContext('2d');
          context.drawImage(picture, 0, 0);
          const { data } = context.getImageData(0, Math.floor(row * height), width, 1);
          const places = all ?? Array.from({ length: width }, (_, i) => (i + 0.5) / width);
          return places.map((x) => [...data.slice(4 * Math.floor(x * width), 4 * Math.floor(x * width) + 3)]);
        },
        [n, y, points],
      ),
    /** Opens the planes of 24 slices of 3 mm, the n-th of them from the feet up of a value of 10 n in a window from 0 to 240. */
    async rising() {
      await page.keyboard.press('q');
      await page.locator('[data-testid="volume"][data-stage="whole"]').waitFor({ timeout: 20_000 });
      const plane = page.locator('[data-testid="plane-coronal"]');
      await plane.and(page.locator('[data-filled="true"]')).waitFor({ timeout: 20_000 });
      // Six slices below the middle, in it, and six above, beside the crosshair.
      const want = [55, 115, 175].map((v) => (v / 240) * 255);
      let greys;
      await until(
        async () => {
          greys = await plane.evaluate((plane) => {
            const picture = plane.querySelector('canvas');
            const [x, y] = plane.dataset.crossing.split(' ').map(Number);
            const dense = picture.width / picture.clientWidth;
            const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
            context.drawImage(picture, 0, 0);
            const up = 18 / Number(plane.dataset.mm);
            return [-up, 0, up].map((n) => context.getImageData((x + 8) * dense, (y - n) * dense, 1, 1).data[0]);
          });
          return greys.every((g, i) => near(g, want[i], 8));
        },
        10_000,
        () => `the coronal plane is ${greys} for ${want}`,
      );
    },
    /** The grey of pixels of a picture that fills its pane. */
    async greys(columns, rows, pixels) {
      const at = await h.screen(columns, rows);
      const box = await pane().locator('.viewer-canvas').boundingBox();
      const found = [];
      for (const p of pixels) {
        const [x, y] = at(p);
        const [[grey]] = await h.line(0, (y - box.y) / box.height, [(x - box.x) / box.width]);
        found.push(grey);
      }
      return found;
    },
    /** Pixels have these greys, within a tolerance. */
    async shows(size, pixels, want, tolerance = 2) {
      let have;
      await until(
        async () => {
          have = await h.greys(...size, pixels);
          return have.every((g, i) => near(g, want[i], tolerance));
        },
        8000,
        () => `${have} for ${want}`,
      );
    },
  };
  return h;
}
