/**
 * Scrolls a large CT through whole and back on a machine of so much memory, and measures: node everywhere-memory.mjs [--slices 2000]
 * [--gigabytes 8] [--at ADDRESS of a program that has it already]. Prints what it saw. `everywhere-memory.test.mjs` does the same with less of both.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { desktop, launch, person, shot } from './browser.mjs';
import { root, start, studiesSent, until } from './program.mjs';
import { viewing } from './viewing.mjs';

const run = promisify(execFile);

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

/** The pages of a person believe that they are on a machine of so much memory. */
const withMemory = ({ context }, gigabytes) =>
  context.addInitScript((gb) => {
    Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => gb });
  }, gigabytes);

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
    await withMemory(su, gigabytes);
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

/** In the page: turns a stack, and reads from its canvas which slice is shown, as everywhere-memory.slices.py wrote it into the greys. */
function reader() {
  const pane = () => document.querySelector('[data-testid="pane-0"]');
  const frame = () => new Promise(requestAnimationFrame);
  const index = () => Number(pane().dataset.index);
  /** The number on show; what is no slice has none. */
  function number() {
    const canvas = pane().querySelector('canvas.cornerstone-canvas');
    const { width, height } = canvas;
    const side = Math.min(width, height);
    const context = canvas.getContext('2d');
    // The middles of the blocks.
    const share = Array.from({ length: 16 }, (_, i) => {
      const x = width / 2 + (((i % 4) + 0.5) / 4 - 0.5) * side;
      const y = height / 2 + ((Math.floor(i / 4) + 0.5) / 4 - 0.5) * side;
      return context.getImageData(x, y, 1, 1).data[0] / 255;
    });
    const bits = share.slice(0, 14).map((v) => (v > 0.9 ? 1 : v < 0.1 ? 0 : Number.NaN));
    const near = (v, want) => Math.abs(v - want) < 0.05;
    const even = bits.slice(0, 12).reduce((sum, b) => sum + b, 0) % 2 === 0;
    if (!even || bits[12] !== 1 || bits[13] !== 0 || !near(share[14], 0.7) || !near(share[15], 0.3)) return undefined;
    return bits.slice(0, 11).reduce((sum, b, i) => sum + b * 2 ** i, 0);
  }
  async function wait(done, ms = 30_000) {
    const end = performance.now() + ms;
    while (!done() && performance.now() < end) await frame();
  }
  /** What is shown once a picture is there, and drawn; nothing where it does not come. */
  async function shown() {
    await wait(() => pane().dataset.loading === 'false');
    // It is drawn in the next frame, or in the one after that where this one has begun.
    for (let n = 0; n < 3; n++) await frame();
    return { index: index(), number: pane().dataset.loading === 'true' ? undefined : number() };
  }
  /** Whether all slices of a sixtieth of the stack are held. */
  const whole = (part) => document.querySelectorAll('[data-testid="arrivals"] i')[part].className === 'viewer-arrived';
  return {
    shown,
    whole,
    /** Turns by the wheel to a place, so many slices at once, and answers what was shown on the way; now and then it waits for all around it. */
    async turn(to, stride, rests) {
      const canvas = document.querySelector('.viewer-canvas');
      const box = canvas.getBoundingClientRect();
      const at = { clientX: box.left + 50, clientY: box.top + 50, bubbles: true, cancelable: true };
      const seen = { slices: 0, wrong: [] };
      while (index() !== to) {
        const from = index();
        const way = Math.sign(to - from);
        for (let n = Math.min(stride, Math.abs(to - from)); n > 0; n--)
          canvas.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: 100 * way }));
        await wait(() => index() !== from, 5000);
        const now = await shown();
        if (now.index === from) throw new Error(`the wheel does not turn from ${from}`);
        seen.slices++;
        if (now.number !== now.index) seen.wrong.push(now);
        // Where it stands in the middle of a sixtieth; what is farther than that is not fetched where memory is short.
        if (rests && seen.slices % 8 === 2)
          await wait(() => whole(Math.floor((60 * index()) / Number(pane().dataset.count))));
      }
      return seen;
    },
  };
}

