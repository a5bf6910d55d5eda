/** A consult between Firefox and Chromium over the real server: both see and hear, look at images together, and come back after the signalling was lost. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import puppeteer from '../app/node_modules/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js';
import { launch, person, phone } from './browser.mjs';
import { askFor, received, spy } from './consulting.mjs';
import { password, root, start, studiesSent, until } from './program.mjs';

let program;
let chromium;
let firefox;

before(async () => {
  program = await start();
  chromium = await launch();
  firefox = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: {
      'intl.accept_languages': 'zh-CN',
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
    },
  });
  await studiesSent(program);
});

after(async () => {
  await firefox?.close();
  await chromium?.close();
  await program?.stop();
});

/** A page of Firefox in which somebody is signed in. What goes wrong in it is collected in `faults`. */
async function inFirefox(login) {
  const page = await firefox.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  const faults = [];
  // Firefox tells of many relays, and of a refused request, as of errors.
  const harmless = /five or more STUN\/TURN servers|Failed to load resource/;
  page.on('pageerror', (e) => harmless.test(String(e)) || faults.push(String(e)));
  page.on('console', (m) => m.type() !== 'error' || harmless.test(m.text()) || faults.push(m.text()));
  // As `spy` for Playwright; the sockets, too, so that one can be lost.
  await page.evaluateOnNewDocument(() => {
    const Real = window.RTCPeerConnection;
    window.__peers = [];
    window.RTCPeerConnection = class extends Real {
      constructor(...args) {
        super(...args);
        window.__peers.push(this);
      }
    };
    const Socket = window.WebSocket;
    window.__sockets = [];
    window.WebSocket = class extends Socket {
      constructor(...args) {
        super(...args);
        if (String(args[0]).includes('/rtc')) window.__sockets.push(this);
      }
    };
  });
  await page.goto(`${program.http}/`);
  await page.locator('input[autocomplete="username"]').fill(login);
  await page.locator('input[type="password"]').fill(password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.bar-brand');
  return { page, faults };
}

const see = async (page, name) => {
  await mkdir(`${root}/artefacts/screenshots`, { recursive: true });
  await page.screenshot({ path: `${root}/artefacts/screenshots/${name}.png` });
};

/** Presses what is labelled so, when it is there. */
const press = (page, selector) => page.locator(selector).setTimeout(30_000).click();

async function grows(page, what) {
  const first = await received(page);
  let now;
  await until(
    async () => {
      now = await received(page);
      return now.frames > first.frames + 20 && now.energy > first.energy;
    },
    30_000,
    () => `${what}: no media: ${JSON.stringify(first)} then ${JSON.stringify(now)}`,
  );
}

test('Firefox and Chromium see, hear and keep one another', async () => {
  const shi = await person(chromium, program.http, 'shiqiao', phone);
  await spy(shi.context);
  await shi.page.reload();
  const zhou = await inFirefox('zhou');
  await askFor(shi.page, program.http);
  await press(zhou.page, '.ring-card button ::-p-text(接诊)');
  await until(() => /\/requests\//.test(zhou.page.url()), 20_000);
  await press(zhou.page, '.lobby-do .y-btn-primary');
  await shi.page.locator('.stage-main video').waitFor({ timeout: 40_000 });
  await zhou.page.waitForSelector('.stage-main video', { timeout: 40_000 });
  await grows(zhou.page, 'Firefox');
  await grows(shi.page, 'Chromium');
  await see(zhou.page, 'firefox-1-call');

  // The images: what Firefox opens Chromium follows.
  await press(zhou.page, '.controls button ::-p-text(影像)');
  const drawn = '[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])';
  await zhou.page.waitForSelector(drawn, { timeout: 40_000 });
  await shi.page.locator(drawn).waitFor({ timeout: 40_000 });
  await see(zhou.page, 'firefox-2-images');

  // The signalling is lost on the one side, then on the other; the talk goes on meanwhile and afterwards.
  const sockets = () => zhou.page.evaluate(() => window.__sockets.map((s) => s.readyState));
  const peers = () => zhou.page.evaluate(() => window.__peers.length);
  const transports = await peers();
  await zhou.page.evaluate(() => window.__sockets.at(-1).close());
  await until(
    async () => {
      const all = await sockets();
      return all.length === 2 && all[1] === 1;
    },
    15_000,
    async () => 'Firefox does not connect again',
  );
  await grows(zhou.page, 'Firefox after the socket was lost');
  await grows(shi.page, 'Chromium after the socket was lost');
  assert.equal(await peers(), transports, 'the media were made anew');
  await press(zhou.page, '[role="tab"] ::-p-text(文字)');
  await zhou.page.locator('.chat input, .chat textarea').fill('能听到吗');
  await zhou.page.keyboard.press('Enter');
  await shi.page.locator('.controls').getByText('文字').click();
  await shi.page.getByText('能听到吗').waitFor({ timeout: 15_000 });

  // Chromium's page dies and comes back.
  await shi.page.reload();
  await grows(shi.page, 'Chromium after a reload');
  await grows(zhou.page, 'Firefox after the other side came back');
  await see(zhou.page, 'firefox-3-back');
  assert.deepEqual([...zhou.faults, ...shi.faults], []);
  await shi.close();
});
