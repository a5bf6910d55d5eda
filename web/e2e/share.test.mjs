/** A study leaves the house: by a link that opens once and carries a watermark, and as a copy without identity that somebody has looked over. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { desktop, person, phone, shot } from './browser.mjs';
import { until } from './program.mjs';
import { viewing } from './viewing.mjs';
import { county, folder, studyOf } from './world.mjs';

const run = promisify(execFile);
let program;
let browser;
let owner;
let hewan; // another house, with an ultrasound

before(async () => {
  ({ program, browser } = await county());
  [owner, hewan] = await Promise.all(
    ['qingxi-jishi', 'hewan'].map((login) =>
      person(browser, program.http, login, desktop, { permissions: ['clipboard-read', 'clipboard-write'] }),
    ),
  );
  for (const p of [owner, hewan]) p.context.setDefaultTimeout(30_000);
});

/** Somebody outside, with a browser of their own. */
async function outsider(viewport = desktop) {
  const context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
  context.setDefaultTimeout(30_000);
  return { context, page: await context.newPage() };
}

const made = {};
let guest;
let ct;

test('a link is made on the page of a study, and shown with its code once', async () => {
  ct = await studyOf(owner, 'CT');
  assert.ok(ct, 'the house has a CT');
  const { page } = owner;
  await page.goto(`${program.http}/studies/${ct}`);
  await page.getByRole('button', { name: '分享', exact: true }).click();
  await page.getByLabel('给谁看').fill('省医院 顾医生');
  await page.getByText('附上已发布的报告').click();
  await page.getByRole('button', { name: '生成链接' }).click();
  const secret = page.getByTestId('share-made');
  await secret.waitFor();
  made.link = await secret.getByLabel('一次性链接').inputValue();
  made.code = (await secret.getByLabel('验证码').textContent()).trim();
  assert.match(made.link, /\/s\/[\w-]{32}$/);
  assert.match(made.code, /^\d{6}$/);
  await page.locator('.share-list', { hasText: '未打开' }).waitFor();
  await shot(page, 'share-1-made');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '分享', exact: true }).click();
  await page.locator('.share-list').waitFor();
  assert.equal(await page.getByText(made.code).count(), 0, 'the code is shown once');
});

test('a guest opens it with the code, and sees pictures under a watermark', async () => {
  guest = await outsider();
  const { page } = guest;
  await page.goto(made.link);
  await page.getByText('清溪镇中心卫生院 给您看').waitFor();
  assert.equal(await page.locator('canvas').count(), 0);
  await page.getByLabel('验证码').fill(made.code === '000000' ? '111111' : '000000');
  await page.getByRole('button', { name: '打开' }).click();
  await page.getByText('还可以试 4 次').waitFor();
  await shot(page, 'share-2-code');
  await page.getByLabel('验证码').fill(made.code);
  await page.getByRole('button', { name: '打开' }).click();
  await page.getByTestId('viewer').waitFor();
  const mark = page.getByTestId('watermark');
  await mark.waitFor();
  assert.match(await mark.textContent(), /仅供 省医院 顾医生 查看.*清溪镇中心卫生院/);
  // The picture is drawn, and the mark stays whatever of the viewer's own overlays is shown.
  await until(() => page.evaluate(() => [...document.querySelectorAll('canvas')].some((c) => c.width > 100)), 30_000);
  await viewing(page).drawn();
  // Everything, without the patient, nothing, and back.
  const words = page.locator('.viewer-tl').first();
  const corner = page.locator('.viewer-br').first();
  await words.waitFor();
  for (const [patient, rest] of [
    [false, true],
    [false, false],
    [true, true],
  ]) {
    await page.keyboard.press('t');
    await words.waitFor({ state: patient ? 'visible' : 'detached' });
    await corner.waitFor({ state: rest ? 'visible' : 'detached' });
    assert.ok(await mark.isVisible());
    assert.equal(await mark.evaluate((m) => getComputedStyle(m).pointerEvents), 'none');
    assert.match(await mark.textContent(), /仅供 省医院 顾医生 查看/);
  }
  await shot(page, 'share-3-guest');
  const paper = join(await folder(), 'page.pdf');
  await page.pdf({ path: paper, format: 'A4', landscape: true });
  const { stdout } = await run('pdftotext', ['-raw', paper, '-']);
  assert.ok(stdout.split('顾医生').length > 10, `prints carry it: ${stdout}`);
  await page.reload();
  await page.getByTestId('viewer').waitFor();
});

