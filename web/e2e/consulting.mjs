/** What the tests of a consult's room have in common: two people in it, and what their browsers know of the talk. */
import { desktop, person, phone } from './browser.mjs';

/** Lets a test see the peer connections of a context's pages, and counts how often they asked for a microphone or camera. */
export const spy = (context) =>
  context.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    window.__peers = [];
    window.RTCPeerConnection = class extends Real {
      constructor(...args) {
        super(...args);
        window.__peers.push(this);
      }
    };
    window.__asked = 0;
    const { mediaDevices } = navigator;
    const open = mediaDevices?.getUserMedia.bind(mediaDevices);
    if (open)
      mediaDevices.getUserMedia = (wish) => {
        window.__asked++;
        return open(wish);
      };
  });

/** What a page has received in all: decoded pictures, and the energy of what was heard. */
export const received = (page) =>
  page.evaluate(async () => {
    const sum = { frames: 0, energy: 0 };
    for (const pc of window.__peers ?? []) {
      for (const report of (await pc.getStats()).values()) {
        if (report.type !== 'inbound-rtp') continue;
        sum.frames += report.framesDecoded ?? 0;
        sum.energy += report.totalAudioEnergy ?? 0;
      }
    }
    return sum;
  });

/** The township doctor asks for a consult about a patient of the demo county. */
export async function askFor(
  page,
  base,
  { patient = '李四', specialty = /神经内科/, summary = '突发头痛呕吐，请会诊。' } = {},
) {
  await page.goto(`${base}/requests/new`);
  await page.locator('input[type="search"]').first().fill(patient);
  await page.locator('.picker-row', { hasText: patient }).first().click({ timeout: 40_000 });
  await page.getByRole('radio', { name: '急会诊' }).click();
  await page.getByRole('radio', { name: specialty }).click();
  await page.getByLabel('一句话说明病情', { exact: false }).fill(summary);
  await page.getByText('患者或家属已知情并同意').click();
  await page.getByRole('button', { name: '发起急会诊' }).click();
  await page.waitForURL(/\/requests\/(?!new)/, { timeout: 20_000 });
}

/** Dr. Shi of the township and Dr. Zhou of the county hospital in the room of one consult. */
export async function inCall(browser, base, size = phone) {
  const shi = await person(browser, base, 'shiqiao', size);
  const zhou = await person(browser, base, 'zhou', desktop);
  for (const p of [shi, zhou]) {
    await spy(p.context);
    await p.page.reload();
  }
  await askFor(shi.page, base);
  await zhou.page.getByRole('button', { name: /接诊/ }).first().click({ timeout: 30_000 });
  await zhou.page.waitForURL(/\/requests\//, { timeout: 20_000 });
  await zhou.page.getByRole('button', { name: /进入/ }).first().click({ timeout: 20_000 });
  for (const p of [zhou, shi]) await p.page.locator('.stage-main video').waitFor({ timeout: 40_000 });
  return { shi, zhou, id: new URL(zhou.page.url()).pathname.split('/')[2] };
}

/** Presses an entry of the room's menu. */
export async function more(page, name) {
  await page.locator('.control-more').first().click();
  await page.locator('.y-menu-item', { hasText: name }).click();
}

/** How much wider than its screen a page is. */
export const tooWide = (page) =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
