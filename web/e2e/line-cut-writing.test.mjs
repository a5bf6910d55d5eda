/** The line and the program die while somebody measures and writes: it is said, and nothing is lost. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { shot } from './browser.mjs';
import { begin, findings, kept, keys, line, lost, mended, restart, told, v, who } from './line-cut.world.mjs';
import { until } from './program.mjs';

before(() => begin('yuepian'));

/** When the browser last kept measurements of its own, ms. */
const keptHere = () =>
  who.page.evaluate(
    () =>
      new Promise((done) => {
        const opening = indexedDB.open('yilian-texts');
        opening.onsuccess = () => {
          const db = opening.result;
          const store = db.transaction('yilian-texts').objectStore('yilian-texts');
          const keys = store.getAllKeys();
          keys.onsuccess = () => {
            const mine = keys.result.find((k) => k.endsWith('/marks'));
            const found = mine === undefined ? undefined : store.get(mine);
            if (found) found.onsuccess = () => done(found.result.at);
            else done(0);
            db.close();
          };
        };
      }),
  );

test('while it is measured and written: all of it is here, said to be unsaved, and on the server when the line is back', async () => {
  await v.open('胸部平扫');
  await v.claim();
  await findings().fill('两肺纹理清晰。');
  await until(
    async () => (await kept()).report?.findings === '两肺纹理清晰。',
    15_000,
    () => 'the text is not saved',
  );
  line.cut();
  const { at } = await v.screen(380);
  await v.turnTo(30);
  await who.page.locator('.viewer-pane').first().hover();
  await keys('l');
  await v.drag(at([-50, 0]), at([50, 0]));
  await v.newest(1, /(9[789]|10[012])(\.\d)? mm/);
  await findings().fill('两肺纹理清晰。心影增大。');
  await who.page.locator('[data-testid="marks-unsaved"]').waitFor();
  await who.page.getByText('文字在本机').waitFor();
  await lost().waitFor();
  await shot(who.page, 'line-cut-4-writing');
  await mended();
  await until(
    async () => {
      const { items } = await kept('/measurements');
      return items.length === 1 && (await kept()).report?.findings === '两肺纹理清晰。心影增大。';
    },
    25_000,
    async () => `not saved: ${JSON.stringify(await kept('/measurements')).slice(0, 300)}`,
  );
  await who.page.locator('[data-testid="marks-unsaved"]').waitFor({ state: 'detached' });

  // The page is lost while nothing reaches the server.
  const url = who.page.url();
  line.cut();
  await keys('l');
  await v.drag(at([-40, 60]), at([40, 60]));
  await v.newest(2, /([\d.]+) mm/);
  const listed = Date.now();
  await until(
    async () => (await keptHere()) >= listed,
    15_000,
    () => 'what was drawn is not kept in the browser',
  );
  line.mend();
  await who.page.goto('about:blank');
  await who.page.goto(url);
  await v.newest(2, /([\d.]+) mm/);
  await until(
    async () => (await kept('/measurements')).items.length === 2,
    20_000,
    () => 'what was drawn before the page was lost is not saved',
  );
  assert.deepEqual(
    who.faults.filter((f) => !/WebSocket|ERR_|net::/.test(f)),
    [],
  );
});

test('while the program is started again: what is written meanwhile is saved', async () => {
  await restart(async () => {
    await told();
    await findings().fill('重启期间写的。');
    await who.page.getByText('文字在本机').waitFor();
  });
  await until(
    async () => (await kept()).report?.findings === '重启期间写的。',
    25_000,
    () => 'what was written is not saved',
  );
  await lost().waitFor({ state: 'detached', timeout: 25_000 });
});
