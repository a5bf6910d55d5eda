/** Pictures that are more than slices: regions of ultrasound, uptake, four views of breasts, videos, photographs, enhanced objects. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { person, phone, shot } from './browser.mjs';
import { near, world } from './kinds/page.mjs';
import { until } from './program.mjs';

const uid = '1.2.826.0.1.3680043.10.1462.99.3';

let all;
let program;
let browser;
let tech;
const pane = (n) => all.pane(n);
const drawn = (n) => all.drawn(n);
const thumb = (n) => all.thumb(n);
const open = (study) => all.open(study);
const screen = (columns, rows) => all.screen(columns, rows);
const drag = (from, to) => all.drag(from, to);
const words = (pattern) => all.words(pattern);
const line = (...of) => all.line(...of);

before(async () => {
  all = await world('make.py', uid);
  ({ program, browser, tech } = all);
});

test('ultrasound is measured by its regions', { timeout: 60_000 }, async () => {
  await open(1);
  await drawn();
  const at = await screen(640, 480);
  assert.equal(await tech.page.locator('[data-testid="flow"]').textContent(), '彩色血流');
  await tech.page.keyboard.press('l');
  await drag(at([10, 150]), at([170, 130]));
  const beat = await words(/时间 ([\d.]+) s.*深度 ([\d.]+) mm.*心率 (\d+) bpm/);
  assert.ok(near(beat[1], 0.8, 0.01) && near(beat[2], 10, 0.5) && near(beat[3], 75, 1), beat[0]);
  await drag(at([350, 100]), at([370, 40]));
  const rise = await words(/差值 ([\d.]+) cm\/s.*斜率 ([\d.]+) cm\/s²/);
  assert.ok(near(rise[1], 60, 1) && near(rise[2], 600, 40), rise[0]);
  await drag(at([50, 300]), at([150, 300]));
  const flow = await words(/^([\d.]+) mm$/m);
  assert.ok(near(flow[1], 20, 0.3), flow[0]);
  await drag(at([280, 200]), at([360, 200]));
  await words(/跨越两个超声区域/);
  await drag(at([400, 300]), at([500, 300]));
  await words(/坐标轴未知/);
  await tech.page.keyboard.press('h');
  await tech.page.mouse.click(...at([500, 20]));
  const speed = await words(/流速 ([\d.]+) cm\/s.*压差 ([\d.]+) mmHg/);
  assert.ok(near(speed[1], 100, 1) && near(speed[2], 4, 0.1), speed[0]);
  await shot(tech.page, 'kinds-us');
});

test('uptake has its windows, its colours and its unit; what is missing is said', { timeout: 60_000 }, async () => {
  await open(2);
  await drawn();
  await thumb(0).click();
  await tech.page.keyboard.press('t');
  await pane().getByText('W 5 L 2.5').waitFor({ timeout: 10_000 });
  const read = async () => {
    const at = await screen(64, 64);
    const box = await pane().locator('.viewer-canvas').boundingBox();
    const part = ([x]) => (at([x, 31])[0] - box.x) / box.width;
    return line(0, (at([0, 31])[1] - box.y) / box.height, [part([20, 31]), part([40, 31]), part([2, 31])]);
  };
  const wanted = async (want) => {
    let have;
    await until(
      async () => {
        have = await read();
        return want.every((c, i) => c.every((v, k) => Math.abs(v - have[i][k]) <= 2));
      },
      15_000,
      () => `${JSON.stringify(have)} for ${JSON.stringify(want)}`,
    );
  };
  const grey = (v) => [v, v, v];
  await wanted([grey(204), grey(51), grey(255)]); // 1 and 4 of 5, dark where much is
  await tech.page.keyboard.press('h');
  await tech.page.mouse.click(...(await screen(64, 64))([40, 30]));
  const hot = await words(/([\d.]+) SUV/);
  assert.ok(near(hot[1], 4, 0.01), hot[0]);
  await tech.page.keyboard.press('3');
  await pane().getByText('W 10 L 5').waitFor();
  await wanted([grey(229.5), grey(153), grey(255)]);
  await shot(tech.page, 'kinds-pt');
  await tech.page.keyboard.press('Shift+I');
  await pane().getByText('热金属').waitFor();
  await wanted([
    [51, 0, 0],
    [204, 0, 0],
    [0, 0, 0],
  ]);
  await shot(tech.page, 'kinds-pt-hot');
  await thumb(1).click();
  await pane().getByText('无 SUV：缺少体重').waitFor({ timeout: 10_000 });
});

test('breasts hang back to back at one scale', { timeout: 60_000 }, async () => {
  await open(3);
  for (const n of [0, 1, 2, 3]) await drawn(n);
  const names = await Promise.all([0, 1, 2, 3].map((n) => pane(n).getAttribute('aria-label')));
  assert.deepEqual(names, ['R CC', 'L CC', 'R MLO', 'L MLO']);
  await tech.page.keyboard.press('t');
  await tech.page.keyboard.press('t');
  const widths = [];
  await until(
    async () => {
      for (const n of [0, 1, 2, 3]) {
        const row = await line(n, 0.5);
        const bright = row.map(([v], i) => (v > 60 ? i : -1)).filter((i) => i >= 0);
        const [first, last] = [bright[0] ?? -1, bright.at(-1) ?? -1];
        const wall = n % 2 === 0 ? last > row.length - 6 : first >= 0 && first < 6;
        if (!wall) return false;
        widths[n] = last - first;
      }
      return true;
    },
    8000,
    () => `the chest walls do not meet: ${widths}`,
  ).catch(async (e) => {
    await shot(tech.page, 'kinds-mg');
    throw e;
  });
  await shot(tech.page, 'kinds-mg');
  for (const n of [0, 1]) {
    const ratio = widths[n + 2] / widths[n];
    assert.ok(near(ratio, 126 / 94.5, 0.05), `MLO is ${ratio} times as wide as CC: ${widths}`);
  }
});

test('a video plays, step by step; one that cannot says why and is offered', { timeout: 60_000 }, async () => {
  const ranges = [];
  tech.page.on('response', (r) => r.url().includes('accept=video') && ranges.push(r.status()));
  await open(4);
  await thumb(0).click({ timeout: 20_000 });
  const video = tech.page.locator('[data-testid="video"] video');
  await video.waitFor({ timeout: 15_000 });
  await until(
    () => video.evaluate((v) => v.readyState >= 2),
    10_000,
    () => 'no picture came',
  );
  assert.equal(await video.evaluate((v) => [v.videoWidth, v.videoHeight, Math.round(v.duration)].join()), '320,240,2');
  const now = () => video.evaluate((v) => v.currentTime);
  await tech.page.getByRole('button', { name: '下一帧' }).click();
  await tech.page.getByRole('button', { name: '下一帧' }).click();
  assert.ok(near(await now(), 2.5 * 0.04, 0.001));
  await tech.page.getByRole('button', { name: '上一帧' }).click();
  assert.ok(near(await now(), 1.5 * 0.04, 0.001));
  await tech.page.getByLabel('速度').selectOption('2');
  await tech.page.getByLabel('循环').check();
  assert.deepEqual(await video.evaluate((v) => [v.playbackRate, v.loop]), [2, true]);
  await shot(tech.page, 'kinds-video');
  await video.evaluate((v) => v.play());
  await until(
    async () => (await now()) > 0.5,
    15_000,
    () => 'it does not play',
  );
  assert.ok(ranges.length > 1 && ranges.every((s) => s === 206), `${ranges}`);
  await thumb(1).click();
  const why = tech.page.locator('[data-testid="video-why"]');
  await why.getByText('MPEG-2').waitFor({ timeout: 10_000 });
  assert.equal(await why.getByRole('link').count(), 2);
  await shot(tech.page, 'kinds-video-why');
});

test('a photograph is in colour and has no scale', { timeout: 60_000 }, async () => {
  await open(5);
  await drawn();
  let seen;
  await until(
    async () => {
      seen = await line(0, 0.5, [0.45, 0.55]);
      const [left, right] = seen;
      return right[0] > left[0] + 10 && left[2] > right[2] + 10;
    },
    15_000,
    () => JSON.stringify(seen),
  );
  assert.equal(await tech.page.locator('.viewer-scale').count(), 0);
  await pane().getByText('无像素间距').waitFor();
  await shot(tech.page, 'kinds-photo');
  assert.deepEqual(tech.faults, []);
});

test('the frames of an enhanced CT are a stack and a volume, each with its own place and values', {
  timeout: 90_000,
}, async () => {
  await open(6);
  await drawn();
  /** The grey in the middle of a picture, n slices from the feet. */
  const shows = async (index) => {
    const want = ((10 * (23 - index)) / 240) * 255;
    let seen;
    await until(
      async () => {
        const at = await pane().getAttribute('data-index');
        const [[inside], [outside]] = await line(0, 0.5, [0.5, 0.2]);
        seen = [at, inside, outside];
        return Number(at) === index && near(inside, want, 3) && outside === 0;
      },
      10_000,
      () => `picture ${index} should be ${want} within, and is ${seen}`,
    );
  };
  assert.equal(await pane().getAttribute('data-rate'), '0');
  await shows(12);
  await tech.page.keyboard.press('ArrowDown');
  await shows(13);
  await tech.page.keyboard.press('Home');
  await shows(0);
  await tech.page.keyboard.press('PageDown');
  await shows(10);
  await pane().getByText('3 mm').first().waitFor();
  const at = await screen(64, 64);
  await tech.page.keyboard.press('l');
  await drag(at([22, 22]), at([42, 22]));
  const long = await words(/^([\d.]+) mm$/m);
  assert.ok(near(long[1], 40, 0.5), long[0]);
  await shot(tech.page, 'kinds-enhanced');
  await all.rising();
  await shot(tech.page, 'kinds-enhanced-planes');
});

