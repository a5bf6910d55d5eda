/**
 * The room with many people: what it shows and what it sends. The other end of the socket is played here, so that every state can be had; the page is the program's.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, phone, shot } from './browser.mjs';
import { start, until } from './program.mjs';

let program;
let browser;

before(async () => {
  program = await start({ flags: ['--empty'] });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

const names = [
  '白医生',
  '林医生',
  '周医生',
  '何医生',
  '石医生',
  '吴医生',
  '马医生',
  '郑医生',
  '孙医生',
  '钱医生',
  '李医生',
  '王翻译',
];
const people = (count) =>
  Array.from({ length: count }, (_, i) => ({
    id: `p${i}`,
    name: names[i],
    canSend: true,
    link: i === 5 ? 'interrupted' : i === 3 ? 'degraded' : 'live',
    grade: i === 3 ? 'poor' : 'good',
    state: { mic: i % 3 !== 1, camera: i !== 4, screen: false, hand: i === 2 },
    joined: `2026-03-01T03:00:${String(i).padStart(2, '0')}Z`,
  }));

/** Opens the guest's page with a room behind it that is played; answers the page and the messages that it sent. */
async function enter(viewport, count, more = {}) {
  const context = await browser.newContext({
    viewport,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    permissions: ['camera', 'microphone'],
    hasTouch: viewport === phone,
  });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (e) => faults.push(e.message));
  const sent = [];
  let socket;
  // Media are not played: the transport is said to be up as soon as it is wanted.
  await context.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      get connectionState() {
        return this.localDescription ? 'connected' : 'new';
      }
      async setLocalDescription(d) {
        await super.setLocalDescription(d);
        setTimeout(() => this.onconnectionstatechange?.(), 50);
      }
    };
  });
  await page.route('**/api/guest/look', (route) =>
    route.fulfill({
      json: {
        name: '张女儿',
        kind: 'family',
        by: '林医生',
        institution: '云岭县人民医院',
        until: new Date(Date.now() + 3.6e6).toISOString(),
        open: true,
        used: false,
        serverTime: new Date().toISOString(),
      },
    }),
  );
  await page.route('**/api/guest/enter', (route) =>
    route.fulfill({ json: { url: '/rtc', ticket: 'played', iceServers: [], phone: '0879-5550123', grace: 90 } }),
  );
  await page.route('**/api/institutions', (route) => route.fulfill({ json: { items: [] } }));
  await page.route('**/rtc', (route) => route.fulfill({ status: 405 })); // hello is said on the socket that is played
  await page.routeWebSocket('**/rtc', (ws) => {
    socket = ws;
    ws.onMessage((text) => {
      const m = JSON.parse(text);
      if (m.type !== 'ping') sent.push(m);
      if (m.type === 'offer' || m.offer)
        setTimeout(() => ws.send(JSON.stringify({ type: 'problem', code: 'offer', re: 'offer', text: '' })), 100);
      if (m.type === 'hello')
        ws.send(
          JSON.stringify({
            type: 'welcome',
            version: 1,
            you: 'me',
            room: 'r',
            canSend: true,
            resume: 'x',
            graceMs: 90000,
            resumed: false,
            gen: 1,
            participants: [{ ...people(1)[0], id: 'me', name: '张女儿' }, ...people(count)],
            chat: [],
            shared: [],
            now: new Date().toISOString(),
            ...more,
          }),
        );
    });
  });
  await page.goto(`${program.http}/guest/played`);
  await page.getByRole('button', { name: '请求进入' }).click({ timeout: 20_000 });
  await until(() => sent.some((m) => m.type === 'hello'), 20_000);
  const say = (m) => socket.send(JSON.stringify(m));
  return { page, context, sent, say, hang: (code) => socket.close({ code }), faults, close: () => context.close() };
}

