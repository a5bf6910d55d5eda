/** Frames that say something of their own: the pace of cines, scales of angiograms, views of scintigrams, tables and uptake of enhanced objects. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { shot } from './browser.mjs';
import { near, world } from './kinds/page.mjs';
import { root, until } from './program.mjs';

const uid = '1.2.826.0.1.3680043.10.1462.99.4';
const cath = join(root, '../shared/dicom/multiframe/XA_cath_75f_jpeg.dcm');
const cathStudy = '1.2.840.113857.1626.160635.1727.151424';

let w;
let page;

before(async () => {
  w = await world('frames.py', uid, ...(existsSync(cath) ? [cath] : []));
  ({ page } = w.tech);
});

after(() => assert.deepEqual(w?.tech.faults ?? [], []));

/** Which pictures a pane goes through, and when, in ms, for some time. */
const watched = (ms) =>
  page.evaluate(
    (ms) =>
      new Promise((done) => {
        const pane = document.querySelector('[data-testid="pane-0"]');
        const seen = [];
        const look = () => {
          const at = Number(pane.dataset.index);
          if (pane.dataset.loading === 'false' && seen.at(-1)?.at !== at) seen.push({ at, t: performance.now() });
          if (performance.now() - begun < ms) requestAnimationFrame(look);
          else done(seen);
        };
        const begun = performance.now();
        look();
      }),
    ms,
  );

/** Steps of a loop between the first and the last picture that was seen, however many were left out on a busy machine. */
function pace([, ...seen], count) {
  // The first one was there before: it came without the time that drawing takes.
  const steps = seen.slice(1).reduce((sum, s, i) => sum + ((s.at - seen[i].at + count) % count), 0);
  return (steps * 1000) / (seen.at(-1).t - seen[0].t);
}

/** All frames of the series on show have come: from then on it goes at its pace. */
async function allHere() {
  await w.pane().getByTestId('arrivals').waitFor({ state: 'hidden', timeout: 20_000 });
}

test('an angiogram plays as it was recorded', { timeout: 60_000 }, async () => {
  await w.open(1);
  await w.drawn();
  assert.deepEqual([await w.pane().getAttribute('data-rate'), await w.pane().getAttribute('data-index')], ['8', '0']);
  await allHere();
  await page.keyboard.press('c');
  await page.getByTestId('cine-rate').getByText('8 帧/秒').waitFor();
  const seen = await watched(3000);
  assert.ok(near(pace(seen, 24), 8, 0.5), `${pace(seen, 24)} frames a second`);
  assert.ok(
    seen.slice(1).every((s, i) => (s.at - seen[i].at + 24) % 24 < 12),
    'it goes backwards',
  );
  await shot(page, 'kinds-xa');
  await page.keyboard.press('c');
});

test('an angiogram has millimetres only where the file gives the body a scale', { timeout: 60_000 }, async () => {
  const drawn = async (series, warning) => {
    await w.open(1);
    await w.drawn();
    await w.thumb(series).click();
    await w.drawn();
    await w
      .pane()
      .locator('.viewer-overlay')
      .getByText(`#${series + 1}`)
      .waitFor();
    const told = w.pane().locator('.viewer-warns');
    if (warning) await told.getByText(warning).waitFor();
    else assert.equal(await told.count(), 0);
    await page.keyboard.press('l');
    const at = await w.screen(256, 256);
    await w.drag(at([100, 200]), at([160, 200]));
  };
  await drawn(0, '只有探测器间距：不按毫米测量，可先校准');
  const pixels = await w.words(/([\d.]+) px.*未校准/);
  assert.ok(near(pixels[1], 60, 0.6), pixels[0]);
  assert.ok(!/mm/.test(await w.written()));
  assert.equal(await w.pane().locator('.viewer-scale').count(), 0);
  await shot(page, 'kinds-xa-detector');
  await drawn(1, '比例为估计值，未经校准');
  const estimated = await w.words(/([\d.]+) mm.*估计比例/);
  assert.ok(near(estimated[1], 12, 0.2), estimated[0]);
  await w.pane().locator('.viewer-scale').waitFor();
  await shot(page, 'kinds-xa-estimated');
  await drawn(2, undefined);
  const calibrated = await w.words(/^([\d.]+) mm$/m);
  assert.ok(near(calibrated[1], 12, 0.2), calibrated[0]);
});

test('a calibrated catheter gives all frames of its angiogram their millimetres', { timeout: 60_000 }, async () => {
  await w.open(1);
  await w.drawn();
  const at = await w.screen(256, 256);
  await page.getByRole('button', { name: '测量', exact: true }).click();
  await page.locator('.y-menu-item', { hasText: '按已知长度校准' }).click();
  await w.drag(at([100, 60]), at([180, 60]));
  await page.locator('dialog input').fill('20');
  await page.keyboard.press('Enter');
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowDown');
  await until(
    async () => (await w.pane().getAttribute('data-index')) === '3',
    8000,
    () => 'it was not turned',
  );
  await w.drawn();
  await page.keyboard.press('l');
  await w.drag(at([100, 200]), at([160, 200]));
  const long = await w.words(/([\d.]+) mm.*人工校准/);
  assert.ok(near(long[1], 15, 0.3), long[0]);
  await shot(page, 'kinds-xa-calibrated');
});

