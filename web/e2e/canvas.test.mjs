/** What stands on the display is what the standard says of the file: each phantom's blocks against the numbers of canvas/phantoms.py. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, launch, person, shot } from './browser.mjs';
import { root, start, until } from './program.mjs';
import { drawnOnce, rest } from './viewing.mjs';

const run = promisify(execFile);
const study = '1.2.826.0.1.3680043.10.1462.99.2';
const grid = 16; // blocks along each side

let program;
const browsers = [];
let tmp;
let phantoms;
let tech;

before(async () => {
  tmp = await mkdtemp(join(tmpdir(), 'yilian-canvas-'));
  const { stdout } = await run('/usr/bin/python3', [join(root, 'web/e2e/canvas/phantoms.py'), tmp, study], {
    maxBuffer: 1 << 24,
  });
  phantoms = stdout
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  program = await start({ flags: ['--empty'] });
  await run(join(root, 'bin/yilian'), [
    'send',
    '--to',
    `127.0.0.1:${program.ports.dicom}`,
    '--calling',
    'QINGXI_CT',
    ...phantoms.map((p) => join(tmp, `${p.n}.dcm`)),
  ]).catch((e) => assert.fail(e.stderr || e.stdout || e.message));
});

const poor = { offline: false, downloadThroughput: 500_000, uploadThroughput: 500_000, latency: 120 };

/** Signs in on a browser of its own and opens the study, over a line of its own if there is one. */
async function enter(flags, line) {
  await tech?.close();
  const browser = await launch(...flags);
  browsers.push(browser);
  tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  await until(
    () =>
      tech.page.evaluate(
        async ([s, n]) => {
          const res = await fetch(`/dicom-web/studies/${s}/series`);
          return res.ok && (await res.json()).length === n;
        },
        [study, phantoms.length],
      ),
    20_000,
    () => 'the study did not arrive',
  );
  if (line) {
    const session = await tech.context.newCDPSession(tech.page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', line);
  }
  await openStudy();
}

async function openStudy() {
  await tech.page.goto(`${program.http}/studies/${study}`);
  await pane().and(tech.page.locator('[data-loading="false"]:not([data-count="0"])')).waitFor({ timeout: 30_000 });
}

after(async () => {
  await tech?.close();
  for (const b of browsers) await b.close();
  await program?.stop();
  if (tmp) await rm(tmp, { recursive: true, force: true });
});

const pane = () => tech.page.locator('[data-testid="pane-0"]');

const thumb = (p) => tech.page.locator('[data-testid="thumb"]').nth(p.n - 1);

async function open(p) {
  await thumb(p).click();
  await tech.page
    .locator(`[data-testid="pane-0"][aria-label="${p.name}"][data-loading="false"]:not([data-count="0"])`)
    .waitFor({ timeout: 10_000 });
}

/** Turns the words over the pictures until there are all of them, or none; a person's choice is kept from page to page. */
async function turnWords(which) {
  const [some, all] = ['.viewer-overlay', '.viewer-tl'].map((c) => pane().locator(c));
  await until(
    async () => {
      if ((await (which === 'all' ? all : some).count()) === (which === 'all' ? 1 : 0)) return true;
      await tech.page.keyboard.press('t');
      await drawnOnce(tech.page);
      return false;
    },
    5_000,
    () => `the words are not ${which}`,
  );
}

/**
 * The colours in the middles of the blocks of a picture that fills the pane, row by row: of the picture alone, or of the screen with all that is
 * drawn over it.
 */
async function shown(aspect, over = true) {
  const canvas = pane().locator('.viewer-canvas');
  const png = over ? (await canvas.screenshot()).toString('base64') : undefined;
  return tech.page.evaluate(
    async ([data, n, tall]) => {
      const seen = async () => {
        if (!data) return document.querySelector('[data-testid="pane-0"] canvas.cornerstone-canvas');
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        return createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      };
      const picture = await seen();
      const { width, height } = picture;
      const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      context.drawImage(picture, 0, 0);
      const side = Math.min(width, height / tall);
      const at = (i, all, size) => Math.floor(all / 2 + ((i + 0.5) / n - 0.5) * size);
      return Array.from({ length: n }, (_, j) =>
        Array.from({ length: n }, (_, i) => [
          ...context.getImageData(at(i, width, side), at(j, height, side * tall), 1, 1).data.slice(0, 3),
        ]),
      );
    },
    [png, grid, aspect],
  );
}

/** Where two displays differ by more than a tolerance, in words; undefined where they do not. */
function difference(want, have, tolerance, but = () => false) {
  let worst = 0;
  let where = '';
  let many = 0;
  for (let j = 0; j < grid; j++)
    for (let i = 0; i < grid; i++) {
      if (but(j, i)) continue;
      const far = Math.max(...want[j][i].map((v, k) => Math.abs(v - have[j][i][k])));
      if (far > tolerance) many++;
      if (far > worst) {
        worst = far;
        where = `row ${j} column ${i}: ${have[j][i]} for ${want[j][i]}`;
      }
    }
  return many > 0 ? `${many} blocks, the worst at ${where}` : undefined;
}

/** The display once it has come to rest, and how it differs. */
async function compare(p, want = p.shown, aspect = p.aspect) {
  let wrong;
  const graphic = (j, i) => p.graphic?.[j][i] === 1;
  await drawnOnce(tech.page);
  const end = Date.now() + 15_000;
  do {
    wrong = difference(want, await shown(aspect, false), p.tolerance, graphic);
  } while (wrong && Date.now() < end);
  return wrong;
}

const ways = [
  ['by the graphics card', 'card', []],
  ['by the processor', 'cpu', ['--disable-gpu', '--disable-3d-apis']],
  ['by the graphics card, over a poor line', 'poor', [], poor],
];

for (const [way, name, flags, line] of ways) {
  test(`${way}: windows, tables, signs, colours`, { timeout: 180_000 }, async (t) => {
    await enter(flags, line);
    const packed = [];
    tech.page.on('response', async (r) => {
      if (/jls/.test((await r.headerValue('content-type').catch(() => '')) ?? '')) packed.push(r.url());
    });
    const lacks = tech.page.locator('[data-testid="able"]');
    assert.equal(await lacks.count(), flags.length > 0 ? 1 : 0);
    if (flags.length > 0) await lacks.getByRole('button').click(); // it stands above the picture
    await turnWords('none');
    const wrong = [];
    for (const p of phantoms) {
      const said = await open(p)
        .then(() => compare(p))
        .catch((e) => e.message.split('\n')[0]);
      if (said) wrong.push(`${p.name}: ${said}`);
    }
    await shot(tech.page, `canvas-last-${name}`);
    for (const f of tech.faults) t.diagnostic(f);
    t.diagnostic(`${phantoms.length - wrong.length} of ${phantoms.length} within one grey level`);
    assert.deepEqual(wrong, []);
    if (line) assert.ok(packed.length > 20, `${packed.length} pictures came in JPEG-LS`);
    assert.deepEqual(tech.faults, []);
  });

  test(`${way}: graphics of a file are drawn where they say`, { timeout: 60_000 }, async () => {
    await turnWords('all');
    const yellow = [255, 214, 102];
    // Words stand at the sides, the graphics between.
    const words = (_, i) => i < 3 || i > 14;
    const shows = (what, say) =>
      until(
        async () => !difference(what, await shown(1), 1, words),
        15_000,
        () => say,
      );
    for (const p of phantoms.filter((x) => x.graphic)) {
      await open(p);
      const want = p.shown.map((row, j) => row.map((c, i) => (p.graphic[j][i] ? yellow : c)));
      await shows(want, `${p.name} as it opens`);
      await shot(tech.page, `canvas-${p.name.replaceAll(' ', '-')}-${name}`);
      await tech.page.keyboard.press('r');
      const turned = want.map((_, j) => want.map((_, i) => want[grid - 1 - i][j]));
      await shows(turned, `${p.name} turned to the right`);
      await tech.page.keyboard.press(' ');
      await shows(want, `${p.name} as it was`);
    }
    await turnWords('none');
  });

  test(`${way}: a picture is turned and flipped with its letters`, { timeout: 60_000 }, async () => {
    const p = phantoms.find((x) => x.name === 'sagittal');
    await open(p);
    await turnWords('all'); // the letters are words
    const middle = (j, i) => i < 3 || i > 12 || j < 2 || j > 13;
    const sides = async () => {
      const one = (side) => pane().locator(`.viewer-o-${side}`).textContent();
      return Promise.all(['left', 'right', 'top', 'bottom'].map(one));
    };
    const steps = [
      [undefined, (m) => m, 'A P H F'],
      ['r', (m) => m.map((_, j) => m.map((_, i) => m[grid - 1 - i][j])), 'F H A P'],
      ['f', (m) => m.map((row) => row.toReversed()), 'H F A P'],
      ['Shift+F', (m) => m.toReversed(), 'H F P A'],
    ];
    let want = p.shown;
    for (const [key, turn, letters] of steps) {
      if (key) await tech.page.keyboard.press(key);
      want = turn(want);
      await until(
        async () => !difference(want, await shown(1), 1, middle) && (await sides()).join(' ') === letters,
        15_000,
        () => `after ${key}`,
      ).catch(async (e) => {
        assert.fail(`${e.message}: ${difference(want, await shown(1), 1, middle)}; ${await sides()} for ${letters}`);
      });
    }
    await tech.page.keyboard.press(' ');
    await tech.page.keyboard.press('i');
    const dark = p.shown.map((row) => row.map((c) => c.map((v) => 255 - v)));
    await until(
      async () => !difference(dark, await shown(1), 1, middle),
      15_000,
      () => 'inverted',
    );
    await tech.page.keyboard.press(' ');
    await turnWords('none');
    assert.deepEqual(tech.faults, []);
  });

  test(`${way}: a picture that comes late is not shown for the one that is wanted`, { timeout: 60_000 }, async () => {
    await openStudy();
    const [late, wanted] = ['signed', 'MONOCHROME1'].map((n) => phantoms.find((x) => x.name === n));
    const isLate = ({ pathname }) =>
      /\/(frames|previews)/.test(pathname) && pathname.includes(`/series/${study}.${late.n}/`);
    let letGo = () => {};
    const gate = new Promise((done) => {
      letGo = done;
    });
    await tech.page.route(isLate, (route) => gate.then(() => route.continue()));
    const asked = tech.page.waitForRequest((r) => isLate(new URL(r.url())));
    await thumb(late).click();
    await asked;
    await open(wanted);
    assert.equal(await compare(wanted), undefined);
    const came = tech.page.waitForResponse((r) => isLate(new URL(r.url())));
    letGo();
    await came;
    await rest(tech.page);
    assert.equal(await pane().getAttribute('aria-label'), wanted.name);
    assert.equal(await compare(wanted), undefined);
    // Nobody waits for ever: the pane goes on.
    await open(late);
    assert.equal(await compare(late), undefined);
  });
}
