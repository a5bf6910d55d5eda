/** The line dies in the middle of everything: it is said, nothing is lost, and all goes on by itself when it is back. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { shot } from './browser.mjs';
import { begin, broken, enter, line, lost, mended, told, v, who } from './line-cut.world.mjs';
import { until } from './program.mjs';

before(() => begin('yuepian'));

test('while a study opens: the page says so, and shows it when the line is back', async () => {
  await who.page.goto(`${line.http}/readings`);
  const row = who.page.locator('[data-testid="reading-row"]', { hasText: '胸部平扫' });
  await row.waitFor();
  let answered = 0;
  who.page.on('response', (r) => {
    if (!line.isCut && r.url().includes('/dicom-web/') && answered++ === 0) line.cutAfter(300_000);
  });
  await row.click();
  await broken();
  await lost().waitFor();
  await shot(who.page, 'line-cut-1-opening');
  await mended();
  await v.drawn();
  await until(
    async () => (await v.pane().getAttribute('data-count')) === '64',
    15_000,
    () => 'not the whole series came',
  );
  await shot(who.page, 'line-cut-2-opened');
});

test('while it is scrolled: pictures that are here are shown, those that are not say so and come by themselves', async () => {
  // Another study: nothing of it is here but the first pictures.
  await who.page.goto(`${line.http}/readings`);
  const row = who.page.locator('[data-testid="reading-row"]', { hasText: '头颅平扫' });
  await row.waitFor();
  let seen = 0;
  who.page.on('response', (r) => {
    if (!line.isCut && r.url().includes('/frames/') && seen++ === 3) line.cutAfter(700_000);
  });
  await row.click();
  await broken();
  await lost().waitFor();
  await v.pane().waitFor();
  const slider = who.page.getByRole('slider');
  await slider.fill('2');
  // On a line that was found to be slow small pictures of all of them may have come before.
  const waits = who.page.locator(':is([data-failure="offline"], [data-loading="true"], [data-preview="true"])');
  await v.pane().and(waits).waitFor();
  await shot(who.page, 'line-cut-3-scrolled');
  await slider.fill('5');
  await v.pane().and(waits).and(who.page.locator('[data-index="5"]')).waitFor();
  await mended();
  await v
    .pane()
    .and(who.page.locator('[data-index="5"][data-loading="false"][data-preview="false"]:not([data-failure])'))
    .waitFor({ timeout: 20_000 });
  await until(
    async () => Number(await who.page.locator('[data-testid="arrivals"]').getAttribute('data-pixels')) === 32,
    20_000,
    () => 'not every picture came',
  );
  assert.equal(await who.page.locator('.viewer-failure').count(), 0);
});

test('while images are taken away: the page stays, and the next try brings the whole', async () => {
  await enter('qingxi-jishi');
  await who.page.goto(`${line.http}/studies`);
  const chest = who.page.locator('tr', { hasText: 'CT' }).filter({ hasText: '胸部' }).first();
  await chest.locator('a').first().click();
  const save = async () => {
    const coming = who.page.waitForEvent('download');
    await who.page.getByRole('button', { name: '导出影像' }).click();
    await who.page.locator('dialog').getByRole('button', { name: '导出影像' }).click();
    return coming;
  };
  await v.drawn();
  await who.page.waitForLoadState('networkidle');
  line.cutAfter(600_000);
  const half = await save();
  assert.ok(await half.failure(), 'half of a file is taken for the whole');
  await told();
  assert.match(who.page.url(), /\/studies\//, 'the page is gone');
  await mended();
  const whole = await save();
  assert.equal(await whole.failure(), null);
  await promisify(execFile)('/usr/bin/python3', ['-m', 'zipfile', '-t', await whole.path()]);
});
