/** Around the talk: colleagues are asked in, a narrow camera is opened in the middle of it, and afterwards the dossier says how the lines were. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, phone, shot } from './browser.mjs';
import { inCall, more, tooWide } from './consulting.mjs';
import { root, start, studiesSent, until } from './program.mjs';

let program;
let browser;

before(async () => {
  program = await start();
  browser = await launch('--use-fake-device-for-media-stream=device-count=2');
  await studiesSent(program);
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

/** Once `__narrow` is set the first camera opens with 640 pixels of width (the second of Chromium's fakes is a depth camera). */
const narrow = (page) =>
  page.evaluate(() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wish) =>
      open(wish.video ? { ...wish, video: { width: { exact: 640 }, height: { exact: 480 } } } : wish);
  });

/** What the newest transport offers of the camera, and how many pictures of it went out. */
const sending = (page) =>
  page.evaluate(async () => {
    const pc = window.__peers.at(-1);
    const sender = pc.getSenders().find((s) => s.track?.kind === 'video');
    let frames = 0;
    for (const s of (await pc.getStats()).values())
      if (s.type === 'outbound-rtp' && s.kind === 'video') frames += s.framesSent;
    return {
      transports: window.__peers.length,
      rids: sender
        ?.getParameters()
        .encodings.map((e) => e.rid)
        .sort(),
      frames,
    };
  });

