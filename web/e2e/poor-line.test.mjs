/** Pictures over a poor line: small ones first, pixels where somebody reads, nothing twice, and on again after the line was gone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';

let program;
let browser;
let su;
let line; // of the page

const poor = { offline: false, downloadThroughput: 500_000, uploadThroughput: 500_000, latency: 120 };
const perfect = { offline: false, downloadThroughput: -1, uploadThroughput: -1, latency: 0 };

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
  su = await person(browser, program.http, 'yuepian', desktop);
  line = await su.context.newCDPSession(su.page);
  await line.send('Network.enable');
});

after(async () => {
  await su?.close();
  await browser?.close();
  await program?.stop();
});

const pane = () => su.page.locator('[data-testid="pane-0"]');
const shown = (how) =>
  pane()
    .and(su.page.locator(`[data-loading="false"]${how}`))
    .waitFor({ timeout: 20_000 });
const arrivals = () =>
  su.page.locator('[data-testid="arrivals"]').evaluate((e) => ({
    seen: Number(e.dataset.seen),
    whole: Number(e.dataset.pixels),
    count: Number(e.dataset.count),
  }));
const state = () => pane().evaluate((e) => ({ ...e.dataset }));
const windowText = async () => /W \d+ L -?\d+/.exec(await pane().innerText())?.[0];

/** Opens a read from the list without loading the page anew. */
async function open(exam, { page } = su) {
  if (page.url().includes('/readings/')) await page.keyboard.press('Escape');
  else await page.goto(`${program.http}/readings`);
  await page.locator('[data-testid="reading-row"]', { hasText: exam }).first().click({ timeout: 30_000 });
}