test('on a phone a finger meets every control, and what warns is read whole', { timeout: 60_000 }, async () => {
  const hand = await person(browser, program.http, 'qingxi-jishi', phone, { hasTouch: true, isMobile: true });
  hand.page.setDefaultTimeout(20_000);
  const small = (within) =>
    hand.page.evaluate(
      (selector) =>
        [...document.querySelectorAll(`${selector} :is(button, select, a[href], label)`)]
          .map((e) => ({ e, box: e.getBoundingClientRect() }))
          .filter(({ e, box }) => box.width > 0 && e.checkVisibility() && Math.min(box.width, box.height) < 44)
          .map(({ e, box }) => `${e.textContent?.trim()} ${Math.round(box.width)}×${Math.round(box.height)}`),
      within,
    );
  const opened = async (study, what) => {
    await hand.page.goto(`${program.http}/studies/${uid}.${study}`);
    await hand.page.locator(what).first().waitFor();
  };
  await opened(4, '[data-testid="thumb"]');
  await hand.page.getByTestId('thumb').filter({ hasText: '#1 ' }).tap();
  await hand.page.locator('[data-testid="video"] footer').waitFor();
  await shot(hand.page, 'kinds-phone-video');
  assert.deepEqual(await small('.viewer'), []);
  assert.deepEqual(await small('.y-strip-actions'), []);
  // Four panes beside one another.
  await opened(3, '.viewer-warns');
  await shot(hand.page, 'kinds-phone-mg');
  const cut = await hand.page
    .locator('.viewer-warns')
    .evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent));
  assert.deepEqual(cut, []);
  await hand.close();
});
