/** The viewer in a real browser over the real program: measured numbers against the phantom's own, keys, cine, failures, memory. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, person, phone, shot, wall } from './browser.mjs';
import { root, until } from './program.mjs';
import { rest } from './viewing.mjs';
import { county } from './world.mjs';

let program;
let browser;
let su;

before(async () => {
  ({ program, browser } = await county());
  su = await person(browser, program.http, 'yuepian', desktop);
  await su.context.addInitScript(() => {
    const real = HTMLCanvasElement.prototype.getContext;
    window.__contexts = 0;
    HTMLCanvasElement.prototype.getContext = function get(kind, ...rest) {
      const had = this.__had;
      if (kind === 'webgl2' && !had) {
        this.__had = true;
        window.__contexts++;
      }
      return real.call(this, kind, ...rest);
    };
  });
});

const pane = (n = 0) => su.page.locator(`[data-testid="pane-${n}"]`);
const indexOf = async (n = 0) => Number(await pane(n).getAttribute('data-index'));
const marks = () => su.page.locator('[data-testid="marks"] li');

/** Opens a read by its exam from the list, without loading the page anew. */
async function open(exam) {
  if (!su.page.url().endsWith('/readings')) {
    if (su.page.url().includes('/readings/')) await su.page.keyboard.press('Escape');
    else await su.page.goto(`${program.http}/readings`);
  }
  await su.page.locator('[data-testid="reading-row"]', { hasText: exam }).click({ timeout: 30_000 });
  await drawn();
}

/** The picture that is wanted in a pane is on show. */
const drawn = (n = 0) =>
  pane(n).and(su.page.locator('[data-loading="false"]:not([data-count="0"])')).waitFor({ timeout: 30_000 });

async function turnTo(index) {
  await until(
    async () => {
      const now = await indexOf();
      if (now === index) return true;
      await su.page.keyboard.press(
        now < index ? (index - now >= 10 ? 'PageDown' : 'ArrowDown') : now - index >= 10 ? 'PageUp' : 'ArrowUp',
      );
      return false;
    },
    20_000,
    () => `slice ${index} was not reached`,
  );
  await drawn();
}

/** From millimetres of the phantom (right to left, front to back, from the middle) to the screen. */
async function screen() {
  const box = await pane().boundingBox();
  const scale = Math.min(box.width, box.height) / 380; // the field of the chest phantom
  return ([x, y]) => [box.x + box.width / 2 + x * scale, box.y + box.height / 2 + y * scale];
}

async function drag(from, to, button = 'left') {
  await su.page.mouse.move(...from);
  await su.page.mouse.down({ button });
  await su.page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 3 });
  await su.page.mouse.move(...to, { steps: 3 });
  await su.page.mouse.up({ button });
}

/** The text of the newest measurement, once it stands and has a number. */
async function newest(count, pattern) {
  await until(
    async () => (await marks().count()) >= count,
    10_000,
    () => `measurement ${count} is not on the list`,
  );
  await rest(su.page);
  let text = '';
  return until(
    async () => {
      text = await marks()
        .nth(count - 1)
        .innerText();
      return pattern.exec(text);
    },
    10_000,
    () => `measurement ${count} has no number: ${text}`,
  );
}

const heart = 40; // slice 40 of 64 at 5 mm: 202 mm below the top, through the middle of the heart

