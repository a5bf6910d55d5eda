/** From the list to the first picture without a page load, and on to the next study, which is here before it is asked for. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';
import { greysOf, viewing } from './viewing.mjs';

let program;
let browser;
let su;
let v;
const reads = 8; // that the demo county has to do
let readings; // in the order of the list
const asked = []; // every request of the page
const answered = new Set(); // addresses of what has come whole

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
  su = await person(browser, program.http, 'yuepian', desktop);
  v = viewing(su.page, program.http);
  su.page.on('request', (r) => asked.push({ kind: r.resourceType(), url: new URL(r.url()).pathname }));
  su.page.on('requestfinished', (r) => answered.add(new URL(r.url()).pathname));
  await su.page.goto(`${program.http}/readings`);
  // What comes into the list later would be another next study.
  let items;
  await until(
    async () => {
      ({ items } = await (await su.context.request.get(`${program.http}/api/readings?scope=pool`)).json());
      return items.length === reads && (await su.page.locator('[data-testid="reading-row"]').count()) === reads;
    },
    60_000,
    () => `${items.length} reads of ${reads}`,
  );
  const links = await su.page
    .locator('[data-testid="reading-row"] a')
    .evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  readings = links.map((href) => items.find((r) => href === `/readings/${r.id}`));
});

after(async () => {
  await su?.close();
  await browser?.close();
  await program?.stop();
});

const row = (exam) => su.page.locator('[data-testid="reading-row"]', { hasText: exam });
const isPicture = ({ url }) => /\/(frames|previews)\b/.test(url);
/** What was asked for to show a study's pictures: its list is looked at again after a while, and its thumbnails stand beside. */
const picturesOf = (study) => asked.filter((r) => r.url.includes(study) && isPicture(r));

test('from the list to the first picture the page stays, and its code is here already', async () => {
  const { page } = su;
  // What shows pictures is got ready behind the list.
  for (const part of ['reading-page', 'ViewerPane', 'begin', 'start'])
    await until(
      async () => [...answered].some((url) => url.includes(`/assets/${part}-`)),
      20_000,
      () => `${part} did not come`,
    );
  await page.evaluate(() => {
    window.__same = true;
  });
  asked.length = 0;
  await row('胸部正位').click();
  await v.drawn();
  assert.equal(await page.evaluate(() => window.__same), true, 'the page was loaded anew');
  const documents = asked.filter(({ kind }) => kind === 'document');
  assert.deepEqual(documents, []);
  // What comes after the first picture was asked for is for the next study.
  const before = asked.slice(0, asked.findIndex(isPicture));
  const code = before.filter(({ kind, url }) => kind === 'script' && !/worker/i.test(url));
  assert.deepEqual(code, [], 'code is fetched between the press and the picture');
  assert.ok(asked.some(isPicture), 'the picture was never asked for');
  await page.goBack();
  await row('胸部正位').waitFor();
  assert.equal(await page.evaluate(() => window.__same), true, 'the way back loads the page anew');
  assert.deepEqual(su.faults, []);
});