/** A study of so many slices of so many pixels, in run lengths, in a program of its own. */
async function serveNumbers(slices, side) {
  const folder = await mkdtemp(join(tmpdir(), 'yilian-slices-'));
  const program = await start({ flags: ['--empty'] });
  try {
    const study = '1.2.826.0.1.3680043.10.1462.99.21';
    const script = join(root, 'web/e2e/everywhere-memory.slices.py');
    await run('/usr/bin/python3', [script, folder, study, String(slices), String(side)]);
    const files = (await readdir(folder)).map((n) => join(folder, n));
    const to = ['--to', `127.0.0.1:${program.ports.dicom}`, '--calling', 'QINGXI_CT'];
    await run(join(root, 'bin/yilian'), ['send', ...to, ...files], { maxBuffer: 1 << 26 });
    return { program, study };
  } catch (e) {
    await program.stop();
    throw e;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Goes through every slice of a study by the wheel, jumps between its ends, and comes back to what was let go; slices of so many pixels at a side. */
export async function everySlice({ slices, side, gigabytes }) {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const { program, study } = await serveNumbers(slices, side);
  const browser = await launch();
  const most = { pictures: 0, resident: 0 };
  let looking;
  let over = false;
  try {
    // A small window is drawn soon.
    const su = await person(browser, program.http, 'qingxi-jishi', { width: 1000, height: 700 });
    const { page } = su;
    await withMemory(su, gigabytes);
    const sent = seconds();
    await page.goto(`${program.http}/studies/${study}`);
    await page.locator(`[data-testid="pane-0"][data-loading="false"][data-count="${slices}"]`).waitFor();
    await page.evaluate(`window.slices = (${reader})()`);
    looking = (async () => {
      while (!over) {
        most.resident = Math.max(most.resident, await resident(browser));
        most.pictures = Math.max(most.pictures, await held(page));
        await new Promise((r) => setTimeout(r, 250));
      }
    })();
    looking.catch(() => undefined); // told where it is awaited
    const shown = () => page.evaluate(() => window.slices.shown());
    const turn = (...how) => page.evaluate((how) => window.slices.turn(...how), how);
    const key = (name) => page.keyboard.press(name);

    await key('Home');
    const first = await shown();
    await page.waitForFunction(() => window.slices.whole(0));
    const down = await turn(slices - 1, 50, true);
    const letGo = !(await page.evaluate(() => window.slices.whole(0)));
    const downAt = seconds();
    await shot(page, 'everywhere-6-memory-slices');
    // Each of the first sixtieth is seen: those that were let go come again.
    await key('Home');
    const again = await shown();
    const back = await turn(Math.ceil(slices / 60), 1);
    const backAt = seconds();
    // Faster than pictures come; every other time they may.
    const jumps = [];
    for (let n = 0; n < 8; n++) {
      await key('End');
      if (n % 2 === 0) jumps.push(await shown());
      for (const name of ['Home', 'PageDown', 'End', 'PageUp', 'Home']) await key(name);
      jumps.push(await shown());
    }
    const jumpsAt = seconds();
    const places = [];
    for (const at of [16, slices / 2 - 1, slices - 1, 0, 16, slices - 1, slices / 2 - 1, 0]) {
      await page.getByRole('slider').fill(String(at));
      await page.locator(`[data-testid="pane-0"][data-index="${at}"]`).waitFor();
      places.push({ at, ...(await shown()) });
    }
    over = true;
    await looking;
    return {
      megabytes: (most.pictures * side * side * 2) / megabyte,
      whole: (slices * side * side * 2) / megabyte,
      resident: most.resident,
      ...{ first, down, letGo, again, back, jumps, places, faults: su.faults },
      at: { sent, downAt, backAt, jumpsAt, end: seconds() },
    };
  } finally {
    over = true;
    await looking?.catch(() => undefined);
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
