/** Whatever was sent, opening it neither freezes nor breaks the page, and runs nothing of it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, launch, person } from './browser.mjs';
import { root, start } from './program.mjs';

const run = promisify(execFile);
const patience = 3000; // ms that the page may take to answer while it opens a study

let program;
let browser;
let tmp;

/** All files below a folder. */
function under(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? under(join(folder, e.name)) : e.name.endsWith('.dcm') ? [join(folder, e.name)] : [],
  );
}

before(async () => {
  tmp = await mkdtemp(join(tmpdir(), 'yilian-hostile-'));
  await run('/usr/bin/python3', [join(root, 'web/e2e/hostile/make.py'), tmp]);
  program = await start({ flags: ['--empty'] });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await program?.stop();
  if (tmp) await rm(tmp, { recursive: true, force: true });
});

/** How long a page takes to answer, in ms. */
async function answerOf(page) {
  const asked = Date.now();
  await page.evaluate(() => 1);
  return Date.now() - asked;
}

/** Longest time that the page left a question unanswered during ms, in ms, beyond what an empty page took meanwhile: a busy machine is no fault. */
async function longestSilence(page, empty, ms) {
  const end = Date.now() + ms;
  let worst = 0;
  while (Date.now() < end) {
    const [own, machine] = await Promise.all([answerOf(page), answerOf(empty)]);
    worst = Math.max(worst, own - machine);
    await new Promise((r) => setTimeout(r, 50));
  }
  return worst;
}

test('every study that was let in opens, or says why not', { timeout: 280_000 }, async (t) => {
  const beside = join(root, '../shared/dicom/malformed');
  const files = [...under(tmp), ...(existsSync(beside) ? under(beside) : [])];
  // The sender goes on after a file that is refused, and says so at its end.
  const { stdout, stderr } = await run(
    join(root, 'bin/yilian'),
    ['send', '--to', `127.0.0.1:${program.ports.dicom}`, '--calling', 'QINGXI_CT', ...files],
    { timeout: 60_000 },
  ).catch((e) => e);
  const tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  const studies = await tech.page.evaluate(async () =>
    (await fetch('/dicom-web/studies?includefield=00081030', { headers: { Accept: 'application/dicom+json' } })).json(),
  );
  t.diagnostic(`${files.length} files, ${studies.length} studies`);
  assert.ok(studies.length >= 6, `hardly anything was let in: this test looks at nothing\n${stdout}${stderr}`);
  const empty = await tech.context.newPage();
  const bad = [];
  for (const s of studies) {
    const name = `${s['00081030']?.Value?.[0] ?? ''} ${s['0020000D'].Value[0]}`;
    await tech.page.goto(`${program.http}/studies/${s['0020000D'].Value[0]}`);
    const silence = await longestSilence(tech.page, empty, 800);
    if (silence > patience) bad.push(`${name}: the page was silent for ${silence} ms`);
    await tech.page
      .locator('[data-testid="viewer"], .viewer-alone, [role="alert"]')
      .first()
      .waitFor({ state: 'attached', timeout: 15_000 })
      .catch(() => bad.push(`${name}: neither viewer nor reason`));
    if (await tech.page.evaluate(() => window.__ran)) bad.push(`${name}: ran a script`);
  }
  // What decoders throw about broken pictures reaches the console, as numbers or words.
  bad.push(
    ...tech.faults.filter(
      (f) =>
        !/Couldn't (decode|process)|decodeTask|: (\d+|pictures: \d+|The image does not have a complete color palette.*)$/.test(
          f,
        ),
    ),
  );
  assert.deepEqual(bad, []);
  await tech.close();
});