test('the next study is here while this one is read: its pictures are shown without a line', async (t) => {
  const { page } = su;
  const at = readings.findIndex((r) => r.description?.includes('胸部') && r.modality === 'CT');
  const [here, there] = [readings[(at + readings.length - 1) % readings.length], readings[at]];
  asked.length = 0;
  const begun = Date.now();
  await page.locator('[data-testid="reading-row"]', { has: page.locator(`a[href="/readings/${here.id}"]`) }).click();
  await page.locator('[data-testid="reading"]').waitFor();
  const pictures = () => [...answered].filter((url) => url.includes(there.study) && /\/frames\/\d+$/.test(url)).length;
  await until(
    async () => pictures() === there.images,
    120_000,
    () => `${pictures()} of ${there.images} pictures of the next study came`,
  );
  t.diagnostic(`${there.images} pictures of the next study here after ${Date.now() - begun} ms`);
  const first = asked.findIndex((r) => r.url.includes(there.study) && isPicture(r));
  const own = asked.findLastIndex((r) => r.url.includes(here.study) && isPicture(r));
  assert.ok(own < first, 'the study that is open comes first');
  // Its small pictures, too: an element that wants one has it at once (a cut line would not show it, since the browser then keeps nothing).
  const small = [...answered].filter((url) => url.includes(there.study) && url.endsWith('/thumbnail'));
  assert.ok(small.length > 0, 'no small picture of the next study came');
  const held = (url) =>
    page.evaluate((src) => {
      const image = new Image();
      image.src = src;
      return image.complete && image.naturalWidth > 0;
    }, `${url}?viewport=128,128`);
  assert.deepEqual(
    await Promise.all(small.map(held)),
    small.map(() => true),
  );
  assert.equal(await held(small[0].replace('/thumbnail', '1/thumbnail')), false, 'any picture is here at once');
  // From now on no picture, and nothing about one, can be fetched.
  await su.context.route('**/dicom-web/**', (r) => r.abort());
  asked.length = 0;
  let pressed = Date.now();
  await page.keyboard.press('Alt+n');
  const left = page.waitForURL((u) => u.pathname === `/readings/${there.id}`);
  // Who was offered it says why they leave it to others.
  const why = async () => {
    await page.locator('dialog').getByRole('button', { name: '图像不全' }).click();
    pressed = Date.now();
    await page.locator('dialog').getByRole('button', { name: '跳过' }).click();
    await left;
  };
  await Promise.any([why(), left]);
  // The study before stays on show until this one can be.
  const come = page.locator(`[data-loading="false"][data-count="${there.images}"]`);
  await v.pane().and(come).waitFor({ timeout: 30_000 });
  t.diagnostic(`first picture of the next study ${Date.now() - pressed} ms after the press`);
  assert.deepEqual(picturesOf(there.study), [], 'a picture of the next study was asked for');
  assert.deepEqual(
    asked.filter(({ kind }) => kind === 'document'),
    [],
  );
  await until(
    async () => {
      const greys = await greysOf(v.pane().locator('canvas').first());
      return Math.max(...greys) - Math.min(...greys) > 60;
    },
    5_000,
    () => 'there is no picture',
  );
  for (const index of [0, there.images - 1, there.images >> 1]) {
    await v.turnTo(index);
    assert.equal(await page.locator('.viewer-failure').count(), 0, `picture ${index}`);
  }
  await shot(page, 'next-1-without-line');
  assert.deepEqual(picturesOf(there.study), []);
  await su.context.unroute('**/dicom-web/**');
  assert.deepEqual(su.faults, []);
});

test('a study that is pressed twice, or left before its picture came and opened again, is shown', async () => {
  const { page } = su;
  const late = readings.find((r) => r.description?.includes('颅脑平扫'));
  const isLate = (url) => /\/(frames|previews)\b/.test(url.pathname) && url.pathname.includes(late.study);
  const link = (r) => page.locator('[data-testid="reading-row"]', { has: page.locator(`a[href="/readings/${r.id}"]`) });
  const gated = async () => {
    let letGo = () => {};
    const gate = new Promise((done) => {
      letGo = done;
    });
    await page.route(isLate, (route) => gate.then(() => route.continue().catch(() => undefined))); // it may be given up by then
    return async () => {
      letGo();
      await page.unroute(isLate);
    };
  };
  // Loaded anew: nothing of it is here.
  await page.goto(`${program.http}/readings`);
  await link(late).waitFor();
  const twice = await gated();
  await link(late).evaluate(async (e) => {
    e.click();
    await new Promise((done) => setTimeout(done, 60));
    e.click();
  });
  await page.locator('[data-testid="reading"]').waitFor();
  await twice();
  await v.drawn();

  await page.goto(`${program.http}/readings`);
  await link(late).waitFor();
  const left = await gated();
  await link(late).click();
  await page.locator('[data-testid="reading"]').waitFor();
  await page.keyboard.press('Escape');
  await link(late).waitFor();
  await row('胸部正位').click();
  await v.drawn();
  await page.keyboard.press('Escape');
  await link(late).waitFor();
  await left();
  await link(late).click();
  await page.locator('[data-testid="reading"]').waitFor();
  await v.drawn();
  assert.deepEqual(su.faults, []);
});