test('small pictures of a whole CT come first, pixels where somebody reads, and nothing twice', async (t) => {
  await open('心脏超声'); // the code of the viewer is there
  await shown('');
  const asked = [];
  su.page.on('request', (r) => {
    if (/\/previews\?|\/frames\//.test(r.url())) asked.push(r.url());
  });
  await line.send('Network.emulateNetworkConditions', poor);
  await open('胸部平扫');
  const began = Date.now();
  await shown('[data-count="64"]');
  const first = Date.now() - began;
  await until(
    async () => (await arrivals()).seen === 64,
    15_000,
    () => 'not every slice can be seen',
  );
  const all = Date.now() - began;
  const { whole } = await arrivals();
  t.diagnostic(`first picture ${first} ms, 64 slices to scroll ${all} ms, ${whole} of them whole`);
  assert.ok(first < 15_000, `the first picture took ${first} ms`); // a shared machine: the bench has the bar of 2 s
  assert.ok(whole < 30, `${whole} slices came whole before the others could be seen`);

  // The slice that is looked at becomes whole, in its place and window.
  await su.page.keyboard.press('1');
  const before = await windowText();
  await shown('[data-preview="false"]');
  assert.equal(await windowText(), before);
  // Whole pictures wait until the small one was looked at: a slow machine would look too late.
  let letGo;
  const looked = new Promise((done) => {
    letGo = done;
  });
  await su.context.route('**/frames/**', (route) => looked.then(() => route.continue()).catch(() => undefined));
  await su.page.keyboard.press('End');
  await until(
    async () => (await state()).index === '63',
    15_000,
    () => 'the last slice was not reached',
  );
  await shown('[data-preview="true"]');
  await pane().getByText('预览').waitFor({ timeout: 15_000 });
  assert.equal(await windowText(), before);
  await shot(su.page, 'poor-line-1-preview');
  letGo();
  await su.context.unroute('**/frames/**');
  await shown('[data-preview="false"]');
  await shot(su.page, 'poor-line-2-whole');

  // The echo was still on its way when the line became poor: each series by itself.
  const numbers = asked
    .map((u) => new URL(u))
    .filter((u) => u.searchParams.has('pictures'))
    .flatMap((u) => list(u.searchParams.get('pictures')).map((n) => `${u.pathname} ${n}`));
  assert.equal(new Set(numbers).size, numbers.length, `small pictures were asked for twice: ${numbers}`);
});

/** "150,1-16" as numbers. */
function list(text) {
  return text.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

test('a line that is gone and comes back goes on where it was', async () => {
  await line.send('Network.emulateNetworkConditions', { ...poor, offline: true });
  await su.page.keyboard.press('Home');
  await shown('[data-preview]'); // small at least: it is here
  await until(
    async () => (await state()).index === '0',
    15_000,
    () => 'the first slice was not reached without a line',
  );
  assert.equal((await state()).failure, undefined);
  const { whole } = await arrivals();
  await line.send('Network.emulateNetworkConditions', perfect);
  await until(
    async () => (await arrivals()).whole > whole,
    20_000,
    () => 'nothing comes any more',
  );
  await until(
    async () => (await arrivals()).whole === 64,
    30_000,
    () => 'not every slice became whole',
  );
  await shown('[data-preview="false"]');
  // While the line is gone the browser itself tells of a socket that was tried.
  assert.deepEqual(
    su.faults.filter((f) => !/WebSocket .*ERR_INTERNET_DISCONNECTED/.test(f)),
    [],
  );
});

test('a picture whose small one the line has lost says so, comes by itself, and nothing that came is asked for again', async () => {
  await line.send('Network.emulateNetworkConditions', { ...poor, downloadThroughput: 100_000, latency: 200 });
  await open('头颅平扫');
  await shown('[data-count="32"]');
  await line.send('Network.emulateNetworkConditions', { ...poor, offline: true });
  await until(
    async () => (await arrivals()).count === 32,
    15_000,
    () => 'nothing says what has come',
  );
  const { seen } = await arrivals();
  assert.ok(seen < 32, 'every picture came before the line was lost');
  const slider = su.page.getByRole('slider');
  const failed = pane().and(su.page.locator('[data-failure="offline"][data-loading="false"]'));
  let at = 0;
  for (; at < 32 && (await failed.count()) === 0; at++) {
    await slider.fill(String(at));
    await pane()
      .and(su.page.locator(`[data-index="${at}"][data-loading="false"]`))
      .waitFor({ timeout: 10_000 });
  }
  await failed.waitFor({ timeout: 15_000 });
  await pane().getByText('线路中断，恢复后会自动显示').waitFor();
  await shot(su.page, 'poor-line-3-lost');

  const asked = [];
  su.page.on('request', (r) => {
    if (r.url().includes('pictures=')) asked.push(...list(new URL(r.url()).searchParams.get('pictures')));
  });
  await line.send('Network.emulateNetworkConditions', poor);
  await shown(`[data-index="${at - 1}"]:not([data-failure])`);
  await until(
    async () => (await arrivals()).seen === 32,
    20_000,
    () => 'not every slice can be seen',
  );
  assert.equal(new Set(asked).size, asked.length, `small pictures were asked for twice: ${asked}`);
  assert.ok(asked.length <= 32 - seen, `${asked.length} small pictures were asked for, and ${32 - seen} were missing`);
  await shown('[data-preview="false"]');
  // The browser says itself that it has no line.
  assert.deepEqual(
    su.faults.filter((f) => !/ERR_INTERNET_DISCONNECTED|pictures: 0$/.test(f)),
    [],
  );
});

test('a small picture comes where the answers were quick and the whole picture is late', async () => {
  const other = await person(browser, program.http, 'yuepian', desktop);
  let letGo;
  const seen = new Promise((done) => {
    letGo = done;
  });
  try {
    await other.context.route('**/frames/**', (route) => seen.then(() => route.continue()).catch(() => undefined));
    await open('胸部平扫', other);
    const first = other.page.locator('[data-testid="pane-0"]');
    await first.and(other.page.locator('[data-loading="false"][data-preview="true"]')).waitFor({ timeout: 20_000 });
    letGo();
    await other.context.unroute('**/frames/**');
    await first.and(other.page.locator('[data-preview="false"]')).waitFor({ timeout: 20_000 });
    assert.deepEqual(other.faults, []);
  } finally {
    letGo();
    await other.close();
  }
});