test('fluoroscopy goes by the times of its frames, in a loop', { timeout: 60_000 }, async () => {
  await w.open(2);
  await w.drawn();
  await allHere();
  await page.keyboard.press('c');
  const seen = await watched(7500);
  await page.keyboard.press('c');
  // How long each picture stayed that came and went while it was watched.
  const stayed = seen.slice(1, -1).map((s, i) => ({ at: s.at, ms: seen[i + 2].t - s.t }));
  const of = (at) => stayed.filter((s) => s.at === at).map((s) => Math.round(s.ms));
  assert.ok(
    [2, 3, 4].every((at) => of(at).some((ms) => near(ms, 900, 250))),
    JSON.stringify(stayed),
  );
  assert.ok(
    [0, 1].every((at) => of(at).every((ms) => ms < 400)),
    JSON.stringify(stayed),
  );
  assert.ok(of(0).length > 0, 'it does not begin again');
});

test('the frames of a scintigram are named by detector and view', { timeout: 60_000 }, async () => {
  await w.open(3);
  await w.drawn();
  await w.thumb(0).click();
  await w.drawn();
  const labels = () => w.pane().getByTestId('frame-label').allTextContents();
  const named = (want) =>
    until(
      async () => JSON.stringify(await labels()) === JSON.stringify(want),
      8000,
      async () => `${await labels()} for ${want}`,
    );
  await named(['探头 1/2', '角度 1/4']);
  for (let n = 0; n < 5; n++) await page.keyboard.press('ArrowDown');
  await named(['探头 2/2', '角度 2/4']);
  await shot(page, 'kinds-nm');
  await w.thumb(1).click();
  await named(['探头 anterior']);
  assert.equal(await w.pane().getAttribute('data-rate'), '0');
  await page.keyboard.press('ArrowDown');
  await named(['探头 posterior']);
});

test('the slices of a scintigram lie in the body, are measured and make a volume', { timeout: 90_000 }, async () => {
  await w.open(6);
  await w.drawn();
  const shows = async (index) => {
    await until(
      async () => Number(await w.pane().getAttribute('data-index')) === index,
      8000,
      () => `picture ${index} was not reached`,
    );
    const grey = ((10 * (23 - index)) / 240) * 255;
    const inside = [32, 32];
    await w.shows([64, 64], [inside, [4, 32]], [grey, 0], 3);
  };
  await shows(12);
  await w.pane().getByTestId('frame-label').getByText('层 13/24').waitFor();
  await page.keyboard.press('Home');
  await shows(0);
  await page.keyboard.press('l');
  const at = await w.screen(64, 64);
  await w.drag(at([22, 22]), at([42, 22]));
  const long = await w.words(/^([\d.]+) mm$/m);
  assert.ok(near(long[1], 40, 0.5), long[0]);
  await shot(page, 'kinds-nm-slices');
  await w.rising();
  await shot(page, 'kinds-nm-planes');
});

test('each frame has its own table or window', { timeout: 60_000 }, async () => {
  const { points, greys } = JSON.parse(w.stdout);
  await w.open(4);
  await w.drawn();
  await page.keyboard.press('Home');
  for (const [n, want] of greys.entries()) {
    if (n > 0) await page.keyboard.press('ArrowDown');
    await w.shows([256, 256], points, want, 3).catch((e) => assert.fail(`frame ${n + 1}: ${e.message}`));
    if (n === 1) await shot(page, 'kinds-voi');
  }
});

test('uptake of Enhanced PET has its unit, or the reason why not', { timeout: 60_000 }, async () => {
  await w.open(5);
  for (const [n, why] of [undefined, undefined, '无 SUV：缺少体重', '无 SUV：数值不是活度'].entries()) {
    await w.drawn();
    await w.thumb(n).click();
    await w
      .pane()
      .locator('.viewer-overlay')
      .getByText(`#${n + 1}`)
      .waitFor();
    if (why) {
      await w.pane().getByText(why).waitFor();
      continue;
    }
    assert.equal(await page.getByTestId('no-suv').count(), 0);
    await w.pane().getByText('W 5 L 2.5').waitFor();
    await w.shows(
      [64, 64],
      [
        [20, 31],
        [40, 31],
        [2, 31],
      ],
      [204, 51, 255],
    ); // 1 and 4 of 5, dark where much is
    await page.keyboard.press('h');
    await page.mouse.click(...(await w.screen(64, 64))([40, 30]));
    const hot = await w.words(/([\d.]+) SUV/);
    assert.ok(near(hot[1], 4, 0.01), hot[0]);
    await shot(page, `kinds-pt-enhanced-${n}`);
  }
});

test('a catheterisation of a maker plays', { timeout: 60_000, skip: !existsSync(cath) }, async () => {
  await w.open(cathStudy);
  await w.drawn();
  assert.deepEqual([await w.pane().getAttribute('data-rate'), await w.pane().getAttribute('data-count')], ['15', '75']);
  await w.pane().getByText('无像素间距，不能测量毫米').waitFor();
  // Its table leads back to the beam and is not for looking at: the greys are those of the window alone, as the server draws them.
  const points = [
    [256, 256],
    [180, 220],
    [330, 300],
    [256, 400],
  ];
  const want = await page.evaluate(async (all) => {
    const [study, series] = [location.pathname.split('/').at(-1), `${location.pathname.split('/').at(-1)}.1`];
    const url = `/dicom-web/studies/${study}/series/${series}/instances/${series}.1/frames/1/rendered`;
    const picture = await createImageBitmap(await (await fetch(url, { headers: { Accept: 'image/png' } })).blob());
    const context = new OffscreenCanvas(512, 512).getContext('2d');
    context.drawImage(picture, 0, 0);
    return all.map(([x, y]) => context.getImageData(x, y, 1, 1).data[0]);
  }, points);
  assert.ok(Math.min(...want) < 200, `${want}`);
  await w.shows([512, 512], points, want, 12);
  await allHere();
  await page.keyboard.press('c');
  const seen = await watched(4000);
  await page.keyboard.press('c');
  assert.ok(near(pace(seen, 75), 15, 1), `${pace(seen, 75)} frames a second`);
  await shot(page, 'kinds-cath');
});
