/** The viewer under fingers: tablets lying and standing, and a phone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, person, phone, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';
import { rest, viewing } from './viewing.mjs';

let program;
let browser;

before(async () => {
  program = await start();
  browser = await launch('--touch-events=enabled');
  await studiesSent(program);
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

/** Fingers on a page, as the browser's own touch events. Each carries the time at which the finger did it, however late the machine hears of it. */
async function fingers(page, context) {
  const cdp = await context.newCDPSession(page);
  let now = Date.now();
  const send = (type, points) =>
    cdp.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: points.map(([x, y], id) => ({ x: Math.round(x), y: Math.round(y), id })),
      timestamp: now / 1000,
    });
  const wait = async (ms) => {
    now += ms;
    await page.waitForTimeout(ms);
  };
  return {
    /** Each finger goes from its first place to its last. */
    async drag(from, to, { steps = 8 } = {}) {
      now = Date.now();
      await send('touchStart', from);
      await wait(16);
      for (let n = 1; n <= steps; n++) {
        await send(
          'touchMove',
          from.map(([x, y], i) => [x + ((to[i][0] - x) * n) / steps, y + ((to[i][1] - y) * n) / steps]),
        );
        await wait(16);
      }
      await send('touchEnd', []);
    },
    async tapTwice(at) {
      now = Date.now();
      for (const after of [0, 90]) {
        await wait(after);
        await send('touchStart', [at]);
        await wait(60);
        await send('touchEnd', []);
      }
    },
    /** The finger stays until something is seen. */
    async hold(at, seen) {
      now = Date.now();
      await send('touchStart', [at]);
      await seen();
      now = Date.now();
      await send('touchEnd', []);
    },
  };
}

const zoomOf = async (v) => Number(/^(\d+)%$/m.exec(await v.pane().locator('.viewer-br').innerText())?.[1]);

/** Buttons, sliders and links within a part of the page that a finger would miss, by name and size. */
const small = (page, within, least) =>
  page.evaluate(
    ([selector, least]) =>
      [...document.querySelectorAll(`${selector} :is(button, input, select, a[href])`)]
        .map((e) => ({ e, box: e.getBoundingClientRect() }))
        .filter(({ e, box }) => box.width > 0 && e.checkVisibility() && Math.min(box.width, box.height) < least)
        .map(({ e, box }) => {
          const name = e.getAttribute('aria-label') ?? e.textContent?.trim().slice(0, 24);
          return `${name} ${Math.round(box.width)}×${Math.round(box.height)}`;
        }),
    [within, least],
  );

for (const [name, viewport] of [
  ['tablet', { width: 1024, height: 768 }],
  ['tablet-standing', { width: 768, height: 1024 }],
  ['phone', phone],
]) {
  test(`${name}: fingers turn, zoom, move, measure and read values; the page stays where it is`, async () => {
    const su = await person(browser, program.http, 'yuepian', viewport, { hasTouch: true, isMobile: true });
    su.page.setDefaultTimeout(10_000);
    const v = viewing(su.page, program.http);
    const hand = await fingers(su.page, su.context);
    await v.open('胸部平扫');
    await rest(su.page);
    await shot(su.page, `touch-1-${name}`);
    const { box } = await v.screen(380);
    const middle = [box.x + box.width / 2, box.y + box.height / 2];
    const to = (x, y) => [middle[0] + x, middle[1] + y];

    const first = await v.indexOf();
    await hand.drag([to(0, 60)], [to(0, -60)]);
    await until(
      async () => (await v.indexOf()) !== first,
      15_000,
      () => 'one finger does not turn',
    );
    await v.drawn();

    const before = await zoomOf(v);
    const at = await v.indexOf();
    await hand.drag([to(-30, 0), to(30, 0)], [to(-75, 0), to(75, 0)]);
    await until(
      async () => (await zoomOf(v)) > before * 1.3,
      15_000,
      () => 'two fingers do not enlarge',
    );
    assert.ok(Math.abs(at - (await v.indexOf())) <= 1, 'a pinch turned pages');
    await shot(su.page, `touch-2-${name}-zoomed`);

    await hand.tapTwice(middle);
    await until(
      async () => Math.abs((await zoomOf(v)) - before) < 2,
      15_000,
      () => 'a double tap does not fit',
    );

    await hand.hold(to(20, -10), () =>
      su.page.locator('[data-testid="press-probe"]', { hasText: 'HU' }).waitFor({ timeout: 15_000 }),
    );
    await shot(su.page, `touch-3-${name}-probe`);

    await su.page.getByRole('button', { name: '测距', exact: true }).tap();
    await hand.drag([to(-60, 20)], [to(60, 20)], { steps: 12 });
    await v.pane().locator('svg').getByText(/\d mm/).first().waitFor({ timeout: 15_000 });
    await shot(su.page, `touch-4-${name}-length`);
    assert.deepEqual(await small(su.page, '.viewer', 44), [], 'a finger misses these');

    await su.page.keyboard.press('q');
    await su.page.locator('[data-testid="volume"][data-stage="whole"]').waitFor({ timeout: 30_000 });
    for (const plane of ['axial', 'coronal', 'sagittal']) {
      const { y, width, height } = await su.page.locator(`[data-testid="plane-${plane}"]`).boundingBox();
      assert.ok(Math.min(width, height) >= 160, `${plane} is ${width} by ${height}`);
      assert.ok(y + height <= viewport.height + 1, `${plane} ends at ${y + height}`);
    }
    await shot(su.page, `touch-5-${name}-planes`);

    const still = await su.page.evaluate(() => ({
      scroll: [scrollX, scrollY, visualViewport?.scale],
      wide: document.documentElement.scrollWidth - innerWidth,
      selected: String(getSelection()),
    }));
    assert.deepEqual(still, { scroll: [0, 0, 1], wide: 0, selected: '' });
    assert.deepEqual(await small(su.page, '.viewer', 44), [], 'a finger misses these beside planes');
    assert.deepEqual(su.faults, []);
    await su.close();
  });
}

test('on a phone that lies the pictures have its height, the report is below', async () => {
  const lying = { width: phone.height, height: phone.width };
  const su = await person(browser, program.http, 'yuepian', lying, { hasTouch: true, isMobile: true });
  const v = viewing(su.page, program.http);
  const height = async (e) => (await e.boundingBox()).height;
  await v.open('胸部平扫');
  assert.ok((await height(v.pane())) >= lying.height / 2);
  await su.page.keyboard.press('q');
  await su.page.locator('[data-testid="volume"][data-stage="whole"]').waitFor({ timeout: 30_000 });
  assert.ok((await height(su.page.locator('[data-testid="plane-coronal"]'))) >= 140);
  await shot(su.page, 'touch-6-lying-planes');
  assert.deepEqual(su.faults, []);
  await su.close();
});