test('a guest sees that study and nothing else; no other browser sees it', async () => {
  const other = (await studyOf(owner, 'DX')) ?? (await studyOf(owner, 'CR')) ?? (await studyOf(hewan, 'US'));
  assert.ok(other && other !== ct);
  const statuses = await guest.page.evaluate(
    async ({ ct, other }) => {
      const ask = async (path) => (await fetch(path, { headers: { Accept: 'application/dicom+json' } })).status;
      return {
        mine: await ask(`/s-web/studies/${ct}/series`),
        other: await ask(`/s-web/studies/${other}/series`),
        list: await ask('/s-web/studies'),
        whole: await ask(`/s-web/studies/${ct}`),
        door: await ask(`/dicom-web/studies/${ct}/series`),
        api: await ask(`/api/studies/${ct}`),
        take: await ask(`/api/share/download?study=${ct}`),
        cookie: document.cookie.includes('yilian-share'),
      };
    },
    { ct, other },
  );
  assert.deepEqual(statuses, {
    mine: 200,
    other: 404,
    list: 404,
    whole: 404,
    door: 401,
    api: 401,
    take: 403,
    cookie: false,
  });
  const second = await outsider(phone);
  await second.page.goto(made.link);
  await second.page.getByTestId('share-over').waitFor();
  await second.page.getByText('已在别的浏览器里打开过').waitFor();
  await shot(second.page, 'share-4-elsewhere-phone');
  await second.context.close();
});

test('the house sees who looked, and withdraws the link: the open page ends', async () => {
  const { page } = owner;
  await page.reload();
  await page.getByRole('button', { name: '分享', exact: true }).click();
  await page.locator('.share-list', { hasText: '共看过 2 次' }).waitFor();
  await page.getByText('其他浏览器尝试打开 1 次').waitFor();
  await shot(page, 'share-5-list');
  await page.setViewportSize(phone);
  await shot(page, 'share-5-list-phone');
  await guest.page.setViewportSize(phone);
  await viewing(guest.page).drawn();
  await shot(guest.page, 'share-6-guest-phone');
  await page.setViewportSize(desktop);
  await page.locator('.share-list').getByRole('button', { name: '收回' }).click();
  await page.getByText('正在看的页面会立即关闭').waitFor();
  await page.getByRole('alertdialog').getByRole('button', { name: '收回' }).click();
  await page.locator('.share-list', { hasText: '已收回' }).waitFor();
  await guest.page.getByTestId('share-over').waitFor({ timeout: 15_000 });
  await guest.page.getByText('医院已收回这个链接').waitFor();
  assert.equal(await guest.page.locator('canvas').count(), 0);
  await shot(guest.page, 'share-7-withdrawn');
  await guest.context.close();
});

test('a copy without identity leaves after it was looked over', async () => {
  const { page } = hewan;
  const us = await studyOf(hewan, 'US');
  assert.ok(us, 'the house has an ultrasound');
  await page.goto(`${program.http}/studies/${us}`);
  await page.getByRole('button', { name: '去标识导出' }).click();
  await page.getByText('基本保密规范').waitFor();
  await shot(page, 'deident-1-options');
  const next = page.getByRole('button', { name: '下一步：核对' });
  const holder = () => page.evaluate(() => document.activeElement.closest('dialog') && document.activeElement.tagName);
  const busy = [];
  const refused = async (route) => {
    await until(async () => (await holder()) !== 'BUTTON', 5_000).catch(() => {});
    busy.push(await holder());
    await route.fulfill({ status: 503 });
  };
  await page.route('**/deidentify/review', refused, { times: 1 });
  await next.press('Enter');
  await page.getByRole('dialog').getByRole('alert').waitFor();
  assert.deepEqual(busy, ['DIALOG'], 'the window has the focus while the button works');
  assert.ok(await next.evaluate((e) => e === document.activeElement), 'and the button has it again after that failed');
  await page.keyboard.press('Enter');
  await page.getByText('PatientName').waitFor();
  assert.equal(await holder(), 'BUTTON', 'the next step begins at a control of its own');
  const before = await page.locator('.deident-rows tr', { hasText: 'PatientName' }).textContent();
  assert.match(before, /ANON-/);
  const go = page.locator('footer button[type=submit]');
  assert.ok(await go.isDisabled(), 'not before everything was looked at');
  const risks = page.locator('.deident-risks li');
  const n = await risks.count();
  assert.ok(n >= 1);
  await shot(page, 'deident-2-review');
  await page.setViewportSize(phone);
  await shot(page, 'deident-2-review-phone');
  await page.setViewportSize(desktop);
  for (let i = 0; i < n; i++) {
    const tick = risks.nth(i).getByRole('button', { name: '已看，没有身份信息' });
    await tick.scrollIntoViewIfNeeded();
    await until(() => tick.isEnabled(), 20_000); // the picture is there
    await tick.click();
  }
  assert.ok(await go.isEnabled());
  await shot(page, 'deident-3-looked');
  const [file] = await Promise.all([page.waitForEvent('download'), go.click()]);
  const at = join(await folder(), 'copy.zip');
  await file.saveAs(at);
  const { stdout } = await run('python3', [
    '-c',
    'import sys,zipfile,hashlib\nz=zipfile.ZipFile(sys.argv[1])\nb=b"".join(z.read(n) for n in z.namelist())\nprint(len(z.namelist()), any(s.encode() in b for s in sys.argv[2:]), b"113100" in b)',
    at,
    us,
    before
      .split('ANON-')[0]
      .replace(/^PatientName 00100010/, '')
      .split('=')[0],
  ]);
  assert.match(stdout, /^\d+ False True/);
});

test('nothing went wrong on the pages', () => {
  assert.deepEqual([...owner.faults, ...hewan.faults], []);
});
