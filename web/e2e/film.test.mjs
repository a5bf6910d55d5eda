/** Film in a real browser over the real program: layouts, windows as chosen, sheets of the right size and number, and who may print. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, launch, person, phone, shot } from './browser.mjs';
import { root, start, studiesSent, until } from './program.mjs';

const run = promisify(execFile);

let program;
let browser;
let su;
let film; // the page for film

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
  su = await person(browser, program.http, 'yuepian', desktop);
  await su.context.addInitScript(() => {
    window.print = () => {
      window.printed = (window.printed ?? 0) + 1;
    };
  });
});

after(async () => {
  await su?.close();
  await browser?.close();
  await program?.stop();
});

const cells = () => film.locator('[data-testid="film-preview"] [data-testid="film-cell"]');
const sheets = () => film.locator('[data-testid="film-preview"] [data-testid="film-sheet"]');
const choose = (text) => film.locator('.film-options').getByText(text, { exact: true }).click();
const loaded = () =>
  until(
    async () => {
      const p = film.locator('[data-testid="film-progress"]');
      return (
        (await p.getAttribute('data-all')) !== '0' &&
        (await p.getAttribute('data-done')) === (await p.getAttribute('data-all'))
      );
    },
    60_000,
    () => 'pictures are missing',
  );

/** Prints, and answers the PDF's number of pages, size in millimetres and words. */
async function pdf(times, name) {
  await film.getByRole('button', { name: /^打印/ }).click();
  await until(
    () => film.evaluate((n) => window.printed === n, times),
    60_000,
    () => 'nothing was printed',
  );
  const dir = await mkdtemp(join(tmpdir(), 'yilian-film-'));
  try {
    const file = join(dir, 'film.pdf');
    await writeFile(file, await film.pdf({ preferCSSPageSize: true, printBackground: true }));
    const { stdout: info } = await run('pdfinfo', [file]);
    const { stdout: words } = await run('pdftotext', ['-layout', file, '-']);
    await run('pdftocairo', ['-png', '-r', '60', '-singlefile', file, join(dir, 'film')]);
    await writeFile(join(root, `artefacts/screenshots/${name}.png`), await readFile(join(dir, 'film.png')));
    const [, w, h] = /Page size:\s+([\d.]+) x ([\d.]+) pts/.exec(info).map(Number);
    await film.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    return { pages: Number(/Pages:\s+(\d+)/.exec(info)[1]), width: (w / 72) * 25.4, height: (h / 72) * 25.4, words };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const near = (got, wanted, by, what) => assert.ok(Math.abs(got - wanted) <= by, `${what}: ${got} instead of ${wanted}`);

test('the viewer hands over what is on show, in its window', async () => {
  await su.page.goto(`${program.http}/readings`);
  await su.page.locator('[data-testid="reading-row"]', { hasText: '胸部平扫' }).click({ timeout: 30_000 });
  await su.page
    .locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])')
    .waitFor({ timeout: 30_000 });
  await su.page.keyboard.press('a');
  await su.page.locator('textarea[name="findings"]').waitFor({ timeout: 15_000 });
  await su.page.evaluate(() => document.activeElement?.blur());
  await su.page.keyboard.press('1'); // the lung
  await su.page.keyboard.press('.'); // a key image
  const opened = su.context.waitForEvent('page');
  await su.page.keyboard.press('Control+p');
  film = await opened;
  await film.setViewportSize(desktop);
  await cells().first().waitFor({ timeout: 20_000 });
  assert.equal(await cells().count(), 1);
  const [center, width] = (await cells().first().getAttribute('data-window')).split(',').map(Number);
  near(center, -600, 1, 'level');
  near(width, 1500, 2, 'window');
  assert.match(
    await cells().first().innerText(),
    /R[\s\S]*L[\s\S]*A[\s\S]*P[\s\S]*图 \d+\/64[\s\S]*位置[\s\S]*窗宽 1500 窗位 -600/,
  );
  await loaded();
  await shot(film, 'film-01-shown');
});

test('every n-th slice of a series, on as many sheets as it takes; the PDF is what was seen', async () => {
  await choose('序列');
  await choose('3×4');
  await film.getByLabel('到', { exact: true }).fill('50');
  await film.getByLabel('每隔', { exact: true }).fill('2');
  await until(async () => (await cells().count()) === 25);
  assert.equal(await sheets().count(), 3);
  await film.locator('.film-options select').last().selectOption({ index: 3 }); // a preset: the mediastinum
  await until(async () => (await cells().first().getAttribute('data-window')) === '40,400');
  await loaded();
  await shot(film, 'film-02-series');
  const a4 = await pdf(1, 'film-03-a4');
  assert.equal(a4.pages, 3);
  near(a4.width, 210, 0.5, 'width');
  near(a4.height, 297, 0.5, 'height');
  for (const what of [
    '张三',
    '清溪镇中心卫生院',
    '不用于首次诊断',
    '苏医生',
    '第 3 / 3 页',
    '窗宽 400 窗位 40',
    '图 49/64',
  ])
    assert.ok(a4.words.includes(what), `${what} is not on the film`);
  await choose('14×17 in');
  await choose('横向');
  await choose('6×5');
  await until(async () => (await sheets().count()) === 1);
  await loaded();
  const large = await pdf(2, 'film-04-large');
  assert.equal(large.pages, 1);
  near(large.width, 431.8, 0.6, 'width');
  near(large.height, 355.6, 0.6, 'height');
});

