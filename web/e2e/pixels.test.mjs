/** What the viewer decodes is what gdcm decodes: every lossless transfer syntax, pixel for pixel, through the real program. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, launch, person } from './browser.mjs';
import { root, start, until } from './program.mjs';

const run = promisify(execFile);
const lossless = new Set(
  ['', '.1', '.2', '.1.99', '.4.57', '.4.70', '.4.80', '.4.90', '.4.201', '.4.202', '.5'].map(
    (s) => `1.2.840.10008.1.2${s}`,
  ),
);
const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css' };
/** Not shown as pictures, and why: colour of 32 bits a sample is said to be impossible; segments are drawn over the pictures that they are of. */
const refused = new Map([
  ['SC_rgb_rle_32bit.dcm', /unsupported pixel format/],
  ...['deflate', 'j2k', 'rle'].map((how) => [`liver_${how}.dcm`, /shown as object/]),
]);
const study = '1.2.826.0.1.3680043.10.1462.99.1';

let program;
let browser;
let tmp;
let listed;

/** Images that come with a package of Debian, and the collection beside the project where it is there. */
function images() {
  const shipped = '/usr/lib/python3/dist-packages/pydicom/data/test_files';
  const names = [
    'CT_small',
    'MR_small',
    'MR_small_RLE',
    'MR_small_bigendian',
    'MR_small_implicit',
    'MR_small_jp2klossless',
    'MR_small_jpeg_ls_lossless',
    'JPEG-LL',
    'SC_rgb_rle',
    'SC_rgb_rle_2frame',
    'SC_rgb_rle_16bit',
    'SC_rgb_rle_16bit_2frame',
    'emri_small_RLE',
    'emri_small_jpeg_2k_lossless',
    'emri_small_jpeg_ls_lossless',
    'image_dfl',
  ];
  const own = names.map((n) => join(shipped, `${n}.dcm`)).filter((f) => existsSync(f));
  assert.ok(own.length > 8, 'python3-pydicom and its test files are not installed');
  const beside = join(root, '../shared/dicom/ts');
  const more = existsSync(beside)
    ? readdirSync(beside)
        .filter((n) => n.endsWith('.dcm'))
        .map((n) => join(beside, n))
    : [];
  const have = new Set(more.map((f) => f.split('/').at(-1)));
  return [...own.filter((f) => !have.has(f.split('/').at(-1))), ...more];
}

before(async () => {
  tmp = await mkdtemp(join(tmpdir(), 'yilian-pixels-'));
  await run(
    'node',
    [
      join(root, 'web/app/node_modules/vite/bin/vite.js'),
      'build',
      '--config',
      join(root, 'web/e2e/pixels/vite.config.mjs'),
    ],
    { cwd: join(root, 'web/app') },
  );
  const { stdout } = await run('/usr/bin/python3', [join(root, 'web/e2e/pixels/prepare.py'), tmp, study, ...images()], {
    maxBuffer: 1 << 24,
  });
  listed = stdout
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  program = await start({ flags: ['--empty'] });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await program?.stop();
  if (tmp) await rm(tmp, { recursive: true, force: true });
});

test('pixels of every lossless transfer syntax', { timeout: 240_000 }, async (t) => {
  const files = listed.map((l) => join(tmp, `${l.n}.dcm`));
  await run(join(root, 'bin/yilian'), [
    'send',
    '--to',
    `127.0.0.1:${program.ports.dicom}`,
    '--calling',
    'QINGXI_CT',
    ...files,
  ]).catch((e) => assert.fail(e.stderr || e.stdout || e.message));
  const tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  await tech.context.route('**/pixels/**', async (route) => {
    const path = new URL(route.request().url()).pathname.replace('/pixels/', '') || 'index.html';
    const body = await readFile(join(root, 'artefacts/pixels', path)).catch(() => undefined);
    await route.fulfill(
      body ? { status: 200, body, contentType: types[extname(path)] ?? 'application/octet-stream' } : { status: 404 },
    );
  });
  await until(
    () => tech.page.evaluate(async (s) => (await fetch(`/dicom-web/studies/${s}/series`)).ok, study),
    20_000,
    () => 'the study did not arrive',
  );
  await tech.page.goto(`${program.http}/pixels/index.html`);
  await tech.page.waitForFunction(() => 'run' in window);
  const answers = new Map((await tech.page.evaluate((s) => window.run(s), study)).map((a) => [a.series, a]));
  const wrong = [];
  let equal = 0;
  for (const l of listed) {
    const a = answers.get(l.series);
    const what = `${l.file} ${l.syntax} ${l.photometric}`;
    if (!a) wrong.push(`${what}: not in the study`);
    else if (refused.has(l.file)) assert.match(a.error ?? 'decoded', refused.get(l.file));
    else if (a.error) wrong.push(`${what}: ${a.error}`);
    else if (!lossless.has(l.syntax)) continue;
    else if (!l.sha) wrong.push(`${what}: no other decoder says what its pixels are`);
    else if (a.sha !== l.sha) wrong.push(`${what}: ${a.sha}, another decoder ${l.sha}, ${a.bytes} bytes`);
    else equal++;
  }
  t.diagnostic(`${equal} of ${listed.length} equal to the bit`);
  assert.deepEqual(wrong, []);
  await tech.close();
});
