/** A graphics card that fails under reconstructed planes and the body: they come back as they were, or the stack goes on where they crossed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';
import { apart, greysOf, losing, viewing } from './viewing.mjs';

let program;
let browser;
let su;
let v;

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
  su = await person(browser, program.http, 'yuepian', desktop);
  await su.context.addInitScript(losing);
  su.page.setDefaultTimeout(15_000);
  v = viewing(su.page, program.http);
});

after(async () => {
  await su?.close();
  await browser?.close();
  await program?.stop();
});

const field = 380; // mm: the field of the chest phantom
const names = ['axial', 'coronal', 'sagittal'];
const key = (k) => su.page.keyboard.press(k);
const lacks = () => su.page.locator('[data-testid="able"]');
const volume = () => su.page.locator('[data-testid="volume"]');
const box = (name) => su.page.locator(`[data-testid="${name}"]`);

const greys = (name) => greysOf(box(name).locator('canvas').first());

/** What the three planes show, and how they are looked at. */
async function look() {
  const words = await Promise.all(names.map((n) => box(`plane-${n}`).locator('.viewer-overlay').textContent()));
  const all = await Promise.all(names.map((n) => greys(`plane-${n}`)));
  const crossings = await Promise.all(names.map((n) => box(`plane-${n}`).getAttribute('data-crossing')));
  return { text: [await volume().getAttribute('data-voxel'), ...crossings, ...words].join('\n'), greys: all.flat() };
}

async function drawnAs(before, what) {
  let now;
  await until(
    async () => {
      now = await look();
      return now.text === before.text && apart(now, before) < 4;
    },
    15_000,
    () =>
      `${what}: ${apart(now, before)} greys apart, ${JSON.stringify(before.text)} became ${JSON.stringify(now.text)}`,
  );
}

/** Takes the card away and waits until it is back. */
const lose = () => su.page.evaluate(() => window.__lose(200));

/** Turns the wheel over a plane; it shows something else then. */
async function turn(name, by) {
  const before = await greys(`plane-${name}`);
  await box(`plane-${name}`).hover({ position: { x: 60, y: 300 } });
  for (let n = 0; n < Math.abs(by); n++) await su.page.mouse.wheel(0, 120 * Math.sign(by));
  await until(
    async () => apart({ greys: await greys(`plane-${name}`) }, { greys: before }) > 8,
    15_000,
    () => `the ${name} plane shows the same picture however it is turned`,
  );
}

test('planes are drawn again at the same crosshair, slab and window', async () => {
  await v.open('胸部平扫');
  await v.claim();
  await v.turnTo(12);
  const { at } = await v.screen(field);
  await key('l');
  await v.drag(at([-50, 0]), at([50, 0]));
  await v.newest(1, /([\d.]+) mm/);
  await v.turnTo(40);
  await key('q');
  await volume().and(su.page.locator('[data-stage="whole"]')).waitFor();
  await key('3');
  await key('i');
  await su.page.locator('[data-testid="slab-mm"]').selectOption('10');
  const cross = await box('cross-axial').boundingBox();
  const [x, y] = [cross.x + cross.width / 2, cross.y + cross.height / 2];
  await v.drag([x, y], [x + 45, y - 30]);
  await turn('axial', 8);
  await su.page.mouse.move(5, 5);
  await su.page.waitForTimeout(300);
  const before = await look();
  await shot(su.page, 'everywhere-4-planes-before');
  await lose();
  await drawnAs(before, 'after a loss');
  // What stands on the screen may be what was drawn before the loss: it is turned away and back.
  await turn('axial', 8);
  await turn('coronal', 8);
  await turn('coronal', -8);
  await turn('axial', -8);
  await drawnAs(before, 'after a loss and a turn');
  await shot(su.page, 'everywhere-5-planes-after');
  assert.equal(await lacks().count(), 0, 'a card that came back is given up');
  assert.equal(await v.marks().count(), 1);
});

