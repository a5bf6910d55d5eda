/** Two windows on two monitors of a real browser: where the second one opens, what hangs on which, how they turn together, what is remembered. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { alike, patient, seen, wheel, world } from './beside/world.mjs';
import { person, shot } from './browser.mjs';
import { until } from './program.mjs';

const left = { left: 0, top: 0, width: 1440, height: 900 };
const right = { left: 1440, top: 0, width: 1920, height: 1080 };

let w;
let su; // the main window
let second;
let cdp; // of the browser

before(async () => {
  w = await world('--screen-info={1440x900}{1440,0 1920x1080}');
  cdp = await w.browser.newBrowserCDPSession();
  su = await person(w.browser, w.program.http, 'yuepian', null);
  const { targetInfo } = await (await su.context.newCDPSession(su.page)).send('Target.getTargetInfo');
  await cdp.send('Browser.grantPermissions', {
    permissions: ['windowManagement'],
    browserContextId: targetInfo.browserContextId,
  });
  await moved(su.page, left);
});

after(() => w?.stop());

/** Puts a window somewhere, as a hand does. */
async function moved(page, bounds) {
  const session = await su.context.newCDPSession(page);
  const { windowId } = await session.send('Browser.getWindowForTarget');
  await session.send('Browser.setWindowBounds', { windowId, bounds });
  await session.detach();
}

const place = (page) => page.evaluate(() => ({ left: screenX, top: screenY, width: outerWidth, height: outerHeight }));
const pane = (page, n = 0) => page.locator(`[data-testid="pane-${n}"]`);
const drawn = (page, n = 0) =>
  pane(page, n).and(page.locator('[data-loading="false"]:not([data-count="0"])')).waitFor({ timeout: 30_000 });
const joined = (n) => su.page.locator(`[data-testid="viewer"][data-screens="${n}"]`).waitFor({ timeout: 15_000 });
const count = (page, n = 0) => pane(page, n).getAttribute('data-count');
const layout = async (page) => /\d×\d/.exec(await page.locator('[data-testid="layout"]').textContent())[0];
const becomes = (is, say) => until(is, 15_000, typeof say === 'string' ? () => say : say);

async function chosen(page, entry) {
  await page.locator('[data-testid="layout"]').click();
  await page.locator('.hanging-menu').getByRole('button', { name: entry, exact: true }).click();
}

async function opened() {
  const popup = su.page.waitForEvent('popup');
  await chosen(su.page, '在第二块屏幕上打开');
  const page = await popup;
  page.on('pageerror', (e) => su.faults.push(e.message));
  await drawn(page);
  await joined(2);
  return page;
}

/** A person closes the window. */
async function closed() {
  const gone = second.waitForEvent('close');
  await second.evaluate(() => window.close());
  await gone;
  await joined(1);
}

/** Today's pictures stand here, the earlier ones there. */
async function spread() {
  await becomes(
    async () => (await layout(su.page)) === '1×1' && (await count(second)) === '30',
    'the study is not spread over both',
  );
  for (const page of [su.page, second]) await drawn(page);
  assert.deepEqual([await count(su.page), await count(second)], ['60', '30']);
  await pane(second).getByText('既往').first().waitFor();
}

test('the second window opens on the other monitor, and the earlier study hangs there', async () => {
  await su.page.goto(`${w.program.http}/readings`);
  await su.page.locator('[data-testid="reading-row"]', { hasText: patient.name }).click({ timeout: 30_000 });
  for (const n of [0, 1]) await drawn(su.page, n);
  assert.equal(await layout(su.page), '1×2');
  second = await opened();
  const at = await place(second);
  assert.deepEqual([at.left, at.top], [right.left, right.top]);
  assert.ok(at.width >= right.width - 20 && at.height >= right.height - 80, `it is ${at.width} × ${at.height}`);
  await spread();
  await shot(su.page, 'monitors-1-left');
  await shot(second, 'monitors-2-right');
  assert.deepEqual(su.faults, []);
});

