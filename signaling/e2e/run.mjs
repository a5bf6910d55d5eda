// Calls between real browsers: node run.mjs BASE SCENARIO. Prints figures; exits non-zero when a scenario fails.
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const tools = createRequire(resolve(here, '../../web/app/package.json'));
const { chromium } = tools('playwright-core');
const [base, scenario] = process.argv.slice(2);

const flags = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--allow-loopback-in-peer-connection',
  '--disable-background-networking',
  ...(process.env.FLAGS ?? '').split(' ').filter(Boolean),
];
const browsers = [];

async function launch() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
  browsers.push(browser);
  return browser;
}

async function ticket(room, person) {
  const answer = await fetch(`${base}/ticket?room=${room}&person=${person}`);
  if (!answer.ok) throw new Error(`ticket: ${answer.status}`);
  return answer.text();
}

/** A person with a page, who has joined. */
async function enter(browser, room, person, options = {}) {
  const page = await browser.newPage();
  page.on('pageerror', (e) => fail(`${person}: ${e}`));
  await page.goto(`${base}/page.html`);
  await page.evaluate(([ticket, options]) => driver.join({ ticket, device: 'test', ...options }), [await ticket(room, person), options]);
  return {
    person,
    page,
    state: () => page.evaluate(() => driver.state()),
    figures: () => page.evaluate(() => driver.figures()),
    trace: () => page.evaluate(() => driver.trace),
    run: (f, arg) => page.evaluate(f, arg),
  };
}

function fail(message) {
  throw new Error(message);
}

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

async function until(what, ok, who = [], limitMs = 45_000) {
  const start = performance.now();
  for (;;) {
    const value = await ok();
    if (value) return performance.now() - start;
    if (performance.now() - start > limitMs) {
      for (const p of who) console.error(p.person, JSON.stringify({ state: await p.state(), figures: await p.figures(), trace: await p.trace() }));
      fail(`waited too long for: ${what}`);
    }
    await sleep(50);
  }
}

/**
 * Waits until picture and sound of `from` reach `to` and go on doing so. On a machine that is too busy for its browsers the server
 * finds the line weak and holds the picture back, as it should: then the sound must go on, and a picture must have come before.
 */
async function flows(to, from, limitMs) {
  const first = await to.figures();
  const at = (f) => [f.frames[`${from.person}/camera`] ?? 0, f.energy[`${from.person}/mic`] ?? 0];
  const [frames, energy] = at(first);
  return until(
    `${from.person} is seen and heard by ${to.person}`,
    async () => {
      const [f, e] = at(await to.figures());
      if (f >= frames + 10 && e > energy + 0.01) return true;
      const other = (await to.state()).people.find((p) => p.id === from.person);
      const held = other?.paused?.includes('camera') || other?.link === 'degraded';
      return held && f > 0 && e > energy + 0.5;
    },
    [to, from],
    limitMs,
  );
}

const both = (a, b, limitMs) => Promise.all([flows(a, b, limitMs), flows(b, a, limitMs)]);

async function pair(room, options) {
  const browser = await launch();
  const a = await enter(browser, room, 'a', options);
  const b = await enter(browser, room, 'b', options);
  await both(a, b);
  return [a, b];
}

