/**
 * Opens studies in our viewer and in OHIF over emulated lines, measured: node bench-viewer.mjs [--only TEXT,…] [--rounds 1] [--slices 300] [--loop 500] [--watch 20] [--requests]
 * One JSON object a line comes out for each measured opening. `yilian bench viewer` makes tables of them. Needs root (signaling/lines) and
 * OHIF's pages in the folder that OHIF names (deploy/ohif.sh prints it).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { browserIn, host, openLine, serve, sleep } from './lines.world.mjs';
import { password, until } from './program.mjs';

const ours = `http://${host}:8080`;
const theirs = `http://${host}:8081`;

/** Both ways; a queue as home routers have them. */
export const lines = [
  { name: 'lan', line: 'clear' },
  { name: '20M', line: 'rate=20M delay=20ms queue=200ms' },
  { name: '4M', line: 'rate=4M delay=60ms queue=200ms' },
  { name: '4M-1%', line: 'rate=4M delay=60ms loss=1% queue=200ms' },
];

const read = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};

/** What runs in the page from before its own scripts: when something was drawn, and how often. */
function watch() {
  const bench = { drawn: undefined, pictures: 0, times: [], longest: 0, from: 0 };
  window.bench = bench;
  const small = document.createElement('canvas');
  small.width = small.height = 24;
  const look = small.getContext('2d', { willReadFrequently: true });
  /** A picture is there when its canvas shows more than a few greys. */
  const isDrawn = (canvas) => {
    if (canvas.width < 200 || canvas.height < 200) return false;
    look.clearRect(0, 0, 24, 24);
    look.drawImage(canvas, 0, 0, 24, 24);
    const { data } = look.getImageData(0, 0, 24, 24);
    const greys = new Set();
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0) greys.add(data[i] >> 3);
    return greys.size > 4;
  };
  let last = performance.now();
  const frame = (now) => {
    bench.longest = Math.max(bench.longest, now - last);
    last = now;
    if (bench.drawn === undefined && bench.from > 0) {
      if ([...document.querySelectorAll('.cornerstone-canvas, .viewer-canvas canvas')].some(isDrawn))
        bench.drawn = performance.now();
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  /** The next click begins. */
  bench.begin = () => {
    Object.assign(bench, { from: 0, drawn: undefined });
    addEventListener('click', () => Object.assign(bench, { from: performance.now() }), { capture: true, once: true });
  };
  document.addEventListener(
    'CORNERSTONE_STACK_NEW_IMAGE',
    () => {
      bench.pictures++;
      if (bench.times.length < 10) bench.times.push(performance.now());
    },
    true,
  );
  /** The greys that a canvas shows now, of the square in which a slice lies; brought down to so many pixels across, where that is asked. */
  bench.greys = (across) => {
    const canvas = document.querySelector('.viewer-canvas canvas');
    const { width, height } = canvas;
    const side = Math.min(width, height);
    const copy = document.createElement('canvas');
    copy.width = copy.height = across ?? side;
    const context = copy.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(canvas, (width - side) / 2, (height - side) / 2, side, side, 0, 0, copy.width, copy.height);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    return Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
  };
  /** Turns one picture for each frame of the screen, there and back, for some time. */
  bench.scroll = (ms, span) =>
    new Promise((resolve) => {
      const canvas = document.querySelector('.cornerstone-canvas');
      const box = canvas.getBoundingClientRect();
      const at = {
        clientX: box.left + box.width / 2,
        clientY: box.top + box.height / 2,
        bubbles: true,
        cancelable: true,
      };
      Object.assign(bench, { pictures: 0, longest: 0 });
      const began = performance.now();
      let n = 0;
      const step = () => {
        const passed = performance.now() - began;
        if (passed > ms) return resolve({ fps: (bench.pictures * 1000) / passed, longest: bench.longest, turned: n });
        canvas.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: Math.floor(n++ / span) % 2 ? -100 : 100 }));
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    });
}

