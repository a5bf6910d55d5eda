/** What comes from elsewhere: key images of another maker, and what cannot be shown, which says why and is offered as it was received. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { shot } from './browser.mjs';
import { world } from './kinds/page.mjs';

const uid = '1.2.826.0.1.3680043.10.1462.99.5';

let w;
let page;

before(async () => {
  w = await world('foreign.py', uid);
  ({ page } = w.tech);
});

/** The pane that shows a series, once it shows that picture of it. */
async function shows(series, index) {
  const pane = page.locator(`.viewer-pane[data-index="${index}"][data-loading="false"]`, { hasText: `#${series}` });
  await pane.waitFor({ timeout: 10_000 });
  return pane;
}

test('key images that another maker chose are marked, listed and reached', { timeout: 60_000 }, async () => {
  await w.open(1);
  await w.drawn();
  await w.thumb(0).getByTestId('thumb-keys').getByText('1').waitFor({ timeout: 15_000 });
  await w.thumb(1).getByTestId('thumb-keys').getByText('1').waitFor();
  assert.equal(await page.getByTestId('thumb-keys').count(), 2);
  const keys = page.getByTestId('foreign-key');
  assert.equal(await keys.count(), 2);
  const [first, second] = await keys.allInnerTexts();
  assert.match(first, /CT #1 2\/5[\s\S]*For Referring Provider[\s\S]*Stenosis/);
  assert.match(second, /XA #2 5\/8/);
  await keys.nth(0).getByRole('button').click();
  const slices = await shows(1, 1);
  await slices.getByTestId('key-badge').getByText('For Referring Provider').waitFor();
  await shot(page, 'kinds-foreign-key');
  await page.keyboard.press('ArrowDown');
  assert.equal(await (await shows(1, 2)).getByTestId('key-badge').count(), 0);
  await keys.nth(1).getByRole('button').click();
  await (await shows(2, 4)).getByTestId('key-badge').getByText('For Referring Provider').waitFor();
  await shot(page, 'kinds-foreign-key-loop');
  assert.deepEqual(w.tech.faults, []);
});

test('a report among slices has its place beside them; a selection that names no frame means the whole loop', {
  timeout: 60_000,
}, async () => {
  await w.open(3);
  await w.drawn();
  assert.equal(await w.pane().getAttribute('data-count'), '5');
  const same = w.thumb(0);
  assert.equal(await same.count(), 2);
  await same.nth(1).click();
  await page.getByTestId('object-view').getByText('Kept among the slices').waitFor({ timeout: 10_000 });
  await shot(page, 'kinds-foreign-among');
  await same.nth(0).click();
  await shows(1, 2);
  const key = page.getByTestId('foreign-key');
  assert.equal(await key.count(), 1);
  assert.match(await key.innerText(), /XA #2 全部 4 帧[\s\S]*Of Interest/);
  // A key that comes with the click turns what was led to, and nothing else.
  await key.getByRole('button').evaluate(async (button) => {
    button.click();
    await Promise.resolve();
    button.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
  });
  for (const [n, next] of [[1, 'ArrowUp'], [0, 'End'], [3, 'ArrowUp'], [2]]) {
    await (await shows(2, n)).getByTestId('key-badge').getByText('Of Interest').waitFor();
    if (next) await page.keyboard.press(next);
  }
  await shows(1, 2);
  await shot(page, 'kinds-foreign-whole');
  assert.deepEqual(w.tech.faults, []);
});

/** A file without its preamble and meta information, which whoever stores it writes anew (PS3.10 7.1). */
const dataset = (file) => file.subarray(144 + file.readUInt32LE(140));

/** What a link gives is a file, and the data set that was sent, to the byte. */
async function same(link, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const got = await readFile(await download.path());
  const sent = await readFile(join(w.tmp, `${name}.dcm`));
  assert.match(download.suggestedFilename(), /\.dcm$/);
  assert.equal(got.toString('latin1', 128, 132), 'DICM', `${name}: it is no DICOM file`);
  assert.ok(dataset(got).equals(dataset(sent)), `${name}: ${got.length} bytes came of ${sent.length}`);
}

test('what cannot be shown says why, and is given as it was received', { timeout: 60_000 }, async () => {
  await w.open(2);
  await w.thumb(0).click({ timeout: 20_000 });
  const why = page.getByTestId('file-why');
  await why.getByText('厂家的私有对象（1.3.12.2.1107.5.9.1）').waitFor();
  await shot(page, 'kinds-private');
  await same(why.getByRole('link'), 'private');
  await w.thumb(1).click();
  await why.getByText('封装的文档（text/XML）').waitFor();
  await same(why.getByRole('link'), 'letter');
  await w.thumb(2).click();
  const alert = w.pane().getByRole('alert');
  await alert.getByText('1.2.840.10008.1.2.4.66 编码').waitFor({ timeout: 20_000 });
  await shot(page, 'kinds-strange');
  await same(alert.getByRole('link'), 'strange');
  // A selection is read, and given as a file, too.
  await w.open(1);
  await w.thumb(2).click({ timeout: 20_000 });
  await same(page.getByTestId('object-view').locator('a.objects-file'), 'ko1');
});
