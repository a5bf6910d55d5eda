/** The viewer on machines that have less: without WebGL, with a graphics card that fails, with little memory. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';
import { apart, greysOf, rest, viewing } from './viewing.mjs';

let program;
const browsers = [];

before(async () => {
  program = await start();
  await studiesSent(program);
});

after(async () => {
  for (const b of browsers) await b.close();
  await program?.stop();
});

async function browser(...flags) {
  const b = await launch(...flags);
  browsers.push(b);
  return b;
}

const field = 380; // mm: the field of the chest phantom
let marked = 0; // measurements that the test before has made
const lacks = (page) => page.locator('[data-testid="able"]');

test('without WebGL pictures are turned, windowed and measured, and planes are cut through them', async (t) => {
  const su = await person(await browser('--disable-gpu', '--disable-3d-apis'), program.http, 'yuepian', desktop);
  su.page.setDefaultTimeout(10_000);
  const v = viewing(su.page, program.http);
  await v.open('胸部平扫');
  assert.equal(await lacks(su.page).getAttribute('data-lacks'), 'webgl');
  await v.claim();
  await v.turnTo(40);
  const before = await v.look();
  await su.page.keyboard.press('1');
  await until(
    async () => (await v.look()).text.includes('W 1500'),
    15_000,
    () => 'the window did not change',
  );
  assert.ok(apart(before, await v.look()) > 40, 'another window shows the same picture');
  await v.pane().hover();
  await su.page.mouse.wheel(0, 120);
  await until(
    async () => (await v.indexOf()) === 41,
    15_000,
    () => 'the wheel does not turn',
  );
  const { at, scale } = await v.screen(field);
  const [a, b] = [at([-60, -20]), at([60, 30])];
  await su.page.keyboard.press('l');
  await v.drag(a, b);
  const [, length] = await v.newest(1, /([\d.]+) mm/);
  const truth = Math.hypot(a[0] - b[0], a[1] - b[1]) / scale;
  assert.ok(Math.abs(length - truth) < 0.1, `${length} mm instead of ${truth.toFixed(2)}`);
  await su.page.keyboard.press('o');
  await v.drag(at([20, -26]), at([36, -12]));
  const [, mean] = await v.newest(2, /均值 (-?[\d.]+) HU/);
  assert.ok(Math.abs(mean - 42) < 12, `the heart measures ${mean} HU, the phantom's blood is 42`);
  await lacks(su.page).getByRole('button').click();
  await lacks(su.page).waitFor({ state: 'detached' });
  await shot(su.page, 'everywhere-1-cpu');
  await planesByProcessor(t, su.page);
  await v.drawn();
  assert.equal(await v.indexOf(), 41);
  marked = await v.marks().count();
  assert.equal(marked, 2);
  assert.deepEqual(su.faults, []);
  await su.close();
});

/** Everything that hands do to planes that no graphics card draws. */
async function planesByProcessor(t, page) {
  const volume = page.locator('[data-testid="volume"]');
  const refused = (words) => page.locator('[data-testid="volume-refused"]', { hasText: words }).waitFor();
  const plane = (name) => page.locator(`[data-testid="plane-${name}"]`);
  const greys = (name) => greysOf(plane(name).locator('canvas').first());
  const changes = async (name, what, act) => {
    const before = await greys(name);
    await act();
    await until(
      async () => apart({ greys: await greys(name) }, { greys: before }) > 8,
      10_000,
      () => `${what} leaves the ${name} plane as it was`,
    );
  };
  await page.keyboard.press('w');
  await page.keyboard.press('q');
  await volume.and(page.locator('[data-stage="whole"]')).waitFor();
  for (const name of ['axial', 'coronal', 'sagittal'])
    await plane(name).and(page.locator('[data-filled="true"]')).waitFor();
  const voxel = async () => Math.round(Number((await volume.getAttribute('data-voxel')).split(' ')[2]));
  const middle = await voxel();
  await changes('axial', 'the wheel', async () => {
    // In the middle stands the handle of the crosshair.
    await plane('axial').hover();
    for (let n = 0; n < 12; n++) await page.mouse.wheel(0, 120);
  });
  assert.equal(Math.abs((await voxel()) - middle), 12);
  const { x, y, width, height } = await plane('coronal').boundingBox();
  await changes('sagittal', 'a window made by hand on another plane', async () => {
    await page.mouse.move(x + 40, y + height - 40);
    await page.mouse.down();
    await page.mouse.move(x + width - 40, y + height - 80, { steps: 4 });
    await page.mouse.up();
  });
  await changes('coronal', 'a slab', async () => page.locator('[data-testid="slab-mm"]').selectOption('20'));
  await plane('coronal').getByText('最大密度 20 mm').waitFor();
  await changes('coronal', 'inversion', () => page.keyboard.press('i'));
  await shot(page, 'everywhere-1-cpu-planes');
  const ms = await page.evaluate(async () => {
    const canvas = document.querySelector('[data-testid="plane-axial"] .viewer-canvas');
    const frames = [];
    for (let n = 0; n < 12; n++) {
      const began = performance.now();
      canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: n < 6 ? -120 : 120, cancelable: true }));
      for (let k = 0; k < 2; k++) await new Promise(requestAnimationFrame);
      frames.push(Math.round(performance.now() - began));
    }
    return frames.sort((a, b) => a - b);
  });
  t.diagnostic(`a slab of 20 mm turns in ${ms[6]} ms (median), ${ms[11]} at most; two frames of the screen are 33`);
  assert.ok(ms[6] < 250, `${ms} ms`);
  await page.locator('[data-testid="plane-axial"] canvas[data-coarse="false"]').waitFor();
  await page.keyboard.press('l');
  await refused('重建平面上不能测量');
  await page.keyboard.press('Shift+Q');
  await refused('三维图像要由显卡绘制');
  assert.equal(await page.locator('[data-testid="solid"]').count(), 0);
  await page.keyboard.press('q');
  await volume.waitFor({ state: 'detached' });
}