test('measurements carry the numbers of the phantom and come back on their slices', async () => {
  await su.page.goto(`${program.http}/readings`);
  await open('胸部平扫');
  await su.page.keyboard.press('a');
  await su.page.locator('textarea[name="findings"]').waitFor({ timeout: 15_000 });
  await turnTo(heart);
  const at = await screen();

  await su.page.keyboard.press('o');
  await drag(at([20, -26]), at([36, -12]));
  const [, mean, sd] = await newest(1, /均值 (-?[\d.]+) HU · 标准差 ([\d.]+) HU/);
  assert.ok(Math.abs(mean - 42) < 12, `the heart measures ${mean} HU, the phantom's blood is 42`);
  assert.ok(sd > 2 && sd < 25, `standard deviation ${sd}`);

  await su.page.keyboard.press('b');
  await drag(at([-95, -20]), at([-75, -5]));
  const [, lung] = await newest(2, /均值 (-?[\d.]+) HU/);
  assert.ok(lung < -500 && lung > -950, `the lung measures ${lung} HU`);

  await su.page.keyboard.press('h');
  await su.page.mouse.click(...at([-150, -120]));
  const [, air] = await newest(3, /(-?\d+) HU/);
  assert.ok(air < -950, `air measures ${air} HU`);

  await su.page.keyboard.press('g');
  await drag(at([-40, 60]), at([0, 60]));
  await su.page.mouse.move(...at([0, 80]));
  await su.page.mouse.click(...at([0, 100]));
  const [, angle] = await newest(4, /([\d.]+)°/);
  assert.ok(Math.abs(angle - 90) < 3, `a right angle measures ${angle}°`);

  await su.page.keyboard.press('n');
  await drag(at([20, -60]), at([80, -100]));
  await su.page.locator('dialog input').fill('心影');
  await su.page.keyboard.press('Enter');
  await newest(5, /心影/);

  // A length on another slice, into the findings by one key.
  await turnTo(30);
  await su.page.keyboard.press('l');
  await drag(at([-50, 0]), at([50, 0]));
  const [length] = await newest(6, /([\d.]+) mm/);
  assert.ok(Math.abs(Number.parseFloat(length) - 100) < 3, `100 mm measure ${length}`);
  await su.page.keyboard.press('v');
  await until(
    async () => (await su.page.locator('textarea[name="findings"]').inputValue()).includes(length),
    15_000,
    () => 'the length is not in the findings',
  );
  await shot(su.page, 'viewer-1-measured');
  await su.page.setViewportSize(wall);
  await shot(su.page, 'viewer-1-measured-1920');
  await su.page.setViewportSize(desktop);
  const id = su.page.url().split('/').pop();
  await until(
    async () => {
      const { items } = await (await su.context.request.get(`${program.http}/api/readings/${id}/measurements`)).json();
      return items.length === 6 && items[4].label === '心影' && items[5].figures?.length > 0;
    },
    20_000,
    () => 'the measurements are not kept',
  );

  await su.page.reload();
  await until(
    async () => (await marks().count()) === 6,
    20_000,
    () => 'the measurements did not come back',
  );
  await drawn();
  await marks().nth(0).getByRole('button').first().click();
  await until(
    async () => (await indexOf()) === heart,
    10_000,
    () => 'the list does not lead to the slice',
  );
  await pane().locator('svg').getByText(`均值 ${mean} HU`).waitFor({ timeout: 10_000 });
  assert.deepEqual(su.faults, []);
});

test('a notch is a slice, a drag windows in proportion, the keys are told', async () => {
  await turnTo(20);
  await pane().hover();
  for (const [dy, wanted] of [
    [120, 21],
    [100, 22],
    [-120, 21],
  ]) {
    await su.page.mouse.wheel(0, dy);
    await until(
      async () => (await indexOf()) === wanted,
      15_000,
      () => `a notch of ${dy} did not lead to slice ${wanted}`,
    );
  }
  const width = async () => Number(/W (\d+)/.exec(await pane().innerText())?.[1]);
  const { x, y, width: w, height: h } = await pane().boundingBox();
  const middle = [x + w / 2, y + h / 2];
  for (const [key, preset] of [
    ['5', 80],
    ['1', 1500],
  ]) {
    await su.page.keyboard.press(key);
    await until(
      async () => (await width()) === preset,
      15_000,
      () => `preset ${key} did not come`,
    );
    await drag(middle, [middle[0] + 90, middle[1]], 'right');
    await until(
      async () => Math.abs((await width()) / preset - Math.SQRT2) < 0.1,
      15_000,
      () => `90 px on a window of ${preset} gave another width`,
    );
  }
  await su.page.keyboard.press('?');
  await su.page.locator('dialog').getByText('椭圆 ROI').waitFor({ timeout: 15_000 });
  await shot(su.page, 'viewer-2-keys');
  await su.page.keyboard.press('Escape');
  await su.page.locator('dialog').waitFor({ state: 'detached' });
  assert.match(su.page.url(), /\/readings\/\w/, 'Esc closed the page instead of the help');
});

test('layouts, a series dragged into a pane, panes that turn together', async () => {
  await su.page.locator('[data-testid="layout"]').click();
  await su.page.getByRole('button', { name: '2×2', exact: true }).click();
  await pane(3).waitFor({ timeout: 10_000 });
  await su.page.locator('[data-testid="thumb"]').first().dragTo(pane(3));
  await drawn(3);
  await shot(su.page, 'viewer-3-layout');
  await su.page.keyboard.press('k');
  await pane(3).hover();
  const before = [await indexOf(0), await indexOf(3)];
  await su.page.mouse.wheel(0, 120);
  await until(
    async () => (await indexOf(3)) === before[1] + 1,
    15_000,
    () => 'the pane did not turn',
  );
  // One frame of reference: the other pane goes to the same place.
  await until(
    async () => (await indexOf(0)) === before[1] + 1,
    15_000,
    () => 'the linked pane stayed',
  );
  await su.page.locator('[data-testid="layout"]').click();
  await su.page.getByRole('button', { name: '1×1', exact: true }).click();
  await pane(3).waitFor({ state: 'detached' });
});