/** Every person's picture as a still, drawn in the page: a face-like shape in a colour of its own. */
async function stills(room, count) {
  const jpegs = await room.page.evaluate(
    (n) =>
      Array.from({ length: n }, (_, i) => {
        const c = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
        const g = c.getContext('2d');
        g.fillStyle = `hsl(${200 + i * 9} 14% ${28 + (i % 4) * 6}%)`;
        g.fillRect(0, 0, 320, 180);
        g.fillStyle = 'hsl(24 30% 62%)';
        g.beginPath();
        g.ellipse(160, 80, 34, 44, 0, 0, 7);
        g.fill();
        g.fillStyle = '#e6ebee';
        g.beginPath();
        g.ellipse(160, 190, 84, 62, 0, 0, 7);
        g.fill();
        return c.toDataURL('image/jpeg', 0.6).split(',')[1];
      }),
    count,
  );
  for (const [i, jpeg] of jpegs.entries())
    if (i !== 4)
      room.say({ type: 'shared', topic: 'still:camera', from: `p${i}`, data: { jpeg, at: Date.now() - i * 400 } });
}

/** Every tile is on the screen, and large enough to know a face. */
async function fits(room, selector, least, what) {
  const boxes = await room.page
    .locator(selector)
    .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON()));
  const { width, height } = room.page.viewportSize();
  for (const b of boxes) {
    assert.ok(
      b.left >= 0 && b.right <= width + 1 && b.top >= 0 && b.bottom <= height,
      `${what}: ${JSON.stringify(b)} is out of sight`,
    );
    assert.ok(b.width >= least && b.height >= least * 0.5, `${what}: ${JSON.stringify(b)} is too small`);
  }
  const strip = await room.page.locator('.room-top').boundingBox();
  assert.ok(
    boxes.every((b) => b.bottom <= strip.y + 1),
    `${what}: a tile lies under the strip of the line`,
  );
  const over = await room.page.evaluate(() => [
    document.documentElement.scrollWidth - document.documentElement.clientWidth,
    document.documentElement.scrollHeight - document.documentElement.clientHeight,
  ]);
  assert.deepEqual(
    over.map((v) => Math.max(0, v)),
    [0, 0],
    `${what}: larger than its screen`,
  );
  return boxes.length;
}

test('two, four and twelve people fit on a desk and on a phone', async () => {
  for (const [name, size, least] of [
    ['desktop', desktop, 240],
    ['phone', phone, 110],
  ]) {
    for (const count of [1, 3, 11]) {
      const room = await enter(size, count);
      await room.page.locator('.controls').waitFor();
      await stills(room, count);
      await room.page.locator('.tile-still').first().waitFor();
      if (count > 2) assert.equal(await fits(room, '.stage-cell', least, `${name} ${count + 1}`), count + 1);
      await room.page.waitForTimeout(400);
      await shot(room.page, `room-many-${count + 1}-${name}`);
      // What is shown is what is asked for.
      const want = await until(() => room.sent.findLast((m) => m.type === 'want'), 10_000);
      assert.equal(want.views.length, count);
      assert.ok(want.views.every((v) => v.height > 0 && v.height <= 1080));
      const small = await room.page
        .locator('.controls button:visible')
        .evaluateAll((all) => all.map((b) => b.getBoundingClientRect()).filter((b) => b.height < 44).length);
      assert.equal(small, 0, 'a target is smaller than 44 px');
      if (count === 11) {
        await room.page.locator('.control-more').click();
        await room.page.getByText('主讲人视图').click();
        const [main, strip, line] = await Promise.all(
          ['.stage-main', '.stage-small', '.room-top'].map((s) => room.page.locator(s).first().boundingBox()),
        );
        assert.ok(main.height > size.height * 0.5, `${name}: the speaker gets ${JSON.stringify(main)}`);
        const apart =
          strip.x >= main.x + main.width || (strip.y >= main.y + main.height && strip.y + strip.height <= line.y + 1);
        assert.ok(
          apart,
          `${name}: the strip ${JSON.stringify(strip)} lies over ${JSON.stringify(main)} or ${JSON.stringify(line)}`,
        );
        const small = await room.page
          .locator('.stage-other')
          .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON()));
        assert.ok(
          small.every((b, i) => i === 0 || b.top >= small[i - 1].bottom || b.left >= small[i - 1].right),
          `${name}: small tiles lie over one another`,
        );
        await shot(room.page, `room-many-speaker-${name}`);
      }
      assert.deepEqual(room.faults, []);
      await room.close();
    }
  }
});