test('a graphics card that fails gives the same pictures back, and is given up when it fails again and again', async () => {
  const su = await person(await browser(), program.http, 'yuepian', desktop);
  await su.context.addInitScript(() => {
    const real = HTMLCanvasElement.prototype.getContext;
    window.__gl = new Set();
    HTMLCanvasElement.prototype.getContext = function get(kind, ...rest) {
      const context = real.call(this, kind, ...rest);
      if (kind === 'webgl2' && context && !context.isContextLost()) window.__gl.add(context);
      return context;
    };
    /** The card takes all contexts away, and gives them back a moment later; done when that is known to the page. */
    window.__lose = async () => {
      const lost = [...window.__gl].filter((gl) => !gl.isContextLost() && gl.getExtension('WEBGL_lose_context'));
      const told = (gl, what) =>
        new Promise((done) => gl.canvas.addEventListener(`webglcontext${what}`, done, { once: true }));
      const back = lost.map(async (gl) => {
        const x = gl.getExtension('WEBGL_lose_context');
        const [gone, here] = [told(gl, 'lost'), told(gl, 'restored')];
        x.loseContext();
        const event = await gone;
        await new Promise((done) => setTimeout(done, 200));
        if (!event.defaultPrevented) return; // nobody wants it back
        x.restoreContext();
        await here;
      });
      await Promise.all(back);
      return lost.length;
    };
  });
  su.page.setDefaultTimeout(10_000);
  const v = viewing(su.page, program.http);
  await v.open('胸部平扫');
  if ((await su.page.locator('textarea[name="findings"]').count()) === 0) await v.claim();
  // Those of before come a moment after the pictures.
  await until(
    async () => (await v.marks().count()) === marked,
    15_000,
    () => `there are not the ${marked} measurements of before`,
  );
  await v.turnTo(30);
  const { at } = await v.screen(field);
  await su.page.keyboard.press('l');
  await v.drag(at([-50, 0]), at([50, 0]));
  await v.newest(marked + 1, /([\d.]+) mm/);
  await su.page.keyboard.press('3');
  await su.page.keyboard.press('i');
  // Off its place and larger.
  await v.pane().hover();
  await su.page.keyboard.down('Control');
  for (let n = 0; n < 3; n++) await su.page.mouse.wheel(0, -100);
  await su.page.keyboard.up('Control');
  await su.page.keyboard.press('p');
  await v.drag(at([0, 0]), at([40, -25]));
  await rest(su.page);
  const before = await v.look();
  await shot(su.page, 'everywhere-2-before');
  const same = async (what) => {
    let now;
    await until(
      async () => {
        now = await v.look();
        const moved = Math.max(...now.line.map((c, i) => Math.abs(c - before.line[i])));
        return now.text === before.text && apart(now, before) < 24 && moved < 3;
      },
      10_000,
      () =>
        `${what}: ${before.text} became ${now.text}, ${apart(now, before)} greys apart, the line from ${before.line} to ${now.line}`,
    );
    assert.equal(await v.indexOf(), 30);
    assert.equal(await v.marks().count(), marked + 1);
  };
  for (const loss of [1, 2]) {
    assert.ok((await su.page.evaluate(() => window.__lose())) > 0, 'nothing was lost');
    await rest(su.page);
    await same(`loss ${loss}`);
    assert.equal(await lacks(su.page).count(), 0, 'a card that came back is given up');
  }
  await su.page.evaluate(() => void window.__lose());
  await lacks(su.page).waitFor({ timeout: 15_000 });
  assert.equal(await lacks(su.page).getAttribute('data-lacks'), 'lost');
  await v.drawn();
  await shot(su.page, 'everywhere-3-given-up');
  await lacks(su.page).getByRole('button').click(); // the pane is as large as before
  await same('by the processor');
  assert.deepEqual(su.faults, []);
  await su.close();
});
