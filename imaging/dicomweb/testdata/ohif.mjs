// Drives the foreign viewer OHIF in a headless Chromium against our DICOMweb server and tells what it showed, as JSON on stdout.
// Usage: node ohif.mjs BASE STUDY LISTED SCREENSHOTS, with playwright-core found through PLAYWRIGHT (its folder).
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [base, study, listed, shots] = process.argv.slice(2);
const require = createRequire(join(process.env.PLAYWRIGHT, 'package.json'));
const { chromium } = require('playwright-core');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});
const report = { failed: [], console: [] };
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
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
  await page.locator('.cornerstone-canvas').first().waitFor({ timeout: 45_000 });
  // The picture is drawn when the canvas is no longer of one colour.
  await page.waitForFunction(() => {
    const canvas = document.querySelector('.cornerstone-canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 4; i < data.length; i += 4) if (data[i] !== data[0]) return true;
    return false;
  }, null, { timeout: 45_000 });
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
} catch (e) {
  report.error = String(e);
  await page.screenshot({ path: join(shots, 'ohif-error.png') });
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(report));