const scenarios = {
  async two() {
    const [a, b] = await pair('two');
    await a.run(() => driver.call.say('血压 90/60'));
    await until('the chat', async () => (await b.state()).chat.some((c) => c.text === '血压 90/60'), [a, b]);
    await b.run(() => driver.call.share('note', { series: 1, frame: 7 }, { keep: true }));
    await until('the shared value', async () => (await a.state()).shared.note?.data.frame === 7, [a, b]);
    const connected = (await b.trace()).find((t) => t.what === 'media' && t.detail === 'connected');
    const frame = (await b.trace()).find((t) => t.what === 'first frame');
    console.log(`two: connected ${connected.after} ms, first frame ${frame.after} ms after join`);
  },

  async three() {
    const [a, b] = await pair('three');
    const c = await enter(a.page.context().browser(), 'three', 'c');
    await Promise.all([both(a, c), both(b, c)]);
    // A screen needs a further m-line at the sender and none at the receivers.
    await a.run(async () => {
      const canvas = document.createElement('canvas');
      canvas.width = 640;
      canvas.height = 360;
      const paint = canvas.getContext('2d');
      setInterval(() => {
        paint.fillStyle = `hsl(${performance.now() % 360} 80% 50%)`;
        paint.fillRect(0, 0, 640, 360);
      }, 100);
      driver.call.setTrack('screen', canvas.captureStream(10).getVideoTracks()[0]);
    });
    for (const p of [b, c]) {
      await until('the screen', async () => ((await p.figures()).frames['a/screen'] ?? 0) > 5, [a, p]);
    }
    await a.run(() => driver.call.setTrack('screen', null));
    await until('the end of the screen', async () => !(await b.state()).people.find((x) => x.id === 'a').streams.includes('screen'), [a, b]);
    await c.run(() => driver.call.leave());
    await until('c has left', async () => !(await a.state()).people.some((p) => p.id === 'c'), [a]);
    console.log('three: ok');
  },

  async killed() {
    const [a] = await pair('killed');
    const other = await launch();
    const c = await enter(other, 'killed', 'c');
    await both(a, c);
    await other.close(); // the process is gone without a word
    await until('c is missed', async () => (await a.state()).people.find((p) => p.id === 'c')?.link === 'interrupted', [a], 30_000);
    const again = await enter(await launch(), 'killed', 'c');
    const back = await both(a, again);
    const seats = (await a.state()).people.filter((p) => p.id === 'c').length;
    if (seats !== 1) fail(`c has ${seats} seats`);
    console.log(`killed: back after ${Math.round(Math.max(...back))} ms`);
  },

  async moved() {
    const [a, b] = await pair('moved');
    const second = await enter(await launch(), 'moved', 'b');
    await both(a, second);
    await until('the first is told', async () => (await b.state()).ended?.reason === 'moved', [b]);
    console.log('moved: ok');
  },

  async socket() {
    const [a, b] = await pair('socket');
    await fetch(`${base}/cut`);
    for (const p of [a, b]) {
      await until('both are back', async () => (await p.trace()).filter((t) => t.what === 'welcome').length === 2, [p]);
    }
    const traces = await b.trace();
    if (traces.some((t) => t.what === 'new transport' || t.what === 'ice restart')) fail('media were touched');
    await both(a, b);
    console.log('socket: ok');
  },

  async restart() {
    const [a, b] = await pair('restart');
    await fetch(`${base}/restart`);
    await until('both are back', async () => (await a.state()).phase === 'live' && (await b.state()).phase === 'live', [a, b]);
    const back = await both(a, b);
    const people = (await a.state()).people;
    if (people.length !== 1) fail(`${people.length} others`);
    console.log(`restart: media back after ${Math.round(Math.max(...back))} ms`);
  },

  async ice() {
    const [a, b] = await pair('ice');
    await b.run(() => driver.call.media.offer(true));
    await until('the answer', async () => (await b.run(() => driver.call.media.offering)) === null, [b]);
    await both(a, b);
    console.log('ice: ok');
  },

  async path() {
    const want = process.env.WANT_PATH;
    // Where nothing else is forbidden, the browser must be told to use the relay.
    const options = want.startsWith('relay') && !process.env.FLAGS ? { transport: 'relay' } : {};
    const [, b] = await pair(`path-${want}`, options);
    await until('the statistics', async () => (await b.state()).path !== '', [b]);
    const { path } = await b.state();
    if (path !== want) fail(`path ${path}, want ${want}`);
    const connected = (await b.trace()).find((t) => t.what === 'media' && t.detail === 'connected');
    console.log(`path ${path}: connected ${connected.after} ms after join`);
  },
};

try {
  await scenarios[scenario]();
} catch (e) {
  console.error(`${scenario}: ${e.stack ?? e}`);
  process.exitCode = 1;
} finally {
  await Promise.all(browsers.map((b) => b.close()));
}