test('a cine plays at its rate, a radiograph opens in its window', async () => {
  await open('心脏超声');
  const rate = Number(await pane().getAttribute('data-rate'));
  const count = Number(await pane().getAttribute('data-count'));
  assert.ok(rate > 1 && count > 10, `${count} frames at ${rate}`);
  await su.page.keyboard.press('c');
  const speed = await su.page.evaluate(
    ([frames, ms]) =>
      new Promise((resolve) => {
        const element = document.querySelector('[data-testid="pane-0"]');
        const read = () => Number(element.dataset.index);
        const began = performance.now();
        let last = read();
        let turned = 0;
        const look = () => {
          const now = read();
          turned += (now - last + frames) % frames;
          last = now;
          const passed = performance.now() - began;
          if (passed > ms) resolve((turned * 1000) / passed);
          else requestAnimationFrame(look);
        };
        look();
      }),
    [count, 4000],
  );
  await su.page.keyboard.press('c');
  assert.ok(Math.abs(speed - rate) < rate * 0.3, `${speed.toFixed(1)} frames/s instead of ${rate}`);
  await shot(su.page, 'viewer-4-cine');

  await open('胸部正位');
  await shot(su.page, 'viewer-5-radiograph');
  const { mean, dark, bright } = await pane()
    .locator('canvas')
    .first()
    .evaluate((c) => {
      const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
      let sum = 0,
        black = 0,
        white = 0;
      for (let i = 0; i < data.length; i += 4) {
        sum += data[i];
        if (data[i] < 5) black++;
        if (data[i] > 250) white++;
      }
      const n = data.length / 4;
      return { mean: sum / n, dark: black / n, bright: white / n };
    });
  assert.ok(mean > 30 && mean < 200 && dark < 0.8 && bright < 0.4, `mean ${mean}, black ${dark}, white ${bright}`);
});

test('switching studies makes no further WebGL contexts and gives memory back', async () => {
  const contexts = () => su.page.evaluate(() => window.__contexts);
  const first = await contexts();
  for (const exam of ['颅脑平扫', '头颅平扫', '心脏超声', '胸部平扫']) await open(exam);
  assert.equal(await contexts(), first, 'each study takes WebGL contexts');
  assert.ok(first <= 8, `${first} WebGL contexts`);
  await shot(su.page, 'viewer-6-again');
});

test('a picture that cannot be shown says so and comes with the next try', async () => {
  let answer = {
    status: 200,
    contentType: 'multipart/related; type="image/jls"; boundary=x',
    body: '--x\r\nContent-Type: image/jls;transfer-syntax=1.2.840.10008.1.2.4.80\r\n\r\nnot a picture\r\n--x--',
  };
  await su.context.route('**/frames/*', (route) => route.fulfill(answer));
  await su.page.goto(`${program.http}/readings`);
  await su.page.locator('[data-testid="reading-row"]', { hasText: '颅脑平扫' }).click({ timeout: 30_000 });
  await su.page.locator('[data-testid="pane-0"][data-failure="codec"]').waitFor({ timeout: 30_000 });
  await shot(su.page, 'viewer-7-undecodable');
  answer = { status: 503, body: '' };
  await pane().getByRole('button', { name: '重试' }).click();
  await su.page.locator('[data-testid="pane-0"][data-failure="server"]').waitFor({ timeout: 20_000 });
  await su.context.unroute('**/frames/*');
  // By a press, if it has not come by itself before.
  await pane()
    .getByRole('button', { name: '重试' })
    .click({ timeout: 3000 })
    .catch(() => undefined);
  await pane().and(su.page.locator(':not([data-failure])')).waitFor({ timeout: 20_000 });
  await drawn();
  await su.page.setViewportSize(phone);
  await shot(su.page, 'viewer-8-phone');
  await su.page.setViewportSize(desktop);
});

test('a series that the server cannot decode gets its small picture from the browser that first shows it', async () => {
  const file = '/usr/lib/python3/dist-packages/pydicom/data/test_files/JPEG2000.dcm';
  const { stdout } = await promisify(execFile)('dcmdump', ['+P', '0020,000d', '+P', '0020,000e', file]);
  const [study, series] = [...stdout.matchAll(/\[([\d.]+)\]/g)].map((m) => m[1]);
  await promisify(execFile)(join(root, 'bin/yilian'), [
    'send',
    '--to',
    `127.0.0.1:${program.ports.dicom}`,
    '--calling',
    'QINGXI_CT',
    file,
  ]).catch((e) => assert.fail(e.stderr || e.message));
  const tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  const picture = `/dicom-web/studies/${study}/series/${series}/thumbnail`;
  const status = () => tech.page.evaluate(async (url) => (await fetch(url)).status, picture);
  assert.equal(await status(), 406);
  await tech.page.goto(`${program.http}/studies/${study}`);
  await tech.page.locator('[data-testid="pane-0"][data-loading="false"]').waitFor({ timeout: 40_000 });
  await rest(tech.page);
  await tech.page.mouse.move(500, 500); // whatever draws again
  await tech.page.keyboard.press('i');
  await tech.page.keyboard.press('i');
  await until(
    async () => (await status()) === 200,
    15_000,
    () => 'no thumbnail was given',
  );
  await shot(tech.page, 'viewer-8-thumbnail');
  await tech.close();
});