/** A signed-in person with a page that counts what comes. */
async function sit(browser, base, clear) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  await context.addInitScript(() => localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour'])));
  await context.addInitScript(watch);
  await clear();
  const page = await context.newPage();
  await page.goto(`${ours}/readyz`);
  await page.evaluate(
    async ([login, password]) => {
      const res = await fetch('/api/session', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ login, password }),
      });
      if (!res.ok) throw new Error(`sign in: ${res.status}`);
    },
    ['yuepian', password],
  );
  const seen = { bytes: 0, frames: new Set(), done: [], asked: new Map(), told: [] };
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  cdp.on('Network.requestWillBeSent', (e) => {
    seen.asked.set(e.requestId, { url: e.request.url, method: e.request.method, at: e.timestamp, bytes: 0 });
  });
  cdp.on('Network.dataReceived', (e) => {
    seen.bytes += e.encodedDataLength;
    const r = seen.asked.get(e.requestId);
    if (r) r.bytes += e.encodedDataLength;
  });
  cdp.on('Network.loadingFinished', (e) => {
    const r = seen.asked.get(e.requestId);
    if (r) seen.told.push({ ...r, took: e.timestamp - r.at });
  });
  page.on('requestfinished', (r) => {
    if (r.url().includes('/frames/') && !seen.frames.has(r.url())) {
      seen.frames.add(r.url());
      seen.done.push(Date.now());
    }
  });
  return { page, seen, base, close: () => context.close() };
}

const exams = { ct: '胸部平扫', loop: '心脏超声' };
const descriptions = { ct: '胸部CT平扫', loop: '心脏超声' };

/** The study with which a page becomes warm, so that nothing of the measured one is there. */
const other = (what) => (what === 'ct' ? 'loop' : 'ct');

/** Ours: from the list of reads. */
const yilian = {
  name: 'yilian',
  base: ours,
  async list(p) {
    await p.page.goto(`${ours}/readings`);
    await p.page.locator('[data-testid="reading-row"]').first().waitFor({ timeout: 90_000 });
    // The page is loaded when nothing is on its way any more, the viewer's own code included.
    await p.page.waitForLoadState('networkidle', { timeout: 120_000 });
  },
  async warm(p, what) {
    await this.open(p, other(what));
    await p.page.waitForFunction(() => document.querySelector('.viewer-canvas canvas'), undefined, { timeout: 60_000 });
    await p.page.locator('[data-testid="pane-0"][data-loading="false"]').waitFor({ timeout: 60_000 });
    await p.page.keyboard.press('Escape');
    await p.page.locator('[data-testid="reading-row"]').first().waitFor({ timeout: 30_000 });
  },
  async open(p, what) {
    await p.page.locator('[data-testid="reading-row"]', { hasText: exams[what] }).first().click();
  },
  address: (p, what) => p.address[what],
  /** How many pictures can be seen, small or whole, and how many are whole. */
  async progress(p) {
    return p.page.evaluate(() => {
      const e = document.querySelector('[data-testid="arrivals"]');
      return e ? { seen: Number(e.dataset.seen), whole: Number(e.dataset.pixels) } : { seen: 0, whole: 0 };
    });
  },
  play: (p) => p.page.keyboard.press('c'),
  /** Keeps what a small picture looks like; false if the first one was whole. */
  small: (p) =>
    p.page.evaluate(() => {
      if (!document.querySelector('[data-testid="pane-0"][data-preview="true"]')) return false;
      window.bench.kept = [window.bench.greys(256), window.bench.greys()];
      return true;
    }),
  /** How like the whole one it was, in dB (PSNR of the greys): at the size of a small one, and as it stood enlarged on the screen. */
  likeness: async (p) => {
    const whole = p.page.locator('[data-testid="pane-0"][data-preview="false"]');
    await whole.waitFor({ timeout: 30_000 });
    return p.page.evaluate(() => {
      const decibels = (small, now) => {
        const error = small.reduce((n, v, i) => n + (v - now[i]) ** 2, 0) / small.length;
        return error === 0 ? 99 : 10 * Math.log10(255 ** 2 / error);
      };
      const [small, enlarged] = window.bench.kept;
      return { psnr: decibels(small, window.bench.greys(256)), enlarged: decibels(enlarged, window.bench.greys()) };
    });
  },
};

const launch = (p) => p.page.getByRole('button', { name: /^(基础查看器|Basic Viewer)$/ }).first();

