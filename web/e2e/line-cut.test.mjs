/** The line dies in the middle of everything: it is said, nothing is lost, and all goes on by itself when it is back. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, launch, person, shot } from './browser.mjs';
import { openLine } from './line-cut.proxy.mjs';
import { start, studiesSent, until } from './program.mjs';
import { viewing } from './viewing.mjs';

let program;
let data;
let browser;
let line;
let su;
let v;

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'yilian-cut-'));
  program = await start({ data });
  await studiesSent(program);
  line = await openLine(program.ports.http);
  browser = await launch();
  su = await person(browser, line.http, 'yuepian', desktop);
  su.page.setDefaultTimeout(15_000);
  v = viewing(su.page, line.http);
});

after(async () => {
  await browser?.close();
  await line?.close();
  await program?.stop();
  if (data) await rm(data, { recursive: true, force: true });
});

const lost = () => su.page.locator('.lost');
/** The line is whole, and the page says nothing else any more. */
const mended = async () => {
  line.mend();
  await lost().waitFor({ state: 'detached', timeout: 25_000 });
};

test('while a study opens: the page says so, and shows it when the line is back', async () => {
  await su.page.goto(`${line.http}/readings`);
  const row = su.page.locator('[data-testid="reading-row"]', { hasText: '胸部平扫' });
  await row.waitFor();
  let answered = 0;
  su.page.on('response', (r) => {
    if (!line.isCut && r.url().includes('/dicom-web/') && answered++ === 0) line.cutAfter(300_000);
  });
  await row.click();
  await until(
    () => line.isCut,
    15_000,
    () => 'the line was not cut',
  );
  await lost().waitFor();
  await shot(su.page, 'line-cut-1-opening');
  await mended();
  await v.drawn();
  await until(
    async () => (await v.pane().getAttribute('data-count')) === '64',
    15_000,
    () => 'not the whole series came',
  );
  await shot(su.page, 'line-cut-2-opened');
});

test('while it is scrolled: pictures that are here are shown, those that are not say so and come by themselves', async () => {
  // Another study: nothing of it is here but the first pictures.
  await su.page.goto(`${line.http}/readings`);
  const row = su.page.locator('[data-testid="reading-row"]', { hasText: '头颅平扫' });
  await row.waitFor();
  let seen = 0;
  su.page.on('response', (r) => {
    if (!line.isCut && r.url().includes('/frames/') && seen++ === 3) line.cutAfter(700_000);
  });
  await row.click();
  await until(
    () => line.cuts >= 2,
    20_000,
    () => 'the line was not cut',
  );
  await lost().waitFor();
  await v.pane().waitFor();
  const slider = su.page.getByRole('slider');
  await slider.fill('2');
  // On a line that was found to be slow small pictures of all of them may have come before.
  const waits = su.page.locator(':is([data-failure="offline"], [data-loading="true"], [data-preview="true"])');
  await v.pane().and(waits).waitFor();
  await shot(su.page, 'line-cut-3-scrolled');
  await slider.fill('5');
  await v.pane().and(waits).and(su.page.locator('[data-index="5"]')).waitFor();
  await mended();
  await v
    .pane()
    .and(su.page.locator('[data-index="5"][data-loading="false"][data-preview="false"]:not([data-failure])'))
    .waitFor({ timeout: 20_000 });
  await until(
    async () => Number(await su.page.locator('[data-testid="arrivals"]').getAttribute('data-pixels')) === 32,
    20_000,
    () => 'not every picture came',
  );
  assert.equal(await su.page.locator('.viewer-failure').count(), 0);
});

test('while images are taken away: the page stays, and the next try brings the whole', async () => {
  line.mend();
  const tech = await person(browser, line.http, 'qingxi-jishi', desktop);
  tech.page.setDefaultTimeout(15_000);
  await tech.page.goto(`${line.http}/studies`);
  const chest = tech.page.locator('tr', { hasText: 'CT' }).filter({ hasText: '胸部' }).first();
  await chest.locator('a').first().click();
  const save = async () => {
    const coming = tech.page.waitForEvent('download');
    await tech.page.getByRole('button', { name: '导出影像' }).click();
    await tech.page.locator('dialog').getByRole('button', { name: '导出影像' }).click();
    return coming;
  };
  await viewing(tech.page).drawn();
  await tech.page.waitForLoadState('networkidle');
  line.cutAfter(600_000);
  const broken = await save();
  assert.ok(await broken.failure(), 'half of a file is taken for the whole');
  await tech.page.locator('.lost').waitFor();
  assert.match(tech.page.url(), /\/studies\//, 'the page is gone');
  line.mend();
  await tech.page.locator('.lost').waitFor({ state: 'detached', timeout: 25_000 });
  const whole = await save();
  assert.equal(await whole.failure(), null);
  await promisify(execFile)('/usr/bin/python3', ['-m', 'zipfile', '-t', await whole.path()]);
  await tech.close();
});
