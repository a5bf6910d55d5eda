/** Devices and windows in a talk: a camera that is refused, lost or plugged in, a hidden tab, the picture in a window of its own. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { more, received, spy } from './consulting.mjs';
import { start, until } from './program.mjs';

let program;
let browser;
let other; // Dr. Shi, who stays in the room throughout
let id;

before(async () => {
  program = await start({ flags: ['--empty'] });
  browser = await launch();
  other = await person(browser, program.http, 'shiqiao', desktop);
  const zhou = await person(browser, program.http, 'zhou', desktop);
  const r = await post(other.page, '/api/requests', {
    patient: { name: '丙', sex: 'F', birthDate: '1950-01-01' },
    kind: 'urgent',
    specialty: 'neurology',
    summary: '头晕',
    consent: { given: true },
    submit: true,
  });
  ({ id } = r);
  await post(zhou.page, `/api/requests/${id}/accept`, { version: 0 });
  await zhou.close();
  await spy(other.context);
  await other.page.goto(`${program.http}/requests/${id}`);
  await other.page.locator('.controls').waitFor({ timeout: 30_000 });
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

const post = (page, path, body) =>
  page.evaluate(
    async ([p, b]) => {
      const { csrf } = await (await fetch('/api/session')).json();
      const answer = await fetch(p, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Csrf-Token': csrf },
        body: JSON.stringify(b),
      });
      if (!answer.ok) throw new Error(`${p}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [path, body],
  );

/** Dr. Zhou before the room; `prepare` runs in the page before anything of it does. */
async function zhouBefore(prepare = () => undefined) {
  const zhou = await person(browser, program.http, 'zhou', desktop);
  await spy(zhou.context);
  await zhou.context.addInitScript(prepare);
  await zhou.page.goto(`${program.http}/requests/${id}`);
  await zhou.page.locator('.lobby').waitFor({ timeout: 20_000 });
  return zhou;
}

/** Goes in and waits until both see each other. */
async function enter(zhou, { seen = true } = {}) {
  await zhou.page.locator('.lobby-do .y-btn-primary').click({ timeout: 20_000 });
  await zhou.page.locator('.stage-main video').waitFor({ timeout: 30_000 });
  if (seen) await other.page.locator('.stage-main video').waitFor({ timeout: 30_000 });
}

async function grows(page, what, frames = 8) {
  const first = await received(page);
  await until(
    async () => (await received(page)).frames > first.frames + frames,
    20_000,
    () => `${what}: no pictures`,
  );
}

test('a person who refuses the camera is told how to allow it, and takes part by voice', async () => {
  const zhou = await zhouBefore(() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wish) =>
      wish.video ? Promise.reject(new DOMException('', 'NotAllowedError')) : open(wish);
  });
  await zhou.page.getByText('浏览器没有获准使用摄像头或麦克风', { exact: false }).first().waitFor({ timeout: 10_000 });
  await shot(zhou.page, 'devices-1-refused');
  await enter(zhou, { seen: false });
  await other.page.getByText('摄像头已关').waitFor({ timeout: 15_000 });
  const first = await received(other.page);
  await until(
    async () => (await received(other.page)).energy > first.energy,
    15_000,
    () => 'is not heard',
  );
  assert.ok(
    await zhou.page
      .locator('.controls')
      .getByRole('button', { name: /摄像头/ })
      .isDisabled(),
  );
  assert.deepEqual(zhou.faults, []);
  await zhou.close();
});

test('a camera that is lost is said so, and what is plugged in takes its place', async () => {
  const zhou = await zhouBefore();
  await enter(zhou);
  await grows(other.page, 'before');
  // The cable comes out: the browser ends the track and lists the device no more.
  await zhou.page.evaluate(() => {
    const { mediaDevices } = navigator;
    const [camera] = window.__peers
      .at(-1)
      .getSenders()
      .map((s) => s.track)
      .filter((track) => track?.kind === 'video');
    window.__list = mediaDevices.enumerateDevices.bind(mediaDevices);
    window.__open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (wish) =>
      wish.video ? Promise.reject(new DOMException('', 'NotFoundError')) : window.__open(wish);
    mediaDevices.enumerateDevices = async () => (await window.__list()).filter((d) => d.kind !== 'videoinput');
    camera.stop();
    camera.dispatchEvent(new Event('ended'));
    mediaDevices.dispatchEvent(new Event('devicechange'));
  });
  await zhou.page.getByText('摄像头断开了', { exact: false }).waitFor({ timeout: 10_000 });
  await shot(zhou.page, 'devices-2-lost');
  await other.page.getByText('摄像头已关').waitFor({ timeout: 15_000 });
  // Plugged in again.
  await zhou.page.evaluate(() => {
    navigator.mediaDevices.enumerateDevices = window.__list;
    navigator.mediaDevices.getUserMedia = window.__open;
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  });
  await other.page.locator('.stage-main video').waitFor({ timeout: 20_000 });
  await grows(other.page, 'after the camera was plugged in');
  assert.deepEqual(zhou.faults, []);
  await zhou.close();
});

test('a hidden tab wants no pictures and says so; the picture in a window of its own goes on', async () => {
  const zhou = await zhouBefore(() => {
    window.__hidden = false;
    Object.defineProperty(document, 'visibilityState', { get: () => (window.__hidden ? 'hidden' : 'visible') });
    Object.defineProperty(document, 'hidden', { get: () => window.__hidden });
    // The window above the others, as a frame of this page: a headless browser opens none.
    const floating = {
      requestWindow: async () => {
        const frame = document.createElement('iframe');
        frame.id = 'small';
        Object.assign(frame.style, {
          position: 'fixed',
          right: '20px',
          bottom: '120px',
          width: '320px',
          height: '200px',
          zIndex: 99,
        });
        document.body.append(frame);
        const small = frame.contentWindow;
        small.close = () => {
          small.dispatchEvent(new Event('pagehide'));
          frame.remove();
        };
        return small;
      },
    };
    Object.defineProperty(window, 'documentPictureInPicture', { get: () => floating });
  });
  await enter(zhou);
  await grows(zhou.page, 'before');
  const hide = (hidden) =>
    zhou.page.evaluate((now) => {
      window.__hidden = now;
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  const still = async (what) => {
    await until(
      async () => {
        const before = (await received(zhou.page)).frames;
        await zhou.page.waitForTimeout(1200);
        return (await received(zhou.page)).frames - before <= 1;
      },
      20_000,
      () => `${what}: pictures are sent that nobody sees`,
    );
  };
  await hide(true);
  await still('hidden');
  await hide(false);
  await grows(zhou.page, 'shown again');

  await more(zhou.page, '小窗');
  await zhou.page.frameLocator('#small').locator('video').waitFor({ timeout: 10_000 });
  await shot(zhou.page, 'devices-3-small');
  await hide(true);
  await zhou.page.waitForTimeout(1500);
  await grows(zhou.page, 'in the small window');
  await hide(false);
  await more(zhou.page, '小窗');
  await zhou.page.locator('#small').waitFor({ state: 'detached' });
  await hide(true);
  await still('hidden without the small window');
  assert.deepEqual([...zhou.faults, ...other.faults], []);
  await zhou.close();
});
