/** Whatever was sent, opening it neither freezes nor breaks the page, and runs nothing of it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { collected, ownFiles, ownIdentifiers } from './hostile/files.mjs';
import { patience, watched } from './hostile/meter.mjs';
import { openWhole } from './hostile/opening.mjs';
import { county, folder } from './world.mjs';

/** What is thrown about broken pictures reaches the console, as numbers or words. */
const told =
  /Couldn't (decode|process)|decodeTask|: (\d+|pictures: \d+|no complete palette|run lengths: .*|\d+ bytes of \d+|not decoded in \d+ ms)$/;

let program;
let browser;
let own;
let others;

before(async () => {
  const sent = await folder();
  own = await ownIdentifiers(await ownFiles(), sent);
  others = await ownIdentifiers(collected(), sent, 100);
  ({ program, browser } = await county({ empty: true }));
});

/** Sends files as a device does; answers those that were not taken. */
async function notSent(files) {
  // The sender goes on after a file that is refused, and says so at its end.
  const paths = files.map((f) => f.path);
  const { stdout } = await program.send(paths, ['--each']).catch((e) => e.cause);
  const said = new Map(stdout.split('\n').map((line) => line.split('\t').reverse()));
  return files.filter((f) => !/^(0000|B0)/.test(said.get(f.path) ?? ''));
}

/** Sends files as a program does, each by itself; answers those that were not taken, with what was said of them. */
async function notStored(tech, files) {
  const { csrf } = await tech.page.evaluate(async () => (await fetch('/api/session')).json());
  const left = [];
  for (const f of files) {
    const body = Buffer.concat([
      Buffer.from('--x\r\nContent-Type: application/dicom\r\n\r\n'),
      await readFile(f.path),
      Buffer.from('\r\n--x--\r\n'),
    ]);
    const headers = { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=x', 'X-CSRF-Token': csrf };
    const res = await tech.context.request.post(`${program.http}/dicom-web/studies`, { headers, data: body });
    if (res.status() !== 200) left.push({ ...f, why: `${res.status()} ${(await res.text()).slice(0, 300)}` });
  }
  return left;
}

/** The studies that the archive has. */
const listed = (page) =>
  page.evaluate(async () => {
    const res = await fetch('/dicom-web/studies?limit=1000', { headers: { Accept: 'application/dicom+json' } });
    return res.status === 204 ? [] : (await res.json()).map((s) => s['0020000D'].Value[0]);
  });

/** Each file comes in or is refused, and what came in opens with all that it has, or says why not. */
async function openAll(t, files) {
  const tech = await watched(browser, program);
  const before = new Set(await listed(tech.page));
  const refused = await notStored(tech, await notSent(files));
  const taken = files.filter((f) => !refused.some((r) => r.name === f.name));
  t.diagnostic(`${files.length} files: ${taken.length} taken, ${refused.length} refused`);
  for (const { name, why } of refused) t.diagnostic(`refused ${name}: ${why}`);
  const studies = new Set((await listed(tech.page)).filter((uid) => !before.has(uid)));
  // What is deflated is known by what is left over.
  const open = taken.filter((f) => studies.delete(f.study));
  const blind = taken.filter((f) => !open.includes(f));
  assert.equal(studies.size, blind.length, 'each file that was taken is a study');
  for (const study of studies) open.push({ name: blind.map((f) => f.name).join(' or '), study });

  const bad = [];
  for (const { name, study } of open) {
    const began = Date.now();
    let seen = [];
    const opening = () =>
      tech.silenceDuring(async () => {
        seen = await openWhole(tech.page, study);
      });
    // A busy machine holds a page up now and then; a file that does it does it again.
    const silence = await opening()
      .then((ms) => (ms > patience ? opening() : ms))
      .catch((e) => {
        bad.push(`${name}: ${e.message.split('\n')[0]}`);
        return 0;
      });
    t.diagnostic(`${name}: ${seen.join(' ')}, ${Date.now() - began} ms, silent ${silence} ms`);
    if (silence > patience) bad.push(`${name}: the page was silent for ${silence} ms`);
    if (await tech.page.evaluate(() => window.__ran)) bad.push(`${name}: ran a script`);
  }
  bad.push(...tech.faults.filter((f) => !told.test(f)));
  assert.deepEqual(bad, []);
  await tech.close();
}

test('files of our own that lie', { timeout: 140_000 }, (t) => openAll(t, own));

test('the collection beside the project', { timeout: 280_000 }, (t) =>
  others.length ? openAll(t, others) : t.skip('it is not there'),
);
