/** Around the talk: colleagues are asked in, a narrow camera is opened in the middle of it, and afterwards the dossier says how the lines were. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, phone, shot } from './browser.mjs';
import { start, until } from './program.mjs';

let program;
let browser;

before(async () => {
  program = await start();
  browser = await launch('--use-fake-device-for-media-stream=device-count=2');
  await until(() => program.log().includes('demo studies sent'), 120_000, () => program.log());
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

/** The page's peer connections can be seen, and once `__narrow` is set the first camera opens with 640 pixels of width (the second of Chromium's fakes is a depth camera). */
const spy = (context) =>
  context.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    window.__peers = [];
    window.RTCPeerConnection = class extends Real {
      constructor(...args) {
        super(...args);
        window.__peers.push(this);
      }
    };
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wish) =>
      open(window.__narrow && wish.video ? { ...wish, video: { width: { exact: 640 }, height: { exact: 480 } } } : wish);
  });

/** What the newest transport offers of the camera, and how many pictures of it went out. */
const sending = (page) =>
  page.evaluate(async () => {
    const pc = window.__peers.at(-1);
    const sender = pc.getSenders().find((s) => s.track?.kind === 'video');
    let frames = 0;
    for (const s of (await pc.getStats()).values()) if (s.type === 'outbound-rtp' && s.kind === 'video') frames += s.framesSent;
    return { transports: window.__peers.length, rids: sender?.getParameters().encodings.map((e) => e.rid).sort(), frames };
  });

const english = (page) => page.evaluate(() => localStorage.setItem('yilian.language', 'en')).then(() => page.reload());
const chinese = (page) => page.evaluate(() => localStorage.setItem('yilian.language', 'zh')).then(() => page.reload());

const fitsWidth = async (page, what) => {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${what} is ${over} px wider than its screen`);
};

test('a colleague is asked in, a narrow camera is sent whole, and the dossier tells how the lines were', async () => {
  const shi = await person(browser, program.http, 'shiqiao', phone);
  const zhou = await person(browser, program.http, 'zhou', desktop);
  for (const p of [shi, zhou]) {
    await spy(p.context);
    await p.page.reload();
  }
  await shi.page.goto(`${program.http}/requests/new`);
  await shi.page.locator('input[type="search"]').first().fill('李四');
  await shi.page.locator('.picker-row', { hasText: '李四' }).first().click({ timeout: 20_000 });
  await shi.page.getByRole('radio', { name: '急会诊' }).click();
  await shi.page.getByRole('radio', { name: /神经内科/ }).click();
  await shi.page.getByLabel('一句话说明病情', { exact: false }).fill('突发头痛呕吐，请会诊。');
  await shi.page.getByText('患者或家属已知情并同意').click();
  await shi.page.getByRole('button', { name: '发起急会诊' }).click();
  await shi.page.waitForURL(/\/requests\/(?!new)/, { timeout: 20_000 });
  await zhou.page.getByRole('button', { name: /接诊/ }).first().click({ timeout: 30_000 });
  await zhou.page.waitForURL(/\/requests\//, { timeout: 20_000 });
  await zhou.page.getByRole('button', { name: /进入/ }).first().click({ timeout: 20_000 });
  for (const p of [zhou, shi]) await p.page.locator('.stage-main video').waitFor({ timeout: 40_000 });
  const id = zhou.page.url().split('/').pop();
  const request = async () => (await zhou.context.request.get(`${program.http}/api/requests/${id}`)).json();

  // Who asked for help may not ask colleagues in; the specialist may.
  await shi.page.locator('.control-more').click();
  await shi.page.getByText('邀请来宾').waitFor();
  assert.equal(await shi.page.getByText('邀请同事').count(), 0);
  await shi.page.keyboard.press('Escape');
  await zhou.page.locator('.control-more').click();
  await zhou.page.getByText('邀请同事').click();
  const dialog = zhou.page.getByRole('dialog', { name: '邀请同事' });
  await dialog.locator('.colleague').first().waitFor();
  await shot(zhou.page, 'room-after-1-colleagues');
  await dialog.getByLabel('姓名或科室').fill('林');
  await until(async () => (await dialog.locator('.colleague').count()) === 1, 5000, () => 'the search finds not one');
  await dialog.getByRole('button', { name: '邀请', exact: true }).click();
  await dialog.getByRole('button', { name: '取消邀请' }).waitFor();
  assert.deepEqual((await request()).panel.map((p) => p.person.name), ['林医生']);
  await zhou.page.setViewportSize(phone);
  await fitsWidth(zhou.page, 'the dialog on a phone');
  await shot(zhou.page, 'room-after-1-colleagues-phone');
  await zhou.page.setViewportSize(desktop);
  await dialog.getByRole('button', { name: '取消邀请' }).click();
  const sure = zhou.page.getByRole('dialog', { name: '取消邀请 林医生？' });
  await shot(zhou.page, 'room-after-2-uninvite');
  await sure.getByRole('button', { name: '取消邀请' }).click();
  await dialog.locator('.colleague').first().waitFor();
  assert.equal(await dialog.getByRole('button', { name: '取消邀请' }).count(), 0);
  assert.ok((await request()).panel.every((p) => p.ended), 'the invitation stands');
  await dialog.getByRole('button', { name: '关闭' }).click();

  // A narrow camera in the middle of the talk goes out in two encodings.
  await zhou.page.evaluate(() => {
    window.__narrow = true;
  });
  await zhou.page.getByRole('button', { name: '翻转' }).click();
  let last;
  await until(async () => {
    last = await sending(zhou.page);
    return last.rids?.join() === 'h,m' && last.frames > 0;
  }, 20_000, () => `sends ${JSON.stringify(last)}`);
  await shi.page.locator('.stage-main video').waitFor({ timeout: 20_000 });
  console.log(`figures: a narrow camera goes out as ${JSON.stringify(last)}`);

  await zhou.page.waitForTimeout(6000); // some samples of the lines
  await zhou.page.getByRole('button', { name: '离开' }).click();
  await zhou.page.getByRole('button', { name: '结束会诊，写意见' }).click();
  const panel = (page) => page.locator('.after');
  await panel(zhou.page).locator('.after-people li').first().waitFor({ timeout: 20_000 });
  await zhou.page.reload();
  await until(async () => (await panel(zhou.page).locator('.after-people > li').count()) === 2, 20_000, () => 'not both lines');
  assert.match(await panel(zhou.page).innerText(), /所有线路良好|的线路最差/);
  const details = panel(zhou.page).locator('details').first();
  for (const [name, turn] of [['zh', chinese], ['en', english]]) {
    await turn(zhou.page);
    for (const [size, view] of [['desktop', desktop], ['phone', phone]]) {
      await zhou.page.setViewportSize(view);
      await details.locator('summary').waitFor();
      if (!(await details.evaluate((d) => d.open))) await details.locator('summary').click();
      await panel(zhou.page).scrollIntoViewIfNeeded();
      await fitsWidth(zhou.page, `the dossier, ${name} ${size}`);
      await shot(zhou.page, `room-after-3-summary-${name}-${size}`);
    }
  }
  assert.deepEqual([...zhou.faults, ...shi.faults], []);
  for (const p of [zhou, shi]) await p.close();
});
