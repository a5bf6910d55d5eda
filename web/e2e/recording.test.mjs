/** Two browsers talk, agree to be recorded, and play what was recorded: in step, with seeking, for those who took part and for nobody else. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';

let program;
let browser;

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program); // they bring the patients
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

const pause = (ms) => new Promise((r) => setTimeout(r, ms));

/** What a page may fetch, as its person. */
const get = (page, path) =>
  page.evaluate(async (p) => {
    const r = await fetch(p);
    return { status: r.status, body: r.ok ? await r.json() : undefined };
  }, path);

/** Where every media element of the page is: seconds, size of the picture, what was decoded of the sound. */
const elements = (page) =>
  page.locator('.playback video').evaluateAll((all) =>
    all.map((v) => ({
      at: v.currentTime,
      duration: v.duration,
      width: v.videoWidth,
      paused: v.paused,
      hidden: v.hidden,
      error: v.error?.message,
      sound: v.webkitAudioDecodedByteCount,
      frames: v.getVideoPlaybackQuality().totalVideoFrames,
    })),
  );

const position = (page) => page.locator('.playback-seek').evaluate((e) => Number(e.value) / 1000);

/** Two who are in the room of one consult. */
async function inCall() {
  const shi = await person(browser, program.http, 'shiqiao', desktop);
  const zhou = await person(browser, program.http, 'zhou', desktop);
  await shi.page.goto(`${program.http}/requests/new`);
  await shi.page.locator('input[type="search"]').first().fill('李四');
  await shi.page.locator('.picker-row', { hasText: '李四' }).first().click({ timeout: 40_000 });
  await shi.page.getByRole('radio', { name: '急会诊' }).click();
  await shi.page.getByRole('radio', { name: /神经内科/ }).click();
  await shi.page.getByLabel('一句话说明病情', { exact: false }).fill('突发头痛呕吐，请会诊。');
  await shi.page.getByText('患者或家属已知情并同意').click();
  await shi.page.getByRole('button', { name: '发起急会诊' }).click();
  await shi.page.waitForURL(/\/requests\/(?!new)/, { timeout: 20_000 });
  await zhou.page.getByRole('button', { name: /接诊/ }).first().click({ timeout: 30_000 });
  await zhou.page.waitForURL(/\/requests\//, { timeout: 20_000 });
  await zhou.page.getByRole('button', { name: /进入/ }).first().click({ timeout: 20_000 });
  for (const p of [zhou, shi]) await p.page.locator('.stage-main video').waitFor({ timeout: 40_000 });
  return { shi, zhou, request: new URL(zhou.page.url()).pathname.split('/')[2] };
}

/** Presses an entry of the room's menu. */
async function more(page, name) {
  await page.locator('.control-more').first().click();
  await page.locator('.y-menu-item', { hasText: name }).click();
}

test('a consult is recorded with consent and played', async () => {
  const { shi, zhou, request } = await inCall();
  await more(zhou.page, '请求录像');
  await zhou.page.getByRole('dialog').getByRole('button', { name: '请求录像' }).click();
  await shi.page.getByRole('button', { name: '同意', exact: true }).click({ timeout: 10_000 });
  for (const p of [zhou, shi]) await p.page.locator('.recording-on').waitFor({ timeout: 10_000 });
  await pause(3000);
  const pressed = Date.now();
  await zhou.page.keyboard.press('k'); // a mark
  await pause(6000);
  await more(zhou.page, '停止录像');
  for (const p of [zhou, shi]) await p.page.locator('.recording-on').waitFor({ state: 'detached', timeout: 10_000 });

  let recording;
  await until(
    async () => {
      [recording] = (await get(shi.page, `/api/requests/${request}/recordings`)).body.items;
      return recording?.state === 'stored';
    },
    20_000,
    () => `${JSON.stringify(recording)}\n${program.log()}`,
  );
  assert.equal(recording.files.length, 2);
  assert.deepEqual(recording.consents.map((c) => [c.person.name, c.given]).sort(), [
    ['周医生', true],
    ['石医生', true],
  ]);
  assert.ok(recording.durationMs > 8000, `${recording.durationMs} ms`);

  // The call goes on; the recording is played in a page of its own.
  const page = await shi.context.newPage();
  const ranges = [];
  page.on('response', (r) => r.url().includes('/files/') && ranges.push(r.status()));
  page.on('pageerror', (e) => shi.faults.push(`playback: ${e.message}`));
  await page.goto(`${program.http}/requests/${request}/recordings/${recording.id}`);
  await page.getByRole('button', { name: /播放/ }).click();
  await until(
    async () => (await position(page)) > 3,
    20_000,
    () => 'does not play',
  );
  const now = await elements(page);
  const want = recording.files.map((f) => f.offsetMs / 1000);
  const files = await page.locator('.playback video').evaluateAll((all) => all.map((v) => v.src.split('/').at(-1)));
  const line = now.map((e, i) => e.at + want[recording.files.findIndex((f) => f.name === files[i])]);
  assert.ok(Math.abs(line[0] - line[1]) < 0.3, `the files are ${line} on the time line`);
  for (const e of now) {
    assert.equal(e.error, undefined);
    assert.ok(e.width > 0 && e.frames > 3 && e.sound > 500 && !e.paused, JSON.stringify(e));
  }
  await shot(page, 'recording-1-playing');
  assert.match(await page.locator('.playback-mark').first().innerText(), /石医生 石桥卫生院/);
  assert.match(await page.locator('.playback-consents').innerText(), /周医生[\s\S]*同意录像/);

  // Seeking: by the mark in the list, by keys, by the line; then the picture is that of the moment.
  await page.keyboard.press(' ');
  await page.locator('.playback-moments button', { hasText: '标记' }).click();
  const mark = await position(page);
  const due = (pressed - Date.parse(recording.startedAt)) / 1000;
  assert.ok(Math.abs(mark - due) < 1.5, `the mark is at ${mark} s, not at ${due}`);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  assert.ok(Math.abs((await position(page)) - 5) < 0.2, 'five seconds forth');
  await until(
    async () =>
      (await elements(page)).every(
        (e, i) => Math.abs(e.at + want[recording.files.findIndex((f) => f.name === files[i])] - 5) < 0.25,
      ),
    8000,
    () => 'the elements did not follow',
  );
  await page.locator('.playback-seek').fill('7000');
  const before = (await elements(page)).map((e) => e.frames);
  await page.keyboard.press(' ');
  await until(
    async () => (await position(page)) > 7.8,
    10_000,
    () => 'does not go on after seeking',
  );
  // The line goes by the sound; a picture may have to be decoded from its key frame first.
  let later;
  await until(
    async () => {
      later = await elements(page);
      return later.every((e, i) => e.frames > before[i] && e.error === undefined);
    },
    10_000,
    () => `pictures stand after seeking: ${JSON.stringify(later)}, before ${before}`,
  );
  assert.ok(ranges.length > 0 && ranges.every((s) => s === 206 || s === 200), `answers ${ranges}`);
  assert.ok(ranges.includes(206), 'no range was asked for');
  await page.setViewportSize({ width: 390, height: 844 });
  await shot(page, 'recording-2-phone');
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `a phone scrolls sideways by ${over}`);

  const stranger = await person(browser, program.http, 'hewan', desktop);
  for (const path of ['', '/index', `/files/${recording.files[0].name}`]) {
    assert.equal((await get(stranger.page, `/api/recordings/${recording.id}${path}`)).status, 404);
  }
  await stranger.page.goto(`${program.http}/requests/${request}/recordings/${recording.id}`);
  await stranger.page.getByText('没有这段录像').first().waitFor({ timeout: 10_000 });
  assert.deepEqual([...zhou.faults, ...shi.faults], []);
  for (const p of [zhou, shi, stranger]) await p.close();
});