/** OHIF: from its list of studies, of which a row opens to its modes. */
const ohif = {
  name: 'ohif',
  base: theirs,
  async list(p) {
    await p.page.goto(`${theirs}/`);
    await p.page.getByText(descriptions.ct).first().waitFor({ timeout: 180_000 });
    await p.page.waitForLoadState('networkidle', { timeout: 180_000 });
  },
  async warm(p, what) {
    await this.unfold(p, other(what));
    await this.open(p);
    await p.page.locator('.cornerstone-canvas').first().waitFor({ timeout: 60_000 });
    await p.page.waitForLoadState('networkidle', { timeout: 60_000 });
    await p.page.goBack();
    await p.page.getByText(descriptions[what]).first().waitFor({ timeout: 60_000 });
  },
  /** The row is chosen before the time starts: its ways to be opened stand beside the list then. */
  async unfold(p, what) {
    await p.page.getByText(descriptions[what]).first().click();
    await launch(p).waitFor({ timeout: 60_000 });
    await p.page.waitForLoadState('networkidle', { timeout: 60_000 });
  },
  open: (p) => launch(p).click(),
  address: (p, what) => `${theirs}/viewer?StudyInstanceUIDs=${p.study[what]}`,
  async progress(p) {
    return { seen: p.seen.frames.size, whole: p.seen.frames.size };
  },
  play: async () => {}, // it plays by itself
};

/** One opening over a line: first picture, whole stack, bytes. */
async function opening(world, viewer, line, { what, cold, watchFor, slices }) {
  const p = await sit(world.browser, viewer.base, () => world.line.do('both clear'));
  try {
    Object.assign(p, { study: world.study, address: world.address });
    if (!cold) {
      await viewer.list(p);
      await viewer.warm(p, what); // its code is there: the page has shown a study before
      await viewer.unfold?.(p, what);
      await sleep(6000); // what was measured of the line belongs to the clear one
    }
    await world.line.do(`both ${line.line}`);
    const before = { bytes: p.seen.bytes, told: p.seen.told.length, at: Date.now() };
    p.seen.frames.clear();
    if (cold) {
      await p.page.goto(viewer.address(p, what), { waitUntil: 'commit' });
      await p.page.evaluate(() => {
        window.bench.from = 1;
      });
    } else {
      await p.page.evaluate(() => window.bench.begin());
      await viewer.open(p, what);
    }
    const drawn = await p.page
      .waitForFunction(() => window.bench.drawn, undefined, { timeout: 120_000, polling: 50 })
      .then((h) => h.jsonValue());
    const first = cold ? drawn : drawn - (await p.page.evaluate(() => window.bench.from));
    const row = {
      viewer: viewer.name,
      line: line.name,
      what,
      cold,
      first: Math.round(first),
      firstBytes: p.seen.bytes - before.bytes,
    };
    const wasSmall = viewer.small && (await viewer.small(p));
    if (process.argv.includes('--requests')) tellRequests(p.seen, before.told);
    if (what === 'loop') return { ...row, ...(await playing(p, viewer)), bytes: p.seen.bytes - before.bytes };
    if (cold) return { ...row, bytes: p.seen.bytes - before.bytes };
    let progress = { seen: 0, whole: 0 };
    const end = before.at + watchFor * 1000;
    while (Date.now() < end && (progress.whole < slices || row.all === undefined)) {
      progress = await viewer.progress(p);
      const passed = Date.now() - before.at;
      if (progress.seen >= slices && row.all === undefined)
        Object.assign(row, { all: passed, allBytes: p.seen.bytes - before.bytes });
      if (progress.whole >= slices) row.lossless = passed;
      if (row.lossless === undefined) await sleep(50);
    }
    Object.assign(row, {
      seen: progress.seen,
      whole: progress.whole,
      watched: Date.now() - before.at,
      bytes: p.seen.bytes - before.bytes,
    });
    if (wasSmall) Object.assign(row, await viewer.likeness(p));
    await sleep(1000);
    const span = Math.min(100, Math.floor(slices / 3));
    await p.page.evaluate(([ms, span]) => window.bench.scroll(ms, span), [3000, span]); // what has been looked at is decoded
    Object.assign(row, await p.page.evaluate(([ms, span]) => window.bench.scroll(ms, span), [5000, span]));
    return row;
  } finally {
    await p.close();
  }
}

/** Plays a loop for a while: when its tenth picture stood on the display, and how many pictures had come by then. */
async function playing(p, viewer) {
  await p.page.evaluate(() => Object.assign(window.bench, { pictures: 0, times: [], longest: 0 }));
  const pressed = await p.page.evaluate(() => performance.now());
  await viewer.play(p);
  const tenth = await p.page
    .waitForFunction(() => window.bench.times[9], undefined, { timeout: 20_000, polling: 20 })
    .then((h) => h.jsonValue())
    .catch(() => undefined);
  const began = tenth ? { tenth: tenth - pressed, came: (await viewer.progress(p)).seen } : {};
  await p.page.evaluate(() => Object.assign(window.bench, { pictures: 0, longest: 0 }));
  await sleep(5000);
  const played = await p.page.evaluate(() => ({
    played: window.bench.pictures / 5,
    longest: Math.round(window.bench.longest),
  }));
  return { ...began, ...played };
}

