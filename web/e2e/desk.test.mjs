/** The desks around the consult and the read: unmatched images, photos, declines, escalation, the wall, both languages, every width. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { desktop, person, phone, shot, wall } from './browser.mjs';
import { until } from './program.mjs';
import { county } from './world.mjs';

let program;
let browser;

before(async () => {
  ({ program, browser } = await county());
});

async function newPatient(page, name, birth) {
  await page.getByRole('button', { name: '新患者' }).click({ timeout: 20_000 });
  await page.getByLabel('姓名', { exact: false }).first().fill(name);
  await page.getByRole('radio', { name: '男' }).click();
  await page.getByLabel('出生日期').fill(birth);
}

/** A grey PNG of n × n pixels (ISO/IEC 15948), as a phone would take it. */
function png(n) {
  const crc = (bytes) => {
    let c = ~0;
    for (const b of bytes) {
      c ^= b;
      for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    }
    return ~c >>> 0;
  };
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(n, 0);
  head.writeUInt32BE(n, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const lines = Buffer.alloc(n * (n + 1), 0x90);
  for (let y = 0; y < n; y++) lines[y * (n + 1)] = 0;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

test('images without an order are linked to one that is made by hand, and become a read', async () => {
  const song = await person(browser, program.http, 'songgang', desktop);
  await song.page.goto(`${program.http}/orders/new`);
  await newPatient(song.page, '吴十', '1977-04-18');
  await song.page.getByRole('button', { name: '胸部正位' }).first().click();
  await song.page.getByRole('button', { name: '开单' }).click();
  await song.page.waitForURL(/\/orders\/(?!new)/, { timeout: 20_000 });
  await shot(song.page, 'desk-1-order');

  const duty = await person(browser, program.http, 'zhiban', desktop);
  await duty.page.goto(`${program.http}/unmatched`);
  const link = duty.page.getByRole('button', { name: '关联' }).first();
  await link.waitFor({ timeout: 40_000 });
  await shot(duty.page, 'desk-2-unmatched');
  // As an earlier exam of the patient: nobody reads it; and back, with a reason.
  await duty.page.getByRole('button', { name: '作为既往检查' }).first().click();
  await shot(duty.page, 'desk-2-file');
  await duty.page.locator('dialog').getByRole('button', { name: '作为既往检查' }).click();
  await duty.page.getByText('所有影像都已匹配').waitFor({ timeout: 20_000 });
  await duty.page.goto(`${program.http}/studies`);
  await duty.page
    .getByRole('row', { name: /外来既往/ })
    .getByRole('link')
    .first()
    .click();
  await duty.page.getByRole('button', { name: '取消归入' }).click();
  await duty.page.locator('dialog').getByLabel('原因').fill('这是本次检查的影像');
  await shot(duty.page, 'desk-2-unfile');
  await duty.page.locator('dialog').getByRole('button', { name: '取消归入' }).click();
  await duty.page.getByText('已回到待匹配').waitFor({ timeout: 10_000 });
  await duty.page.goto(`${program.http}/unmatched`);
  await link.click();
  await duty.page.locator('dialog').getByRole('button', { name: '关联' }).click();
  await duty.page.getByText('所有影像都已匹配').waitFor({ timeout: 20_000 });

  const su = await person(browser, program.http, 'yuepian', desktop);
  await su.page.goto(`${program.http}/readings`);
  await su.page.locator('[data-testid="reading-row"]', { hasText: '吴十' }).waitFor({ timeout: 30_000 });
  assert.deepEqual([...song.faults, ...duty.faults, ...su.faults], []);
  for (const p of [song, duty, su]) await p.close();
});

test('a request carries a photo; a decline has its reason; the second line is rung', async () => {
  const yang = await person(browser, program.http, 'baiyang', phone);
  await yang.page.goto(`${program.http}/requests/new`);
  await newPatient(yang.page, '郑十一', '1959-09-09');
  await yang.page.getByRole('radio', { name: '急会诊' }).click();
  await yang.page.getByRole('radio', { name: /心血管内科/ }).click();
  await yang.page.getByLabel('一句话说明病情', { exact: false }).fill('胸闷 2 小时，心电图见附图，请会诊。');
  await yang.page.locator('details summary', { hasText: '照片' }).click();
  await yang.page
    .locator('input[type="file"]')
    .setInputFiles({ name: '心电图.png', mimeType: 'image/png', buffer: png(64) });
  await yang.page.getByText('心电图.png').waitFor();
  await yang.page.getByText('患者或家属已知情并同意').click();
  await shot(yang.page, 'desk-3-photo-phone');
  const he = await person(browser, program.http, 'he', desktop);
  const lin = await person(browser, program.http, 'lin', desktop);
  await yang.page.getByRole('button', { name: '发起急会诊' }).click();
  await yang.page.waitForURL(/\/requests\/(?!new)/, { timeout: 20_000 });

  await lin.page.getByRole('button', { name: '不能接' }).first().click({ timeout: 20_000 });
  const dialog = lin.page.locator('dialog');
  assert.ok(await dialog.getByRole('button', { name: '转给下一位' }).isDisabled(), 'a decline needs no reason');
  await dialog.getByText('正在抢救').click();
  await shot(lin.page, 'desk-4-decline');
  await dialog.getByRole('button', { name: '转给下一位' }).click();
  await dialog.waitFor({ state: 'detached', timeout: 20_000 });

  const accept = he.page.getByRole('button', { name: /接诊/ }).first();
  await accept.waitFor({ timeout: 100_000 });
  await shot(he.page, 'desk-5-second-line');
  await accept.click();
  await he.page.waitForURL(/\/requests\//, { timeout: 20_000 });
  const id = he.page.url().split('/').pop();
  const request = await (await he.context.request.get(`${program.http}/api/requests/${id}`)).json();
  assert.ok(JSON.stringify(request.offers).includes('rescuing'), 'the reason of the decline is not kept');
  // The photo is there for the specialist, byte for byte of what was sent.
  const [photo] = request.attachments;
  assert.ok(photo, 'the photo is not with the request');
  const got = await he.context.request.get(`${program.http}/api/requests/${id}/attachments/${photo.id}`);
  assert.equal(got.status(), 200);
  assert.ok((await got.body()).equals(png(64)), 'another photo came back');
  assert.deepEqual([...yang.faults, ...lin.faults, ...he.faults], []);
  for (const p of [yang, lin, he]) await p.close();
});

test('a wall screen looks by its link and shows no names', async () => {
  const nan = await person(browser, program.http, 'nanping', phone);
  await nan.page.goto(`${program.http}/requests/new`);
  await newPatient(nan.page, '冯十二', '1944-04-04');
  await nan.page.getByRole('radio', { name: '协诊' }).click();
  await nan.page.getByRole('radio', { name: /神经内科/ }).click();
  await nan.page.getByLabel('一句话说明病情', { exact: false }).fill('头晕反复，请协助诊断。');
  await nan.page.getByText('患者或家属已知情并同意').click();
  await nan.page.getByRole('button', { name: '发起协诊' }).click();
  await nan.page.waitForURL(/\/requests\/(?!new)/, { timeout: 20_000 });

  const admin = await person(browser, program.http, 'admin', desktop);
  await admin.page.goto(`${program.http}/admin/tokens`);
  await admin.page.getByRole('button', { name: '新建大屏链接' }).click({ timeout: 20_000 });
  await admin.page.locator('dialog input').first().fill('值班室大屏');
  await admin.page.locator('dialog button[type="submit"]').click();
  // As an administrator gets it: shown once, to be copied.
  const url = await admin.page.locator('dialog .secret').innerText({ timeout: 20_000 });

  const context = await browser.newContext({ viewport: wall, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
  const screen = await context.newPage();
  await screen.goto(url);
  await screen.waitForURL(/\/wall/, { timeout: 20_000 });
  await screen.getByText('南坪卫生院', { exact: false }).first().waitFor({ timeout: 20_000 });
  const text = await screen.locator('body').innerText();
  assert.ok(!text.includes('冯十二'), 'a patient’s name hangs on the wall');
  const board = await (await context.request.get(`${program.http}/api/board`)).text();
  assert.ok(!board.includes('冯十二'), 'the wall is sent the names of patients');
  assert.equal((await context.request.get(`${program.http}/api/patients?q=冯`)).status(), 403);
  await shot(screen, 'desk-6-wall');
  assert.deepEqual([...nan.faults, ...admin.faults], []);
  await context.close();
  for (const p of [nan, admin]) await p.close();
});

const main = {
  qingxi: ['/', '/requests/new', '/orders', '/orders/new', '/studies', '/patients', '/criticals', '/me'],
  lin: ['/', '/duty', '/studies', '/patients', '/me'],
  yuepian: ['/', '/readings', '/studies', '/patients', '/criticals'],
  shenhe: ['/', '/readings?scope=review', '/readings?scope=released'],
  'qingxi-jishi': ['/', '/orders', '/unmatched', '/studies'],
  zhiban: ['/', '/duty', '/unmatched', '/orders', '/criticals', '/wall'],
  admin: [
    '/',
    '/admin/institutions',
    '/admin/people',
    '/admin/roster',
    '/admin/devices',
    '/admin/agreements',
    '/admin/tokens',
    '/admin/settings',
  ],
  audit: ['/', '/admin/events'],
};

/** A page is there when nothing on it is a skeleton any more. */
async function settled(page) {
  await page.locator('main, .rlist, .wall, .study-page, [data-testid="reading"]').first().waitFor({ timeout: 20_000 });
  await until(
    async () => (await page.locator('.y-skeleton').count()) === 0,
    20_000,
    () => `${page.url()} stays a skeleton`,
  );
}

test('every main page in English, on a desk and on a phone, no wider than its screen', async () => {
  const wide = [];
  const chinese = [];
  for (const [login, paths] of Object.entries(main)) {
    const p = await person(browser, program.http, login, phone);
    await p.page.goto(`${program.http}/me`);
    await p.page.getByText('中文 / English').first().click({ timeout: 20_000 });
    await until(
      async () => (await p.page.locator('html').getAttribute('lang'))?.startsWith('en'),
      10_000,
      () => 'the language did not change',
    );
    for (const path of paths) {
      await p.page.setViewportSize(phone);
      await p.page.goto(`${program.http}${path}`);
      await settled(p.page);
      const name = `desk-en-${login}${path.replace(/\W+/g, '-')}`;
      const over = await p.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      // The registers of the administration are tables for a desk.
      if (over > 0 && !path.startsWith('/admin')) wide.push(`${login} ${path}: ${over} px`);
      await shot(p.page, `${name}-phone`);
      await p.page.setViewportSize(desktop);
      if (!path.startsWith('/wall')) {
        const button = await p.page.locator('button:visible').allInnerTexts();
        // Names of people and institutions are data; the page's own buttons are not.
        if (button.some((b) => /新建|保存|领取|开单|发起|关联|确认/.test(b)))
          chinese.push(`${login} ${path}: ${button.join(' | ')}`);
      }
      await shot(p.page, name);
    }
    assert.deepEqual(p.faults, []);
    await p.close();
  }
  assert.deepEqual(wide, []);
  assert.deepEqual(chinese, []);
});
