// Drives the foreign viewer OHIF in a headless Chromium against our DICOMweb server and tells what it showed, as JSON on stdout.
// Usage: node ohif.mjs BASE STUDY LISTED CINE SCREENSHOTS, CINE being a study that moves, with playwright-core found through PLAYWRIGHT (its folder).
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [base, study, listed, cine, shots] = process.argv.slice(2);
const require = createRequire(join(process.env.PLAYWRIGHT, 'package.json'));
const { chromium } = require('playwright-core');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});
const report = { failed: [], console: [] };
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
// The tour for newcomers would stand before everything.
await page.addInitScript(() => localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour'])));

// A picture is drawn when its canvas is no longer of one colour.
async function drawn(count) {
  await page.waitForFunction(
    (wanted) => {
      const all = [...document.querySelectorAll('.cornerstone-canvas')].filter((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 4; i < data.length; i += 4) if (data[i] !== data[0]) return true;
        return false;
      });
      return all.length >= wanted;
    },
    count,
    { timeout: 60_000 },
  );
}

// The grey a little off the middle of a canvas.
async function middle(n) {
  return await page.evaluate((at) => {
    const canvas = document.querySelectorAll('.cornerstone-canvas')[at];
    const { data } = canvas.getContext('2d').getImageData(canvas.width / 2 - 20, canvas.height / 2 - 20, 1, 1);
    return data[0];
  }, n);
}

// The different greys that the middle has for some seconds.
async function moving() {
  const seen = new Set();
  for (let n = 0; n < 30; n++) {
    seen.add(await middle(0));
    await page.waitForTimeout(100);
  }
  return [...seen];
}

try {
  page.on('response', (r) => {
    if (r.url().includes('/dicom-web/') && r.status() >= 400) report.failed.push(`${r.status()} ${r.url()}`);
  });
  page.on('pageerror', (e) => report.console.push(String(e)));

  await page.goto(base + '/', { waitUntil: 'domcontentloaded' });
  await page.getByText(listed).first().waitFor({ timeout: 45_000 });
  report.listed = true;
  await page.screenshot({ path: join(shots, 'ohif-list.png') });

  await page.goto(`${base}/viewer?StudyInstanceUIDs=${study}`, { waitUntil: 'domcontentloaded' });
  await drawn(1);
  await page.waitForTimeout(1500);
  report.canvas = await page.evaluate(() => {
    const canvas = document.querySelector('.cornerstone-canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const gray = [];
    for (let i = 0; i < data.length; i += 4) gray.push(data[i]);
    return { width, height, gray };
  });
  report.thumbnails = await page.locator('img[src^="blob:"], img[src^="data:image"]').count();
  await page.screenshot({ path: join(shots, 'ohif-viewer.png') });

  // Scroll through the stack: every slice is brighter than the one before.
  await page.locator('.cornerstone-canvas').first().hover();
  report.scrolled = [await middle(0)];
  for (let n = 0; n < 4; n++) {
    await page.mouse.wheel(0, 100);
    await page.waitForTimeout(700);
    report.scrolled.push(await middle(0));
  }

  // Three planes of the volume.
  await page.goto(`${base}/viewer?StudyInstanceUIDs=${study}&hangingProtocolId=mpr`, { waitUntil: 'domcontentloaded' });
  await drawn(3);
  await page.screenshot({ path: join(shots, 'ohif-mpr.png') });
  report.planes = await page.locator('.cornerstone-canvas').count();

  // An instance of many frames plays by itself.
  await page.goto(`${base}/viewer?StudyInstanceUIDs=${cine}`, { waitUntil: 'domcontentloaded' });
  await drawn(1);
  await page.waitForTimeout(1500);
  report.played = await moving();
  await page.screenshot({ path: join(shots, 'ohif-cine.png') });
} catch (e) {
  report.error = String(e);
  await page.screenshot({ path: join(shots, 'ohif-error.png') });
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(report));