test('a chair lets in, mutes, and removes with a second question; whoever waits is seen at once', async () => {
  const room = await enter(desktop, 3, { chair: true });
  await stills(room, 3);
  room.say({ type: 'waiting', people: [{ id: 'g1', name: '张家属', guest: true, since: new Date().toISOString() }] });
  await room.page.getByText('张家属 在等候室').waitFor();
  await room.page.waitForTimeout(300);
  await shot(room.page, 'room-many-waiting');
  await room.page.locator('.notice').getByRole('button', { name: '允许进入' }).click();
  await until(() => room.sent.some((m) => m.type === 'control' && m.action === 'admit' && m.target === 'g1'));
  room.say({ type: 'waiting', people: [] });
  await room.page.locator('.controls').getByText('成员').click();
  const line = room.page.locator('.people li', { hasText: '白医生' });
  await line.getByRole('button').click();
  await line.getByText('静音').click();
  await until(() => room.sent.some((m) => m.action === 'mute' && m.target === 'p0' && m.source === 'mic'));
  await line.getByRole('button').click();
  await shot(room.page, 'room-many-people');
  await line.getByText('移出').click();
  assert.ok(!room.sent.some((m) => m.action === 'remove'));
  await room.page.locator('dialog').getByRole('button', { name: '移出' }).click();
  await until(() => room.sent.some((m) => m.action === 'remove' && m.target === 'p0'));
  assert.deepEqual(room.faults, []);
  await room.close();
});

test('recording is asked, agreed to, shown, and withdrawn', async () => {
  const room = await enter(desktop, 1);
  await stills(room, 1);
  room.say({ type: 'recording', state: 'asked', by: 'p0', consents: [{ id: 'p0', given: true }] });
  room.say({ type: 'asked', what: 'record', by: 'p0' });
  await room.page.getByText('白医生 请求录像').waitFor();
  await shot(room.page, 'room-many-record-asked');
  await room.page.locator('.notice').getByRole('button', { name: '同意', exact: true }).click();
  await until(() => room.sent.some((m) => m.type === 'consent' && m.recording === true));
  room.say({
    type: 'recording',
    state: 'on',
    since: new Date().toISOString(),
    by: 'p0',
    consents: [
      { id: 'p0', given: true },
      { id: 'me', given: true },
    ],
  });
  await room.page.locator('.recording-on').getByText('正在录像').waitFor();
  await room.page.getByRole('button', { name: '2/2 人已同意' }).click();
  await room.page.waitForTimeout(300);
  await shot(room.page, 'room-many-record-withdraw');
  await room.page.locator('dialog').getByRole('button', { name: '撤回同意' }).click();
  await until(() => room.sent.some((m) => m.type === 'consent' && m.recording === false));
  await room.close();
});

