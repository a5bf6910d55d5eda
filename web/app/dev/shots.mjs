// Looks at the pages of a running demo: `yilian demo`, then `npm run shots -- [address] [name …]`.
// Writes dev/shots/NAME-LANGUAGE-SIZE.png for every page, in both languages and three sizes.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const [address = 'http://127.0.0.1:8080', ...wanted] = process.argv.slice(2);
const password = process.env.DEMO_PASSWORD ?? 'yunling-demo';
const out = fileURLToPath(new URL('./shots/', import.meta.url));
mkdirSync(out, { recursive: true });

const desk = { width: 1440, height: 900 };
const wall = { width: 1920, height: 1080 };
const phone = { width: 390, height: 844 };

const pages = [
  { name: 'sign-in', path: '/', sizes: [desk, phone] },
  { name: 'trust', path: '/trust', sizes: [desk, phone] },
  { name: 'work-requester', login: 'qingxi', path: '/', sizes: [desk, phone] },
  { name: 'ask', login: 'qingxi', path: '/requests/new', sizes: [desk, phone] },
  { name: 'orders', login: 'qingxi', path: '/orders', sizes: [desk, phone] },
  { name: 'new-order', login: 'qingxi', path: '/orders/new', sizes: [desk, phone] },
  { name: 'patients', login: 'qingxi', path: '/patients', sizes: [desk, phone] },
  { name: 'criticals', login: 'qingxi', path: '/criticals', sizes: [desk, phone] },
  { name: 'work-specialist', login: 'lin', path: '/', sizes: [desk, phone] },
  { name: 'duty', login: 'zhiban', path: '/duty', sizes: [desk, wall, phone] },
  { name: 'wall', login: 'zhiban', path: '/wall', sizes: [wall] },
  { name: 'work-coordinator', login: 'zhiban', path: '/', sizes: [desk, phone] },
  { name: 'unmatched', login: 'zhiban', path: '/unmatched', sizes: [desk, phone] },
  { name: 'studies', login: 'yuepian', path: '/studies', sizes: [desk, phone] },
  { name: 'work-reader', login: 'yuepian', path: '/', sizes: [desk, phone] },
  { name: 'readings', login: 'yuepian', path: '/readings', sizes: [desk, wall] },
  { name: 'admin-institutions', login: 'admin', path: '/admin/institutions', sizes: [desk, phone] },
  { name: 'admin-people', login: 'admin', path: '/admin/people', sizes: [desk] },
  { name: 'admin-roster', login: 'admin', path: '/admin/roster', sizes: [desk, phone] },
  { name: 'admin-devices', login: 'admin', path: '/admin/devices', sizes: [desk] },
  { name: 'admin-agreements', login: 'admin', path: '/admin/agreements', sizes: [desk] },
  { name: 'admin-tokens', login: 'admin', path: '/admin/tokens', sizes: [desk] },
  { name: 'admin-settings', login: 'admin', path: '/admin/settings', sizes: [desk] },
  { name: 'audit', login: 'audit', path: '/admin/events', sizes: [desk] },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
});
const states = new Map();

async function signedIn(login) {
  if (!login) return undefined;
  if (!states.has(login)) {
    const context = await browser.newContext();
    const answer = await context.request.post(`${address}/api/session`, { data: { login, password } });
    if (!answer.ok()) throw new Error(`${login}: ${answer.status()}`);
    states.set(login, await context.storageState());
    await context.close();
  }
  return states.get(login);
}

let failed = 0;
for (const page of pages.filter((p) => wanted.length === 0 || wanted.includes(p.name))) {
  for (const language of ['zh', 'en']) {
    const context = await browser.newContext({
      storageState: await signedIn(page.login),
      permissions: ['camera', 'microphone'],
    });
    await context.addInitScript((l) => localStorage.setItem('yilian.language', l), language);
    const tab = await context.newPage();
    tab.on('pageerror', (error) => {
      failed++;
      console.log(`${page.name} ${language}: ${error.message}`);
    });
    for (const size of page.sizes) {
      await tab.setViewportSize(size);
      await tab.goto(address + page.path);
      await tab.waitForLoadState('networkidle').catch(() => undefined);
      await tab.waitForTimeout(700);
      await tab.screenshot({ path: `${out}${page.name}-${language}-${size.width}.png` });
    }
    await context.close();
  }
}
await browser.close();
if (failed > 0) process.exitCode = 1;
