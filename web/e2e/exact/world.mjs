/** The program with the exact phantoms, somebody who looks at them, and the reference beside. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { desktop, launch, person } from '../browser.mjs';
import { root, start, until } from '../program.mjs';

const run = promisify(execFile);
const python = '/usr/bin/python3';
const here = join(root, 'web/e2e/exact');

/** flags: of the browser. */
export async function world(study, ...flags) {
  const open = []; // what is to be closed, the last first
  const close = async () => {
    for (const end of open.reverse()) await end();
  };
  try {
    return { ...(await enter(study, flags, open)), close };
  } catch (e) {
    await close();
    throw e;
  }
}

async function enter(study, flags, open) {
  const tmp = await mkdtemp(join(tmpdir(), 'yilian-exact-'));
  open.push(() => rm(tmp, { recursive: true, force: true }));
  const { stdout } = await run(python, [join(here, 'phantoms.py'), tmp, study]);
  const phantoms = stdout
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  const program = await start({ flags: ['--empty'] });
  open.push(() => program.stop());
  const files = (await readdir(tmp)).map((n) => join(tmp, n));
  const to = ['--to', `127.0.0.1:${program.ports.dicom}`, '--calling', 'QINGXI_CT'];
  await run(join(root, 'bin/yilian'), ['send', ...to, ...files]).catch((e) => assert.fail(e.stderr || e.message));
  const browser = await launch(...flags);
  open.push(() => browser.close());
  const tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  tech.page.setDefaultTimeout(20_000);
  let there = 0;
  await until(
    async () => {
      there = await tech.page.evaluate(async (s) => {
        const res = await fetch(`/dicom-web/studies/${s}/instances?limit=1000`);
        return res.ok ? (await res.json()).length : 0;
      }, study);
      return there === files.length;
    },
    20_000,
    () => `${there} of ${files.length} pictures arrived`,
  );
  await tech.page.goto(`${program.http}/studies/${study}`);
  await tech.page.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor();

  const phantom = (name) => phantoms.find((p) => p.name === name);

  /** Questions to the reference, answered in their order. */
  async function ask(questions) {
    const child = spawn(python, [join(here, 'reference.py'), tmp], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (d) => {
      said += d;
    });
    child.stdin.end(JSON.stringify(questions));
    const code = await new Promise((done) => child.once('close', done));
    assert.equal(code, 0, 'the reference gave up');
    return JSON.parse(said);
  }

  return {
    tech,
    phantom,
    ask,
    async open(name) {
      const p = phantom(name);
      await tech.page
        .locator('[data-testid="thumb"]')
        .nth(p.n - 1)
        .click();
      await tech.page
        .locator(`[data-testid="pane-0"][aria-label="${name}"][data-loading="false"]:not([data-count="0"])`)
        .waitFor();
      return p;
    },
    middle: async (series) => (await ask([{ ask: 'middle', series }]))[0],
    /** What a plane shows, and where it says that it looks. */
    async greys(plane) {
      const grey = await plane
        .locator('canvas')
        .first()
        .evaluate((c) => {
          const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
          let all = '';
          for (let i = 0; i < data.length; i += 4) all += String.fromCharCode(data[i]);
          return { width: c.width, height: c.height, grey: btoa(all) };
        });
      const cross = (await plane.getAttribute('data-crossing')).split(' ').map(Number);
      return { ...grey, cross, mm: Number(await plane.getAttribute('data-mm')) };
    },
  };
}
