/** Radiographs and mammograms hang as their reader once hung another study of the kind, however the next house sends them. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { desktop, person, phone, shot } from './browser.mjs';
import { until } from './program.mjs';
import { viewing } from './viewing.mjs';
import { arrived, county, made } from './world.mjs';

const uid = '1.2.826.0.1.3680043.10.1462.99.12';
// As make.py paints them.
const greys = { PA: 3200, LL: 1600, 'R CC': 1200, 'L CC': 1800, 'R MLO': 2500, 'L MLO': 3400 };

let program;
let browser;
let tech;
let v;

before(async () => {
  const { files } = await made('hung/make.py', uid);
  ({ program, browser } = await county({ empty: true }));
  await program.send(files);
  tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  v = viewing(tech.page, program.http);
});

/** Where in a pane the picture is bright, from left to right, and which view that is; undefined while nothing is on show. */
async function seen(n) {
  await v.drawn(n);
  const found = await v
    .pane(n)
    .locator('canvas')
    .first()
    .evaluate((c) => {
      const { data } = c.getContext('2d').getImageData(0, c.height >> 1, c.width, 1);
      const row = Array.from({ length: c.width }, (_, i) => data[4 * i]);
      const max = Math.max(...row);
      const bright = row.flatMap((value, i) => (value > max * 0.9 ? [i] : []));
      return { max, from: bright[0] / c.width, to: (bright.at(-1) + 1) / c.width };
    });
  const view = Object.keys(greys).find((name) => Math.abs((greys[name] / 4096) * 255 - found.max) < 6);
  return { ...found, view };
}

const shown = (count) => Promise.all(Array.from({ length: count }, (_, n) => seen(n).then(({ view }) => view)));

const hangs = (wanted) =>
  until(
    async () => JSON.stringify(await shown(wanted.length)) === JSON.stringify(wanted),
    15_000,
    async () => `${await shown(wanted.length)} hang instead of ${wanted}`,
  );

const layout = async () => /\d×\d/.exec(await tech.page.locator('[data-testid="layout"]').textContent())[0];

async function chosen(entry) {
  await tech.page.locator('[data-testid="layout"]').click();
  await tech.page.locator('.hanging-menu').getByRole('button', { name: entry, exact: true }).click();
}

async function laid(rowsByColumns) {
  await chosen(rowsByColumns);
  await until(
    async () => (await layout()) === rowsByColumns,
    15_000,
    () => `no ${rowsByColumns}`,
  );
}

async function open(study) {
  await arrived(tech, program.http, `${uid}.${study}`);
  await tech.page.goto(`${program.http}/studies/${uid}.${study}`);
  await v.drawn();
}

/** A series goes from the strip into a pane. */
async function put(view, n) {
  await tech.page.getByTestId('thumb').filter({ hasText: view }).dragTo(v.pane(n));
  await until(
    async () => (await seen(n)).view === view,
    10_000,
    async () => `${(await seen(n)).view} stands where ${view} was put`,
  );
}

/** The chest walls of right breasts stand at the right edge of their pane, those of left ones at the left. */
async function backToBack(count) {
  for (let n = 0; n < count; n++)
    await until(
      async () => {
        const { view, from, to } = await seen(n);
        return view.startsWith('R') ? to > 0.97 && from > 0.1 : from < 0.03 && to < 0.9;
      },
      8000,
      async () => `pane ${n}: ${JSON.stringify(await seen(n))}`,
    );
}

test('a radiograph hangs as the one before was hung: by its views, not by its numbers', async () => {
  await open(1);
  await hangs(['PA', 'LL']);
  assert.equal(await layout(), '1×2');
  await laid('2×1');
  await put('LL', 0);
  await put('PA', 1);
  await chosen('X 线平片以后都这样摆');
  await tech.page.reload();
  await hangs(['LL', 'PA']);
  assert.equal(await layout(), '2×1');
  await shot(tech.page, 'hung-1-kept');
  for (const study of [2, 3]) {
    await open(study);
    await hangs(['LL', 'PA']);
    assert.equal(await layout(), '2×1', `study ${study}`);
    await shot(tech.page, `hung-2-study-${study}`);
  }
  // Each goes back to what is usual, for all.
  await chosen('恢复X 线平片的默认摆法');
  await hangs(['LL', 'PA']); // as that study has them
  assert.equal(await layout(), '1×2');
  await open(1);
  await hangs(['PA', 'LL']);
  assert.deepEqual(tech.faults, []);
});

/** Pairs of words over a picture of which one lies on the other. */
const laidOver = () =>
  tech.page.evaluate(() =>
    [...document.querySelectorAll('.viewer-overlay')].flatMap((overlay) => {
      const words = [...overlay.querySelectorAll('span, b, i')].map((e) => [e.textContent, e.getBoundingClientRect()]);
      const there = words.filter(([text, r]) => text && r.width > 0 && r.height > 0);
      return there.flatMap(([text, a], n) =>
        there
          .slice(n + 1)
          .filter(
            ([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1,
          )
          .map(([other]) => `${text} / ${other}`),
      );
    }),
  );

test('breasts hang as the ones before were hung, and their chest walls still meet', async () => {
  const { page } = tech;
  const mine = ['R MLO', 'L MLO', 'R CC', 'L CC'];
  await open(4);
  await hangs(['R CC', 'L CC', 'R MLO', 'L MLO']);
  await backToBack(4);
  await laid('1×4');
  for (const [n, view] of mine.entries()) await put(view, n);
  await backToBack(4);
  await shot(page, 'hung-3-breasts');
  await chosen('乳腺钼靶以后都这样摆');
  await page.reload();
  await hangs(mine);
  await open(5); // all four in one series
  await hangs(mine);
  assert.equal(await layout(), '1×4');
  await backToBack(4);
  await shot(page, 'hung-4-other-study');
  // It is the reader's, not the machine's.
  const other = await person(browser, program.http, 'qingxi-jishi', desktop);
  await other.page.goto(page.url());
  await other.page.locator('[data-testid="pane-3"]').waitFor({ timeout: 20_000 });
  assert.match(await other.page.locator('[data-testid="layout"]').textContent(), /^1×4/);
  await other.close();
  await page.setViewportSize(phone);
  await v.drawn();
  await until(
    async () => (await laidOver()).length === 0,
    5000,
    async () => `words lie on one another: ${await laidOver()}`,
  );
  await shot(page, 'hung-5-phone');
  await page.setViewportSize(desktop);
  await chosen('恢复乳腺钼靶的默认摆法');
  await hangs(['R CC', 'L CC', 'R MLO', 'L MLO']);
  await backToBack(4);
  assert.deepEqual(tech.faults, []);
});
