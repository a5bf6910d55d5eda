/** Whatever lies on a disc: the page looks through it without freezing, has a result for each file, and the good one among them comes in. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { before, test } from 'node:test';
import { shot } from './browser.mjs';
import { collected, ownFiles, ownIdentifiers } from './hostile/files.mjs';
import { patience, watched } from './hostile/meter.mjs';
import { county, folder } from './world.mjs';

const label = 'DISC';

let program;
let browser;
let disc; // its folder
let names; // of what lies on the disc
let good; // the study of the file that is as it should be

before(async () => {
  disc = join(await folder(), label);
  await mkdir(disc);
  const files = [...(await ownFiles()), ...collected()];
  // Two files of one instance with different contents stay as they are, and so do archives.
  const asTheyAre = files.filter(({ name }) => /(^|\/)dup_|\.zip$/.test(name));
  for (const { path } of asTheyAre) await copyFile(path, join(disc, basename(path)));
  await writeFile(join(disc, 'DICOMDIR'), 'no directory');
  const others = await ownIdentifiers(
    files.filter((f) => !asTheyAre.includes(f)),
    disc,
  );
  good = others.find(({ name }) => name === 'good.dcm').study;
  names = ['DICOMDIR', ...[...asTheyAre, ...others].map(({ path }) => basename(path))];
  ({ program, browser } = await county({ empty: true }));
});

/** Drops the disc as the file manager does. */
async function drop(page) {
  const cdp = await page.context().newCDPSession(page);
  await page.locator('.import-drop').waitFor({ timeout: 20_000 });
  const data = { items: [], files: [disc], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'])
    await cdp.send('Input.dispatchDragEvent', { type, x: 500, y: 400, data });
  await cdp.detach();
}

/** Ticks everybody who was found, and imports. */
async function importAll(page) {
  const go = page.getByRole('button', { name: '导入', exact: true });
  await go.waitFor({ timeout: 60_000 });
  for (const box of await page.locator('.import-patient input[type="checkbox"]').all())
    if (!(await box.isChecked())) await box.check();
  await go.click();
  const dialog = page.locator('dialog');
  const compared = dialog.getByRole('checkbox');
  if (await compared.count()) await compared.check();
  await dialog.getByRole('button', { name: '导入', exact: true }).click();
  await page.getByRole('heading', { name: '导入结束' }).waitFor({ timeout: 90_000 });
}

test('a disc of hostile files is looked through and imported, each with its result', {
  timeout: 200_000,
}, async (t) => {
  const tech = await watched(browser, program);
  const { page } = tech;
  const looking = await tech.silenceDuring(async () => {
    await drop(page);
    await page.locator('.import-bar').waitFor({ timeout: 60_000 });
  });
  const importing = await tech.silenceDuring(() => importAll(page));
  t.diagnostic(`${names.length} files; silent for ${looking} ms while looking, ${importing} ms while importing`);
  await shot(page, 'hostile-1-import');
  const rows = await page.locator('.import-results tbody tr').evaluateAll((all) =>
    all.map((row) => ({
      path: row.querySelector('code').textContent,
      outcome: row.dataset.outcome,
      said: row.querySelector('.import-outcome').textContent,
      why: row.cells[2].textContent,
    })),
  );
  for (const outcome of new Set(rows.map((row) => row.outcome)))
    t.diagnostic(`${outcome}: ${rows.filter((row) => row.outcome === outcome).length}`);
  // An archive is listed by what is in it, under its name.
  const has = (name) => rows.some(({ path }) => `${path}/`.startsWith(`${label}/${name.replace(/\.zip$/, '')}`));
  assert.deepEqual(
    names.filter((name) => !has(name)),
    [],
  );
  assert.ok(rows.length >= names.length, `${rows.length} results of ${names.length} files`);
  const final = /^(stored|here|twice|left|refused|unreadable|broken|other|directory)$/;
  assert.deepEqual(
    rows.filter(({ outcome, said }) => !final.test(outcome) || !said),
    [],
  );
  assert.deepEqual(
    rows.filter(({ outcome, why }) => /refused|unreadable|broken/.test(outcome) && !why),
    [],
    'a file failed without a reason',
  );
  assert.match(rows.find(({ path }) => path.endsWith('-good.dcm')).outcome, /^stored$/);
  const there = await page.evaluate(async (uid) => (await fetch(`/dicom-web/studies/${uid}/series`)).status, good);
  assert.equal(there, 200);
  assert.ok(looking < patience, `the page was silent for ${looking} ms while it looked`);
  assert.ok(importing < patience, `the page was silent for ${importing} ms while it imported`);
  assert.ok(!(await page.evaluate(() => window.__ran)), 'a script ran');
  assert.deepEqual(tech.faults, []);
  await tech.close();
});