test('windows turn together by the place in the body, from where they stood when they were linked', async () => {
  const [now, then] = [
    [pane(su.page), 'late'],
    [pane(second), 'early'],
  ];
  const link = (page, on) =>
    page
      .getByRole('button', { name: '联动翻层' })
      .and(page.locator(`[aria-pressed="${on}"]`))
      .waitFor();
  for (const page of [su.page, second]) await link(page, true); // as both hung in one window
  const off = (await seen(...then)) - (await seen(...now));
  await wheel(now[0], 6);
  await alike(now, then, off);
  // Laid at the same place: each by itself, then together again.
  await su.page.keyboard.press('k');
  for (const page of [su.page, second]) await link(page, false);
  const index = async (p) => Number(await p.getAttribute('data-index'));
  await wheel(now[0], w.levels.late.indexOf(0) - (await index(now[0])));
  await wheel(then[0], w.levels.early.indexOf(0) - (await index(then[0])));
  // The link is chosen on either, for both.
  await second.getByRole('button', { name: '联动翻层' }).click();
  for (const page of [su.page, second]) await link(page, true);
  await alike(now, then);
  for (const by of [9, -14]) {
    await wheel(now[0], by);
    await alike(now, then);
  }
  for (const by of [6, -3]) {
    await wheel(then[0], by);
    await alike(then, now);
  }
  // One that is moved alone stands otherwise from then on.
  await su.page.keyboard.press('k');
  for (const page of [su.page, second]) await link(page, false);
  await wheel(now[0], 4);
  await su.page.keyboard.press('k');
  for (const page of [su.page, second]) await link(page, true);
  const apart = (await seen(...then)) - (await seen(...now));
  assert.ok(apart < -15, `they are ${apart} mm apart`);
  await wheel(now[0], 3);
  await alike(now, then, apart);
  assert.deepEqual(su.faults, []);
});

test('where it stood and how large it was is remembered, however often it is opened', async () => {
  await moved(second, { left: 1700, top: 90, width: 1200, height: 800 });
  const kept = () => second.evaluate(() => JSON.parse(localStorage.getItem('yilian.screen.1')));
  await becomes(async () => {
    const { left, top } = await kept();
    return left === 1700 && top === 90;
  }, 'the place of the window was not kept');
  const stood = await place(second);
  for (let n = 0; n < 2; n++) {
    await closed();
    await becomes(async () => (await layout(su.page)) === '1×2', 'both do not stand in one window again');
    second = await opened();
    let at;
    // A browser without a screen loses a pixel of the height, and lays a window where it was told a moment after it is there.
    await becomes(
      async () => {
        at = await place(second);
        return Object.keys(stood).every((side) => Math.abs(at[side] - stood[side]) <= 2);
      },
      () => `${JSON.stringify(at)} instead of ${JSON.stringify(stood)}`,
    );
    await spread();
  }
  assert.deepEqual(su.faults, []);
});

test('either window may be loaded anew: the other is found, and the study stays spread', async () => {
  await su.page.reload();
  await drawn(su.page);
  await joined(2);
  await spread();
  assert.equal(await second.getByText('主窗口已关闭').count(), 0);
  await second.reload();
  await drawn(second);
  await joined(2);
  await spread();
  // What one hangs on the second monitor hangs there from now on, and only when there are two.
  await chosen(second, '1×2');
  await becomes(async () => (await layout(second)) === '1×2', 'no other layout');
  await chosen(second, '胸部 CT以后都这样摆');
  await second.reload();
  await drawn(second);
  await becomes(async () => (await layout(second)) === '1×2', 'it was not kept');
  assert.equal(await layout(su.page), '1×1');
  await shot(second, 'monitors-3-kept');
  await chosen(second, '恢复胸部 CT的默认摆法');
  await spread();
  assert.deepEqual(su.faults, []);
});