test('pictures are chosen by a press, and taken out', async () => {
  await film.getByRole('button', { name: '加入图 5', exact: true }).click();
  await film.getByRole('button', { name: '加入图 9', exact: true }).click();
  assert.equal(await cells().count(), 2);
  assert.match(await cells().nth(1).innerText(), /图 9\/64/);
  await film.getByRole('button', { name: '移出第 1 格' }).click();
  await until(async () => (await cells().count()) === 1);
  await film
    .locator('.film-options')
    .getByText(/^关键图像/)
    .click();
  await until(async () => (await cells().count()) === 1);
});

test('a print whose answer is lost is asked for again with its key, and stands in the trail once', async () => {
  const study = /studies\/([\d.]+)\/film/.exec(film.url())[1];
  const audit = await person(browser, program.http, 'audit', desktop);
  const recorded = async () => {
    const trail = await audit.context.request.get(`${program.http}/api/admin/events?entity=study&id=${study}`);
    return (await trail.json()).items.filter((e) => e.action === 'study.printed').length;
  };
  const already = await recorded();
  assert.ok(already > 0, 'the prints before are not in the trail');
  const keys = [];
  let cut = true;
  await film.route('**/prints', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (!cut) return route.continue();
    await route.fetch(); // the service has it, the page does not know
    await route.abort('connectionreset');
  });
  await film.getByRole('button', { name: /^打印/ }).click();
  await film.getByText('不会重复提交').waitFor({ timeout: 30_000 });
  await shot(film, 'film-08-line-cut');
  assert.ok(keys.length > 1, 'the page did not try again by itself');
  const printed = await film.evaluate(() => window.printed);
  cut = false;
  await film.getByRole('button', { name: /^打印/ }).click();
  await until(
    () => film.evaluate((n) => window.printed === n, printed + 1),
    30_000,
    () => 'nothing was printed',
  );
  await film.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  assert.equal(new Set(keys).size, 1, `several keys: ${keys}`);
  assert.equal(await recorded(), already + 1);
  await film.unroute('**/prints');
  await audit.close();
});

test('a radiograph is printed true to size where it fits, and says so', async () => {
  const jishi = await person(browser, program.http, 'qingxi-jishi', desktop);
  await jishi.page.addInitScript(() => {
    window.print = () => {
      window.printed = (window.printed ?? 0) + 1;
    };
  });
  const found = await (
    await jishi.context.request.get(`${program.http}/dicom-web/studies?ModalitiesInStudy=DX`)
  ).json();
  const uid = found[0]['0020000D'].Value[0];
  film = jishi.page;
  await film.goto(`${program.http}/studies/${uid}/film`);
  await cells().first().waitFor({ timeout: 20_000 });
  await choose('原尺寸 1:1');
  await film.getByText('不能按 1:1 打印').waitFor(); // on A4
  await choose('14×17 in');
  await until(async () => (await cells().first().getAttribute('data-times')) !== null);
  const times = Number(await cells().first().getAttribute('data-times'));
  assert.ok(times > 0.8 && times <= 1, `scale ${times}`);
  await loaded();
  await shot(film, 'film-05-radiograph');
  const sheet = await pdf(1, 'film-06-radiograph');
  assert.equal(sheet.pages, 1);
  assert.match(sheet.words, /1:1|× 0\.\d\d/);
  assert.deepEqual(jishi.faults, []);
  await jishi.close();
});

test('who may look only prints nothing, and is told why; on a phone it can be used', async () => {
  const han = await person(browser, program.http, 'shenhe', phone, { hasTouch: true, isMobile: true });
  await han.context.addInitScript(() => {
    window.print = () => {
      window.printed = (window.printed ?? 0) + 1;
    };
  });
  const found = await (await han.context.request.get(`${program.http}/dicom-web/studies?ModalitiesInStudy=CT`)).json();
  film = han.page;
  await film.goto(`${program.http}/studies/${found[0]['0020000D'].Value[0]}/film`);
  await cells().first().waitFor({ timeout: 20_000 });
  await shot(film, 'film-07-phone');
  await film.getByRole('button', { name: /^打印/ }).click();
  await film.getByText('您可以查看，不能打印').waitFor({ timeout: 10_000 });
  assert.equal(await film.evaluate(() => window.printed ?? 0), 0);
  await han.close();
  assert.deepEqual(su.faults, []);
});
