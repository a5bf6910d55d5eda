/** Where the tests of a file take place: a program, a browser, files of their own. All of it is put away when they are over. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atEnd, launch } from './browser.mjs';
import { root, start, studiesSent, until } from './program.mjs';

const run = promisify(execFile);

/** An empty folder. */
export async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'yilian-e2e-'));
  atEnd(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** The program, with the studies of the demo county or empty, and a browser with these switches. */
export async function county({ empty = false, data, switches = [] } = {}) {
  const program = await start({ flags: empty ? ['--empty'] : [], data });
  atEnd(() => program.stop());
  const browser = await launch(...switches);
  if (!empty) await studiesSent(program);
  return { program, browser };
}

/** What a script of this folder makes of a folder's name and more: the folder, its DICOM files, and what it printed. */
export async function made(script, ...more) {
  const tmp = await folder();
  const { stdout } = await run('/usr/bin/python3', ['-B', join(root, 'web/e2e', script), tmp, ...more], {
    maxBuffer: 1 << 24,
  });
  const files = (await readdir(tmp)).filter((name) => name.endsWith('.dcm')).map((name) => join(tmp, name));
  return { tmp, files, stdout };
}

/** The objects of one line of JSON each. */
export const lines = (text) =>
  text
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));

/** A study is in the archive, for somebody who may see it; base is the program's address. */
export const arrived = ({ context }, base, study) =>
  until(
    async () => (await context.request.get(`${base}/dicom-web/studies/${study}/series`)).status() === 200,
    30_000,
    () => `study ${study} did not arrive`,
  );

/** A document, a video and raw data, sent as studies 1, 2 and 3 below an identifier. */
export async function sendKinds(program, uid) {
  const { files } = await made('line-cut.objects.py', uid);
  await program.send(files);
}

/** A study of a modality that somebody's own house made. */
export const studyOf = (who, modality) =>
  who.page.evaluate(async (m) => {
    const me = await (await fetch('/api/session')).json();
    const all = (await (await fetch('/api/studies?limit=100')).json()).items;
    return all.find((s) => s.modalities.includes(m) && s.institution === me.point.institution.short)?.uid;
  }, modality);

/** Pages do not print: they count in window.printed how often they would have. */
export const paperless = (target) =>
  target.addInitScript(() => {
    window.print = () => {
      window.printed = (window.printed ?? 0) + 1;
    };
  });
