// Opens a study with a measurement report in the foreign viewer OHIF, lets it take the measurements over as its own, and tells what it made
// of them, as JSON on stdout. Usage: node ohif-marks.mjs BASE STUDY SCREENSHOTS, with playwright-core found through PLAYWRIGHT (its folder).
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [base, study, shots] = process.argv.slice(2);
const require = createRequire(join(process.env.PLAYWRIGHT, 'package.json'));
const { chromium } = require('playwright-core');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.addInitScript(() => localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour'])));
const report = { errors: [] };
try {
  page.on('pageerror', (e) => report.errors.push(String(e)));
  await page.goto(`${base}/viewer?StudyInstanceUIDs=${study}`, { waitUntil: 'domcontentloaded' });
  await page.locator('.cornerstone-canvas').first().waitFor({ timeout: 90_000 });
  await page.waitForFunction(() => window.services?.displaySetService.getActiveDisplaySets().some((d) => d.Modality === 'SR'), undefined, { timeout: 60_000 });
  await page.waitForTimeout(3000);
  Object.assign(
    report,
    await page.evaluate(async () => {
      const { displaySetService, measurementService } = window.services;
      const sr = displaySetService.getActiveDisplaySets().find((d) => d.Modality === 'SR');
      await sr.load();
      const hydratable = sr.isRehydratable;
      window.commandsManager.runCommand('hydrateStructuredReport', { displaySetInstanceUID: sr.displaySetInstanceUID });
      const measurements = measurementService.getMeasurements().map((m) => ({
        tool: m.toolName,
        label: m.label ?? '',
        points: m.points ?? [],
        instance: m.SOPInstanceUID ?? '',
      }));
      return { hydratable, shown: sr.measurements.length, measurements };
    }),
  );
  await page.waitForTimeout(2000);
  await page.screenshot({ path: join(shots, 'ohif-marks.png') });
} catch (e) {
  report.failure = String(e);
  await page.screenshot({ path: join(shots, 'ohif-marks-error.png') });
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(report));
