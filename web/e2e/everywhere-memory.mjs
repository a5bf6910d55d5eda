/**
 * Scrolls a large CT through whole and back on a machine of so much memory, and measures: node everywhere-memory.mjs [--slices 2000]
 * [--gigabytes 8] [--at ADDRESS of a program that has it already]. Prints what it saw. `everywhere-memory.test.mjs` does the same with less of both.
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { desktop, launch, person, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';
import { viewing } from './viewing.mjs';

const megabyte = 1024 * 1024;

/** What the largest page of a browser has in memory, in MB. */
async function resident(browser) {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  await cdp.detach();
  const pages = processInfo.filter((p) => p.type === 'renderer');
  const sizes = await Promise.all(
    pages.map(async ({ id }) => {
      const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    }),
  );
  return Math.round(Math.max(0, ...sizes));
}

/** Turns a page's stack to its end or its beginning by the wheel, some pictures for each frame of the screen. */
const turnAll = (page, way, stride, most = 1e6) =>
  page.evaluate(
    async ([way, stride, most]) => {
      const pane = document.querySelector('[data-testid="pane-0"]');
      const canvas = document.querySelector('.viewer-canvas');
      const box = canvas.getBoundingClientRect();
      const at = { clientX: box.left + 50, clientY: box.top + 50, bubbles: true, cancelable: true };
      const from = Number(pane.dataset.index);
      const end = Math.max(0, Math.min(Number(pane.dataset.count) - 1, from + way * most));
      const began = performance.now();
      let longest = 0;
      let last = began;
      while (Number(pane.dataset.index) !== end && performance.now() - began < 100_000) {
        // A person waits for what is on its way now and then.
        for (let n = 0; n < 30 && pane.dataset.loading === 'true'; n++) await new Promise(requestAnimationFrame);
        const left = Math.min(stride, Math.abs(end - Number(pane.dataset.index)));
        for (let n = 0; n < left; n++) canvas.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: 100 * way }));
        await new Promise(requestAnimationFrame);
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }
      return {
        at: Number(pane.dataset.index),
        seconds: Math.round(performance.now() - began) / 1000,
        longest: Math.round(longest),
      };
    },
    [way, stride, most],
  );

/** How many pictures are held decoded, as the page counts them. */
const held = async (page) => Number(await page.locator('[data-testid="arrivals"]').getAttribute('data-pixels'));

/** The demo with a CT of so many slices. */
async function serve(slices) {
  const program = await start({ flags: ['--slices', String(slices)] });
  await studiesSent(program);
  return program;
}

export async function measure({ slices, gigabytes, at, stride = 1 }) {
  const program = at ? { http: at, stop: async () => undefined } : await serve(slices);
  const browser = await launch();
  const watch = { most: 0, held: 0, over: false };
  try {
    const su = await person(browser, program.http, 'qingxi-jishi', desktop);
    await su.context.addInitScript((gb) => {
      Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => gb });
    }, gigabytes);
    const v = viewing(su.page, program.http);
    await su.page.goto(`${program.http}/studies`);
    const base = await resident(browser);
    await openOf(su.page, program.http, slices);
    const looking = (async () => {
      while (!watch.over) {
        watch.most = Math.max(watch.most, await resident(browser));
        watch.held = Math.max(watch.held, await held(su.page).catch(() => 0));
        await new Promise((r) => setTimeout(r, 250));
      }
    })();
    await v.pane().hover();
    const up = await turnAll(su.page, -1, stride);
    const down = await turnAll(su.page, 1, stride);
    await v.drawn();
    await shot(su.page, 'everywhere-4-memory');
    process.stderr.write(`${JSON.stringify({ base, ...watch, up, down })}\n`);
    const back = await turnAll(su.page, -1, stride, 300);
    await v.drawn();
    await su.page.keyboard.press('q');
    const planes = await Promise.race([
      su.page
        .locator('[data-testid="volume"][data-stage="whole"]')
        .waitFor({ timeout: 120_000 })
        .then(() => 'made'),
      su.page
        .locator('[data-testid="volume-refused"]')
        .waitFor({ timeout: 120_000 })
        .then(() => 'refused'),
    ]);
    const words = await su.page
      .locator(planes === 'made' ? '[data-testid="volume"]' : '[data-testid="volume-refused"]')
      .textContent();
    await shot(su.page, 'everywhere-5-memory-planes');
    watch.over = true;
    await looking;
    return {
      slices,
      gigabytes,
      pixels: Math.round((slices * 512 * 512 * 2) / megabyte),
      base,
      most: watch.most,
      held: watch.held,
      heldMegabytes: watch.held / 2,
      up,
      down,
      back,
      planes,
      words: words.replace(/\s+/g, ' ').slice(0, 200),
      faults: su.faults,
    };
  } finally {
    watch.over = true;
    await browser.close();
    await program.stop();
  }
}

/** Opens the study of that size, as soon as all of it has arrived. */
async function openOf(page, base, slices) {
  const study = await until(
    () =>
      page.evaluate(async (slices) => {
        const res = await fetch('/dicom-web/series?limit=100', { headers: { Accept: 'application/dicom+json' } });
        const of = (s, tag) => s[tag]?.Value?.[0];
        return (await res.json()).filter((s) => Number(of(s, '00201209')) === slices).map((s) => of(s, '0020000D'))[0];
      }, slices),
    60_000,
    () => `no series of ${slices} slices is there`,
  );
  await page.goto(`${base}/studies/${study}`);
  // Small pictures of what has just arrived are being made meanwhile.
  const ready = page.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])');
  await ready.waitFor({ timeout: 60_000 });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const read = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return Number(at < 0 ? otherwise : process.argv[at + 1]);
  };
  const place = process.argv.indexOf('--at');
  const at = place < 0 ? undefined : process.argv[place + 1];
  const seen = await measure({
    slices: read('slices', 2000),
    gigabytes: read('gigabytes', 8),
    stride: read('stride', 4),
    at,
  });
  process.stdout.write(`${JSON.stringify(seen, null, 2)}\n`);
}
