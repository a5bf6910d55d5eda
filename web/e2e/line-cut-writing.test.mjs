/** The line and the program die while somebody measures and writes: it is said, and nothing is lost. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { openLine } from './line-cut.proxy.mjs';
import { start, studiesSent, until } from './program.mjs';
import { viewing } from './viewing.mjs';

let program;
let data;
let browser;
let line;
let su;
let v;

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'yilian-cut-'));
  program = await start({ data });
  await studiesSent(program);
  line = await openLine(program.ports.http);
  browser = await launch();
  su = await person(browser, line.http, 'yuepian', desktop);
  su.page.setDefaultTimeout(15_000);
  v = viewing(su.page, line.http);
});

after(async () => {
  await browser?.close();
  await line?.close();
  await program?.stop();
  if (data) await rm(data, { recursive: true, force: true });
});

const lost = () => su.page.locator('.lost');
const findings = () => su.page.locator('textarea[name="findings"]');
const kept = async (what = '') => {
  const id = su.page.url().split('/').pop();
  const session = await su.context.cookies();
  const cookie = session.map((c) => `${c.name}=${c.value}`).join('; ');
  const res = await fetch(`${program.http}/api/readings/${id}${what}`, { headers: { cookie } });
  return res.json();
};
/** When the browser last kept measurements of its own, ms. */
const keptHere = () =>
  su.page.evaluate(
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
/** The line is whole, and the page says nothing else any more. */
const mended = async () => {
  line.mend();
  await lost().waitFor({ state: 'detached', timeout: 25_000 });
};

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
  await su.page.locator('.viewer-pane').first().hover();
  await su.page.evaluate(() => document.activeElement?.blur());
  await su.page.keyboard.press('l');
  await v.drag(at([-50, 0]), at([50, 0]));
  await v.newest(1, /(9[789]|10[012])(\.\d)? mm/);
  await findings().fill('两肺纹理清晰。心影增大。');
  await su.page.locator('[data-testid="marks-unsaved"]').waitFor();
  await su.page.getByText('文字在本机').waitFor();
  await lost().waitFor();
  await shot(su.page, 'line-cut-4-writing');
  await mended();
  await until(
    async () => {
      const { items } = await kept('/measurements');
      return items.length === 1 && (await kept()).report?.findings === '两肺纹理清晰。心影增大。';
    },
    25_000,
    async () => `not saved: ${JSON.stringify(await kept('/measurements')).slice(0, 300)}`,
  );
  await su.page.locator('[data-testid="marks-unsaved"]').waitFor({ state: 'detached' });

  // The page is lost while nothing reaches the server.
  const url = su.page.url();
  line.cut();
  await su.page.evaluate(() => document.activeElement?.blur());
  await su.page.keyboard.press('l');
  await v.drag(at([-40, 60]), at([40, 60]));
  await v.newest(2, /([\d.]+) mm/);
  const listed = Date.now();
  await until(
    async () => (await keptHere()) >= listed,
    15_000,
    () => 'what was drawn is not kept in the browser',
  );
  line.mend();
  await su.page.goto('about:blank');
  await su.page.goto(url);
  await v.newest(2, /([\d.]+) mm/);
  await until(
    async () => (await kept('/measurements')).items.length === 2,
    20_000,
    () => 'what was drawn before the page was lost is not saved',
  );
  assert.deepEqual(
    su.faults.filter((f) => !/WebSocket|ERR_|net::/.test(f)),
    [],
  );
});

test('while the program is started again: what is written meanwhile is saved', async () => {
  await program.stop('SIGKILL');
  await lost().waitFor({ timeout: 20_000 });
  await findings().fill('重启期间写的。');
  await su.page.getByText('文字在本机').waitFor();
  program = await start({ data, ports: program.ports });
  await until(
    async () => (await kept()).report?.findings === '重启期间写的。',
    25_000,
    () => 'what was written is not saved',
  );
  await lost().waitFor({ state: 'detached', timeout: 25_000 });
});