/** Prints on stderr what was fetched until the first picture, in ms from the first question. */
function tellRequests({ told }, from) {
  const all = told.slice(from).sort((a, b) => a.at - b.at);
  const ms = (s) => String(Math.round(s * 1000)).padStart(6);
  for (const r of all)
    console.error(ms(r.at - all[0].at), ms(r.took), String(r.bytes).padStart(8), r.method, r.url.slice(0, 160));
}

/** The studies, and where our page shows them. */
async function findStudies(world) {
  const p = await sit(world.browser, ours, () => world.line.do('both clear'));
  try {
    await p.page.goto(`${ours}/readings`);
    world.study = {};
    world.address = {};
    for (const what of Object.keys(exams)) {
      await p.page.locator('[data-testid="reading-row"]', { hasText: exams[what] }).first().click({ timeout: 40_000 });
      await p.page.waitForURL(/\/readings\/\w/);
      world.address[what] = p.page.url();
      const task = p.page.url().split('/').pop();
      world.study[what] = await p.page.evaluate(async (id) => {
        const { task } = { task: await (await fetch(`/api/readings/${id}`)).json() };
        return /"(?:studyUid|study)":"([\d.]+)"/i.exec(JSON.stringify(task))?.[1];
      }, task);
      await p.page.goto(`${ours}/readings`);
    }
  } finally {
    await p.close();
  }
}

export async function openViewerWorld({ slices, loop, pages }) {
  const dir = await mkdtemp(join(tmpdir(), 'yilian-viewer-'));
  const world = {};
  world.close = async () => {
    await world.browser?.close();
    await world.program?.stop();
    await world.line?.close();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    process.env.FLAGS ??= '--use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader';
    world.line = await openLine([]);
    const data = [
      '--slices',
      String(slices),
      '--loop',
      String(loop),
      '--ohif',
      pages,
      '--ohif-at',
      `${host}:8081`,
      '--dicom',
      '127.0.0.1:11112',
    ];
    world.program = await serve(world.line, dir, data);
    const wanted = (slices > 0 ? 1 : 0) + (loop > 0 ? 1 : 0);
    await until(
      () => world.program.log().split('demo study sent').length > wanted,
      300_000,
      () => world.program.log(),
    );
    world.browser = await browserIn(world.line.far, dir);
    await findStudies(world);
    await sleep(5000); // what is prepared at the end of a study
  } catch (e) {
    console.error(world.program?.log().slice(-2000));
    await world.close();
    throw e;
  }
  return world;
}

async function main() {
  const rounds = Number(read('rounds', '1'));
  const slices = Number(read('slices', '300'));
  const loop = Number(read('loop', '500'));
  const watchFor = Number(read('watch', '20'));
  const only = read('only', '').split(',').filter(Boolean);
  const runs = [
    ...lines.map((line) => ({ name: `ct ${line.name}`, line, what: 'ct', cold: false })),
    ...[lines[0], lines[2]].map((line) => ({ name: `cold ${line.name}`, line, what: 'ct', cold: true })),
    { name: 'loop lan', line: lines[0], what: 'loop', cold: false },
    { name: 'loop 4M', line: lines[2], what: 'loop', cold: false },
  ].filter((r) => only.length === 0 || only.some((text) => r.name.includes(text)));
  const world = await openViewerWorld({ slices, loop, pages: process.env.OHIF });
  try {
    for (let round = 0; round < rounds; round++) {
      for (const run of runs) {
        const both = round % 2 ? [ohif, yilian] : [yilian, ohif];
        for (const viewer of both.filter((v) => !process.env.VIEWER || v.name === process.env.VIEWER)) {
          const row = await opening(world, viewer, run.line, {
            ...run,
            watchFor: run.line.name === 'lan' ? 60 : watchFor,
            slices,
          }).catch((e) => ({
            viewer: viewer.name,
            line: run.line.name,
            what: run.what,
            cold: run.cold,
            error: String(e.message ?? e),
          }));
          console.log(JSON.stringify({ name: run.name, ...row }));
        }
      }
    }
  } finally {
    await world.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