/** Answers for the page: a consult with two calls, the first on a line that hardly carried it. */
async function played(page, id) {
  const at = (minute, second = 0) => new Date(Date.UTC(2026, 2, 1, 1, minute, second)).toISOString();
  const shi = { id: 's', name: '石医生' };
  const gap = (minute, second, until) => ({ person: 's', from: at(minute, second), until: at(minute, until) });
  const legs = [
    {
      leg: 1,
      specialist: { id: 'z', name: '周医生' },
      startedAt: at(0),
      endedAt: at(6, 12),
      participants: [shi],
      gaps: [gap(2, 5, 40), gap(4, 2, 31)],
    },
    { leg: 2, specialist: { id: 'w', name: '吴主任' }, startedAt: at(9), endedAt: at(17, 3), participants: [shi] },
  ];
  const calm = { upLoss: 0.001, downLoss: 0.002, rtt: 34, jitter: 4, mos: 4.4, upKbps: 910, downKbps: 860 };
  const line = (person, name, verdict, average, more = {}) => ({
    person,
    name,
    verdict,
    average,
    worst: average,
    freezes: 0,
    frozen: 0,
    spent: { live: 372 },
    paths: ['udp'],
    findings: [],
    ...more,
  });
  const found = (code, grade, value) => ({ code, grade, value });
  const bad = line(
    's',
    '石医生',
    'bad',
    { upLoss: 0.231, downLoss: 0.09, rtt: 1310, jitter: 122, mos: 1.9, upKbps: 74, downKbps: 91 },
    {
      freezes: 41,
      frozen: 96.4,
      spent: { live: 121, degraded: 187, interrupted: 64 },
      paths: ['relay-tcp', 'udp'],
      findings: [
        found('up-loss', 'bad', 0.231),
        found('delay', 'bad', 1310),
        found('interrupted', 'bad', 64),
        found('audio-only', 'poor', 0.62),
        found('down-loss', 'poor', 0.09),
        found('jitter', 'poor', 122),
        found('freezes', 'poor', 41),
        found('relay', 'fair', 1),
      ],
    },
  );
  const calls = [
    { call: 1, verdict: 'bad', worst: '石医生', people: [line('z', '周医生', 'good', calm), bad] },
    { call: 2, verdict: 'good', people: [line('s', '石医生', 'good', calm), line('w', '吴主任', 'good', calm)] },
  ];
  await page.route(`**/api/requests/${id}/call-summary`, (route) => route.fulfill({ json: { verdict: 'bad', calls } }));
  await page.route(`**/api/requests/${id}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), mediaSessions: legs } });
  });
}

const english = (page) => page.evaluate(() => localStorage.setItem('yilian.language', 'en')).then(() => page.reload());
const chinese = (page) => page.evaluate(() => localStorage.setItem('yilian.language', 'zh')).then(() => page.reload());

const fitsWidth = async (page, what) => assert.equal(await tooWide(page), 0, `${what} is wider than its screen`);

test('a colleague is asked in and rung, a narrow camera is sent whole, and the dossier tells how the lines were', async () => {
  const lin = await person(browser, program.http, 'lin', desktop);
  const { shi, zhou, id } = await inCall(browser, program.http);
  const request = async () => (await zhou.context.request.get(`${program.http}/api/requests/${id}`)).json();

  // Who asked for help may not ask colleagues in; the specialist may.
  await shi.page.locator('.control-more').click();
  await shi.page.getByText('邀请来宾').waitFor();
  assert.equal(await shi.page.getByText('邀请同事').count(), 0);
  await shi.page.keyboard.press('Escape');
  await more(zhou.page, '邀请同事');
  const dialog = zhou.page.getByRole('dialog', { name: '邀请同事' });
  await dialog.locator('.colleague').first().waitFor();
  await shot(zhou.page, 'room-after-1-colleagues');
  await dialog.getByLabel('姓名或科室').fill('林');
  await until(
    async () => (await dialog.locator('.colleague').count()) === 1,
    15_000,
    () => 'the search finds not one',
  );
  await dialog.getByRole('button', { name: '邀请', exact: true }).click();
  const began = Date.now();
  const card = lin.page.locator('.ring-card[data-invite]');
  await card.getByText('周医生 请您参加会诊').waitFor({ timeout: 15_000 });
  console.log(`figures: the colleague is rung after ${Date.now() - began} ms`);
  await card.getByText('李四').waitFor();
  await shot(lin.page, 'room-after-1-invited');
  await lin.page.setViewportSize(phone);
  await fitsWidth(lin.page, 'the invitation on a phone');
  await shot(lin.page, 'room-after-1-invited-phone');
  await lin.page.setViewportSize(desktop);
  await dialog.getByRole('button', { name: '取消邀请' }).waitFor();
  assert.deepEqual(
    (await request()).panel.map((p) => p.person.name),
    ['林医生'],
  );
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
  assert.ok(
    (await request()).panel.every((p) => p.ended),
    'the invitation stands',
  );
  await card.waitFor({ state: 'detached', timeout: 15_000 });

  // Rung once more: a page that is opened only now hears of it too; who cannot come says so, and is asked again.
  const invite = () =>
    dialog
      .locator('li', { hasText: '林医生' })
      .getByRole('button', { name: /^(邀请|再请一次)$/ })
      .click();
  await invite();
  await lin.page.reload();
  await card.waitFor({ timeout: 10_000 });
  await card.getByRole('button', { name: '不能参加' }).click();
  await card.waitFor({ state: 'detached', timeout: 15_000 });
  await zhou.page.getByText('林医生 现在不能参加').waitFor({ timeout: 10_000 });
  await shot(zhou.page, 'room-after-2-excused');
  await invite();
  await card.getByRole('button', { name: '进入会诊' }).click({ timeout: 10_000 });
  await until(
    async () => (await zhou.page.locator('.stage [data-person] figcaption', { hasText: '林医生' }).count()) === 1,
    30_000,
    () => 'the colleague does not come',
  );
  await card.waitFor({ state: 'detached' });
  await dialog.getByText('在会诊室').waitFor({ timeout: 10_000 });
  await shot(lin.page, 'room-after-2-joined');
  await lin.page.locator('.controls').getByText('离开').click();
  await lin.page.getByRole('button', { name: '暂时离开' }).click();
  await lin.page.waitForTimeout(1500);
  assert.equal(await card.count(), 0, 'who was there is rung again');
  await dialog.getByRole('button', { name: '关闭' }).click();

  // A narrow camera in the middle of the talk goes out in two encodings.
  await narrow(zhou.page);
  await zhou.page.getByRole('button', { name: '翻转' }).click();
  let last;
  await until(
    async () => {
      last = await sending(zhou.page);
      return last.rids?.join() === 'h,m' && last.frames > 0;
    },
    20_000,
    () => `sends ${JSON.stringify(last)}`,
  );
  await shi.page.locator('.stage-main video').waitFor({ timeout: 20_000 });
  console.log(`figures: a narrow camera goes out as ${JSON.stringify(last)}`);

  await zhou.page.waitForTimeout(6000); // some samples of the lines
  await zhou.page.getByRole('button', { name: '离开' }).click();
  await zhou.page.getByRole('button', { name: '结束会诊，写意见' }).click();
  const panel = (page) => page.locator('.after');
  await panel(zhou.page).locator('.after-people li').first().waitFor({ timeout: 20_000 });
  await zhou.page.reload();
  await until(
    async () => (await panel(zhou.page).locator('.after-people > li').count()) === 3,
    20_000,
    () => 'not all lines',
  );
  assert.match(await panel(zhou.page).innerText(), /所有线路良好|的线路最差/);
  const details = panel(zhou.page).locator('details').first();
  for (const [name, turn] of [
    ['zh', chinese],
    ['en', english],
  ]) {
    await turn(zhou.page);
    for (const [size, view] of [
      ['desktop', desktop],
      ['phone', phone],
    ]) {
      await zhou.page.setViewportSize(view);
      await details.locator('summary').waitFor();
      if (!(await details.evaluate((d) => d.open))) await details.locator('summary').click();
      await panel(zhou.page).scrollIntoViewIfNeeded();
      await fitsWidth(zhou.page, `the dossier, ${name} ${size}`);
      await shot(zhou.page, `room-after-3-summary-${name}-${size}`);
    }
  }
  assert.deepEqual([...zhou.faults, ...shi.faults, ...lin.faults], []);
  for (const p of [shi, lin]) await p.close();

  // What two bad calls of one consult look like: each by itself.
  await chinese(zhou.page);
  await played(zhou.page, id);
  for (const [name, turn] of [
    ['zh', chinese],
    ['en', english],
  ]) {
    await turn(zhou.page);
    for (const [size, view] of [
      ['desktop', desktop],
      ['phone', phone],
    ]) {
      await zhou.page.setViewportSize(view);
      await until(
        async () => (await panel(zhou.page).locator('.after-call').count()) === 2,
        20_000,
        () => 'not both calls',
      );
      await panel(zhou.page).scrollIntoViewIfNeeded();
      await fitsWidth(zhou.page, `two bad calls, ${name} ${size}`);
      await panel(zhou.page).screenshot({ path: `${root}/artefacts/screenshots/room-after-4-bad-${name}-${size}.png` });
    }
  }
  const first = panel(zhou.page).locator('.after-call').first();
  assert.match(await first.innerText(), /Call 1, 周医生/);
  assert.equal(await first.locator('.after-people > li').count(), 2);
  await zhou.close();
});
