/** The line dies while an ECG, a document or a video opens: it is said as that, never as a fault of the file, and it opens when the line is back. */
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { shot } from './browser.mjs';
import { begin, enter, leave, line, mended, program, told, who } from './line-cut.world.mjs';
import { until } from './program.mjs';
import { arrived, paperless, sendKinds } from './world.mjs';

const uid = '1.2.826.0.1.3680043.10.1462.99.7';

before(async () => {
  await begin();
  await sendKinds(program, uid);
});
// Nobody else walks into what a test lays out before it enters.
beforeEach(leave);

const unreachable = () => who.page.locator('.desk-viewer, .study-page').getByText('连接不上服务器').first();
const never = async (words) =>
  assert.equal(await who.page.getByText(words).count(), 0, `it is said of the file: ${words}`);

/** Opens the study of a document or a video. */
async function open(study) {
  await enter('qingxi-jishi');
  await arrived(who, program.http, `${uid}.${study}`);
  await who.page.goto(`${line.http}/studies/${uid}.${study}`);
}

for (const how of ['cut', 'swallow'])
  test(`while an ECG opens (${how}): it comes by itself when the line is back`, async () => {
    await enter('xindian');
    await paperless(who.page);
    line.breakAt(/^GET [^ ]*\/bulkdata\//, 'request', how);
    await who.page.goto(`${line.http}/readings`);
    await who.page.locator('[data-testid="reading-row"]', { hasText: '十二导联心电图' }).click();
    await told();
    if (how === 'cut') await unreachable().waitFor();
    await shot(who.page, `line-cut-ecg-${how}`);
    await mended();
    await who.page.locator('[data-testid="ecg-paper"] .ecg-curve').first().waitFor({ timeout: 25_000 });
    assert.equal(await unreachable().count(), 0);
    if (how === 'swallow') return;
    // Nothing goes on paper before it is on record.
    await who.page.locator('[data-testid="ecg-earlier"] .ecg-curve').first().waitFor({ timeout: 25_000 });
    await who.page.evaluate(() => document.activeElement?.blur());
    await who.page.keyboard.press('a'); // who reads it prints it
    await who.page.locator('textarea[name="findings"]').waitFor();
    line.breakAt(/^POST [^ ]*\/prints /, 'request');
    await who.page.getByRole('button', { name: /^打印/ }).click();
    await who.page.getByText('连接不上服务器').waitFor({ timeout: 15_000 });
    await told();
    assert.equal(await who.page.evaluate(() => window.printed ?? 0), 0);
    await mended();
    await who.page.getByRole('button', { name: /^打印/ }).click();
    await until(
      () => who.page.evaluate(() => window.printed === 1),
      10_000,
      () => 'nothing was printed',
    );
  });

const page = () => who.page.locator('[data-testid="pdf"] canvas[data-drawn="true"]');

for (const [how, what] of [
  ['cut', /^GET [^ ]*\/bulkdata\//],
  ['swallow', /^GET [^ ]*\/bulkdata\//],
  ['cut', /^GET [^ ]*pdf\.worker[^ ]* /],
])
  test(`while a document opens (${how} at ${what}): it comes by itself when the line is back`, async () => {
    line.breakAt(what, 'request', how);
    await open(1);
    await told();
    if (how === 'cut') await unreachable().waitFor();
    await never('打不开');
    assert.equal(await who.page.getByTestId('file-why').count(), 0, 'it is said that nothing can show it');
    await shot(who.page, `line-cut-document-${how}`);
    await mended();
    await page().waitFor({ timeout: 25_000 });
    assert.equal(await who.page.getByTestId('file-why').count(), 0, 'it is said that nothing can show it');
  });

const video = () => who.page.locator('[data-testid="video"] video');
const stands = () =>
  until(
    () => video().evaluate((v) => v.readyState >= 2),
    25_000,
    () => 'the video does not open',
  );

test('while a video opens: it is said, and it opens when the line is back', async () => {
  line.breakAt(/^GET [^ ]*accept=video[\s\S]*range: bytes=0-\d/i, 'request');
  await open(2);
  await told();
  await unreachable().waitFor();
  await never('不能解码');
  await mended();
  await stands();
});

test('when a video itself does not come: it is said, and not blamed on the browser', async () => {
  line.breakAt(/^GET [^ ]*accept=video[\s\S]*range: bytes=(?!0-511\r)/i, 'request');
  await open(2);
  await told();
  await who.page.getByText('线路断了，视频还没有全部到达').waitFor();
  await never('不能解码');
  await shot(who.page, 'line-cut-video');
  await mended();
  await stands();
  await never('线路断了');
});

for (const how of ['cut', 'swallow'])
  test(`in the middle of a video (${how}): it goes on from where it was`, async () => {
    let parts = 0;
    await open(2);
    await stands();
    line[how]();
    await video().evaluate((v) => v.play());
    const here = await video().evaluate((v) => v.buffered.end(v.buffered.length - 1));
    assert.ok(here < 29, `all of it is here: ${here} s`);
    await told();
    parts = await video().evaluate((v) => v.currentTime);
    await mended();
    await until(
      () => video().evaluate((v) => v.buffered.length > 0 && v.readyState >= 3 && !v.error),
      25_000,
      () => 'the video has stopped',
    );
    await video().evaluate((v, to) => {
      v.currentTime = to;
    }, here + 2);
    await until(
      async () => (await video().evaluate((v) => (v.readyState >= 2 ? v.currentTime : 0))) >= here + 2,
      25_000,
      async () => `it does not reach ${here + 2} s`,
    );
    assert.ok((await video().evaluate((v) => v.currentTime)) >= parts);
    await never('不能解码');
  });
