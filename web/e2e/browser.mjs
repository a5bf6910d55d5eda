/** Real Chromium with a fake camera, signed-in people, and screenshots that are kept. */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, afterEach } from 'node:test';
import { chromium } from '../app/node_modules/playwright-core/index.mjs';
import { password, root } from './program.mjs';

export const desktop = { width: 1440, height: 900 };
export const wall = { width: 1920, height: 1080 };
export const phone = { width: 390, height: 844 };

const shots = join(root, 'artefacts/screenshots');
const launched = [];
const ends = [];

/** To be done when the tests of the file are over; what came last goes first. */
export const atEnd = (end) => ends.push(end);

after(async () => {
  for (const end of ends.reverse()) await end();
});

/** What every page showed when a test failed stays beside the other screenshots. */
afterEach(async (t) => {
  if (t.passed !== false) return;
  const pages = launched.flatMap((browser) => browser.contexts().flatMap((context) => context.pages()));
  for (const [n, page] of pages.entries()) {
    const name = `failed-${basename(process.argv[1], '.test.mjs')}-${n}`;
    t.diagnostic(`${name}.png: ${page.url()}`);
    await shot(page, name, { timeout: 10_000 }).catch((e) => t.diagnostic(`${name}: ${e.message}`));
  }
});

/** A browser; it ends with the tests of the file. */
export async function launch(...more) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      '--allow-loopback-in-peer-connection',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...more,
    ],
  });
  launched.push(browser);
  atEnd(() => browser.close());
  return browser;
}

/** A fresh browser profile in which one person is signed in. What goes wrong on its pages is collected in `faults`. */
export async function person(browser, base, login, viewport = desktop, options = {}) {
  const context = await browser.newContext({
    viewport,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    ignoreHTTPSErrors: true,
    permissions: ['camera', 'microphone', 'notifications'],
    ...options,
  });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (e) => faults.push(`${login}: ${e.message}`));
  page.on('console', (m) => {
    // A refused request is an expected answer in many tests; everything else on the console is a fault.
    if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) faults.push(`${login}: ${m.text()}`);
  });
  await page.goto(`${base}/`);
  await page.locator('input[autocomplete="username"]').fill(login);
  await page.locator('input[type="password"]').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('input[type="password"]').waitFor({ state: 'detached' });
  return { page, context, faults, login, close: () => context.close() };
}

export async function shot(page, name, options = {}) {
  await mkdir(shots, { recursive: true });
  await page.screenshot({ ...options, path: join(shots, `${name}.png`) });
}