/** Turns the body by hand; it is seen from elsewhere then. */
async function turnBody(when) {
  const b = await box('solid').boundingBox();
  const [x, y] = [b.x + b.width / 2, b.y + b.height / 2];
  const first = await greys('solid');
  await su.page.mouse.move(x, y);
  await su.page.mouse.down();
  // As a hand does it: all within one frame of the screen would be a click.
  for (let n = 1; n <= 6; n++) {
    await su.page.waitForTimeout(40);
    await su.page.mouse.move(x + 20 * n, y);
  }
  await su.page.mouse.up();
  let now;
  await until(
    async () => {
      now = await greys('solid');
      return light(now) > light(first) / 3 && apart({ greys: now }, { greys: first }) > 8;
    },
    20_000,
    () =>
      `${when} the body had ${light(first)} greys in the mean, has ${light(now)}, ${apart({ greys: now }, { greys: first })} apart`,
  );
}

const light = (all) => all.reduce((sum, g) => sum + g, 0) / all.length;

test('a card that fails under the body leads back to the stack; both are there when they are opened again', async () => {
  await key('Shift+Q');
  const solid = () => box('solid').and(su.page.locator('[data-drawn]'));
  await solid().waitFor();
  await until(
    async () => light(await greys('solid')) > 2,
    15_000,
    () => 'the body is dark',
  );
  await turnBody('before a loss');
  await lose();
  await volume().waitFor({ state: 'detached' });
  await su.page.locator('[data-testid="volume-refused"]', { hasText: '三维' }).waitFor();
  await v.drawn();
  await key('Shift+Q');
  await volume().and(su.page.locator('[data-stage="whole"]')).waitFor();
  await solid().waitFor();
  await turnBody('opened again');
  await shot(su.page, 'everywhere-6-body-after');
  assert.equal(await lacks().count(), 0, 'a card that came back is given up');
});

test('a card that is given up leads back to the stack where the planes crossed, with words and all marks; the processor draws planes, too', async () => {
  await key('Shift+Q');
  await box('solid').waitFor({ state: 'detached' });
  // To the slice of the mark.
  const slice = async () => Math.round(Number((await volume().getAttribute('data-voxel')).split(' ')[2]));
  const middle = await slice();
  await v.marks().first().getByRole('button').first().click();
  await until(
    async () => [12, 51].includes(await slice()) && (await slice()) !== middle,
    10_000,
    () => 'the planes do not go to the mark',
  );
  // Three times within a minute.
  for (let n = 0; n < 3 && (await lacks().count()) === 0; n++) await lose();
  await lacks().and(su.page.locator('[data-lacks="lost"]')).waitFor();
  await volume().waitFor({ state: 'detached' });
  await su.page.locator('[data-testid="volume-refused"]', { hasText: '第 13 幅' }).waitFor();
  await until(
    async () => (await v.indexOf()) === 12,
    10_000,
    async () => `picture ${await v.indexOf()} is on show`,
  );
  await v.drawn();
  await until(
    async () => {
      const { greys: shown } = await v.look();
      return Math.max(...shown) - Math.min(...shown) > 40;
    },
    10_000,
    () => 'the stack is not drawn',
  ).finally(() => shot(su.page, 'everywhere-7-planes-given-up'));
  await v.pane().locator('svg.svg-layer').getByText(/mm/).first().waitFor();
  assert.equal(await v.marks().count(), 1);
  // The processor cuts planes, too; a mark on a slice is shown on its slice then.
  await key('q');
  await volume().and(su.page.locator('[data-stage="whole"]')).waitFor();
  await until(
    async () => light(await greys('plane-coronal')) > 2,
    10_000,
    () => 'the coronal plane is dark',
  );
  await turn('axial', 8);
  await shot(su.page, 'everywhere-8-planes-processor');
  await v.marks().first().getByRole('button').first().click();
  await volume().waitFor({ state: 'detached' });
  await v.drawn();
  assert.equal(await v.indexOf(), 12);
  assert.deepEqual(su.faults, []);
});
