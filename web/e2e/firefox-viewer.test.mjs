/** The viewer in Firefox: from the list to a picture that is turned, windowed and measured truly, kept, and reconstructed. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import puppeteer from '../app/node_modules/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js';
import { password, root, start, studiesSent, until } from './program.mjs';
import { rest } from './viewing.mjs';

let program;
let firefox;

before(async () => {
  program = await start();
  firefox = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: { 'intl.accept_languages': 'zh-CN', 'webgl.force-enabled': true },
  });
  await studiesSent(program);
});

after(async () => {
  await firefox?.close();
  await program?.stop();
});

const drawn = '[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])';

test('Firefox draws, turns, windows and measures; it is kept; planes, with WebGL and without', async () => {
  const page = await firefox.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  const faults = [];
  page.on('pageerror', (e) => faults.push(String(e)));
  page.on('console', (m) => m.type() !== 'error' || faults.push(m.text()));
  const shot = async (name) => {
    await mkdir(`${root}/artefacts/screenshots`, { recursive: true });
    await page.screenshot({ path: `${root}/artefacts/screenshots/firefox-viewer-${name}.png` });
  };
  const text = (selector) => page.$eval(selector, (e) => e.textContent);
  const says = (selector, pattern, what) =>
    until(
      async () => pattern.exec((await text(selector).catch(() => '')) ?? ''),
      10_000,
      () => what,
    );
  const index = async () => Number(await page.$eval('[data-testid="pane-0"]', (e) => e.dataset.index));

  await page.goto(`${program.http}/`);
  await page.locator('input[autocomplete="username"]').fill('yuepian');
  await page.locator('input[type="password"]').fill(password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.bar-brand');
  await page.goto(`${program.http}/readings`);
  await page.locator('[data-testid="reading-row"] ::-p-text(胸部平扫)').setTimeout(30_000).click();
  await page.waitForSelector(drawn, { timeout: 30_000 });
  const webgl = await page.evaluate(() => document.createElement('canvas').getContext('webgl2') !== null);
  const greys = await page.$eval('[data-testid="pane-0"] canvas', (c) => {
    const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
    return new Set(data.filter((_, i) => i % 4 === 0)).size;
  });
  assert.ok(greys > 30, `the picture has ${greys} greys`);
  await shot('1-opened');

  const box = await (await page.$('[data-testid="pane-0"]')).boundingBox();
  const middle = [box.x + box.width / 2, box.y + box.height / 2];
  const from = await index();
  await page.mouse.move(...middle);
  await page.mouse.wheel({ deltaY: 120 });
  await until(
    async () => (await index()) === from + 1,
    10_000,
    () => 'the wheel does not turn',
  );
  await page.keyboard.press('1');
  await says('.viewer-br', /W 1500/, 'the window did not change');
  await page.mouse.down({ button: 'right' });
  await page.mouse.move(middle[0] + 90, middle[1], { steps: 5 });
  await page.mouse.up({ button: 'right' });
  await says('.viewer-br', /W 2[01]\d\d/, 'a drag does not window');

  await page.keyboard.press('a');
  await page.waitForSelector('textarea[name="findings"]', { timeout: 15_000 });
  await page.keyboard.press('l');
  const scale = Math.min(box.width, box.height) / 380; // pixels a millimetre: the field of the chest phantom
  await page.mouse.move(middle[0] - 150, middle[1] + 20);
  await page.mouse.down();
  await page.mouse.move(middle[0], middle[1] + 20, { steps: 4 });
  await page.mouse.move(middle[0] + 150, middle[1] + 20, { steps: 4 });
  await page.mouse.up();
  await page.waitForSelector('[data-testid="marks"] li');
  await rest(page);
  const [, length] = await says('[data-testid="marks"] li', /([\d.]+) mm/, 'no length');
  assert.ok(Math.abs(length - 300 / scale) < 0.1, `${length} mm instead of ${(300 / scale).toFixed(2)}`);
  await shot('2-measured');
  await until(
    () =>
      page.evaluate(async (mm) => {
        const res = await fetch(`/api/readings/${location.pathname.split('/').pop()}/measurements`);
        return (await res.json()).items[0]?.figures?.some((f) => f.kind === 'length' && f.value === mm);
      }, Number(length)),
    15_000,
    () => 'the length is not kept',
  );

  await page.reload();
  await page.waitForSelector(drawn, { timeout: 30_000 });
  const [, again] = await says('[data-testid="marks"] li', /([\d.]+) mm/, 'the length did not come back');
  assert.equal(again, length);

  await page.keyboard.press('q');
  await page.waitForSelector('[data-testid="volume"][data-stage="whole"]', { timeout: 40_000 });
  await page.waitForSelector('[data-testid="plane-coronal"][data-filled="true"]');
  if (!webgl) assert.ok(await page.$('[data-testid="able"]'));
  await page.waitForFunction(() => {
    const canvas = document.querySelector('[data-testid="plane-coronal"] canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const light = data.filter((v, i) => i % 4 === 0 && v > 100).length;
    return light > data.length / 80;
  });
  await shot('3-planes');
  process.stderr.write(`Firefox: WebGL ${webgl ? 'there' : 'missing'}\n`);
  assert.deepEqual(faults, []);
});