test('what stands below the pictures covers nobody, however much it is', async () => {
  const room = await enter({ ...phone, width: 350 }, 2);
  await stills(room, 2);
  room.say({
    type: 'quality',
    lines: [
      {
        id: 'me',
        grade: 'poor',
        upLoss: 0.08,
        downLoss: 0.01,
        rttMs: 620,
        jitterMs: 12,
        upKbps: 300,
        downKbps: 900,
        mos: 3.1,
      },
    ],
  });
  room.say({
    type: 'recording',
    state: 'on',
    since: new Date().toISOString(),
    by: 'p0',
    consents: ['p0', 'p1', 'me'].map((id) => ({ id, given: true })),
  });
  await room.page.locator('.recording-on').waitFor();
  await room.page.waitForTimeout(300);
  const strip = await room.page.locator('.room-top').boundingBox();
  assert.ok(strip.height > 50, `the strip has one row: ${JSON.stringify(strip)}`);
  const bottoms = await room.page
    .locator('.stage-main, .stage-other, .stage-self')
    .evaluateAll((all) => all.map((e) => e.getBoundingClientRect().bottom));
  assert.equal(bottoms.length, 3);
  assert.ok(
    bottoms.every((b) => b <= strip.y + 1),
    `pictures end at ${bottoms}, the strip begins at ${strip.y}`,
  );
  room.say({ type: 'asked', what: 'present', by: 'p0' });
  const notice = room.page.locator('.notice');
  await notice.waitFor();
  const [box, ...buttons] = await Promise.all(
    [notice, notice.getByRole('button').nth(0), notice.getByRole('button').nth(1)].map((l) => l.boundingBox()),
  );
  assert.ok(box.y + box.height <= strip.y + 1, 'the question lies over the strip');
  assert.ok(Math.abs(buttons[0].y - buttons[1].y) < 2, `the answers stand at ${JSON.stringify(buttons)}`);
  await shot(room.page, 'room-many-strip-phone');
  assert.deepEqual(room.faults, []);
  await room.close();
});

test('waits in the lobby unseen, is let in, is muted and asked to speak, and moves to another device', async () => {
  const room = await enter(phone, 2, { lobby: true, participants: null, gen: 0 });
  await room.page.getByText('请稍候，等待主持人允许进入').waitFor();
  await shot(room.page, 'room-many-lobby-phone');
  await room.page.waitForTimeout(500);
  assert.deepEqual(
    room.sent.filter((m) => ['offer', 'state', 'want'].includes(m.type)),
    [],
  );
  room.say({ type: 'admitted', resume: 'y', participants: people(2) });
  await until(() => room.sent.some((m) => m.type === 'offer'));
  room.say({ type: 'muted', source: 'mic', by: 'p0' });
  await room.page.getByText('取消静音').waitFor();
  room.say({ type: 'asked', what: 'unmute', source: 'mic', by: 'p0' });
  await room.page.getByRole('button', { name: '打开麦克风' }).click();
  await until(() => room.sent.findLast((m) => m.type === 'state')?.mic === true);
  await room.page.keyboard.press('h');
  await until(() => room.sent.findLast((m) => m.type === 'state')?.hand === true);
  room.say({ type: 'bye', reason: 'moved' });
  await room.hang(4409);
  await room.page.getByText('已在另一台设备上继续').waitFor();
  await shot(room.page, 'room-many-moved-phone');
  assert.deepEqual(room.faults, []);
  await room.close();
});

test('the panel of the line, the menu and the keys', async () => {
  const room = await enter(desktop, 3, { chair: true });
  await stills(room, 3);
  room.say({
    type: 'quality',
    lines: [
      {
        id: 'me',
        grade: 'poor',
        upLoss: 0.08,
        downLoss: 0.01,
        rttMs: 620,
        jitterMs: 12,
        upKbps: 300,
        downKbps: 900,
        mos: 3.1,
      },
    ],
  });
  await room.page.locator('.quality summary').click();
  await room.page.getByText('你的上行丢了 8.0 %').waitFor();
  await shot(room.page, 'room-many-quality');
  await room.page.getByRole('tab', { name: '数字' }).click();
  await room.page.getByText('620 ms').waitFor();
  await shot(room.page, 'room-many-quality-numbers');
  await room.page.locator('.quality summary').click();
  await room.page.locator('.control-more').click();
  await shot(room.page, 'room-many-menu');
  await room.page.keyboard.press('Escape');
  await room.page.keyboard.press('?');
  await room.page.locator('dialog').getByText('会诊室快捷键').waitFor();
  await shot(room.page, 'room-many-keys');
  await room.page.keyboard.press('Escape');
  await room.page.locator('.control-more').click();
  await room.page.getByText('设备与声音').click();
  await room.page.locator('dialog').getByText('回声消除').waitFor();
  await room.page.waitForTimeout(300);
  await shot(room.page, 'room-many-devices');
  assert.deepEqual(room.faults, []);
  await room.close();
});
