/** The consult room with pictures: the talk beside the images, on a desk and on a phone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, phone, shot, wall } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';

let program;
let browser;

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

const box = async (page, selector) => page.locator(selector).first().boundingBox();

/** The main picture fills its stage; one's own is small and lies inside; nothing of the page is out of sight. */
async function fits(page, what) {
  await page
    .locator('.stage-main video')
    .waitFor({ timeout: 40_000 })
    .catch(async (cause) => {
      throw new Error(`${what}: no video: ${await page.locator('.room-stage').innerText()}`, { cause });
    });
  const [stage, video, self, tag] = await Promise.all([
    box(page, '.stage'),
    box(page, '.stage-main video'),
    box(page, '.stage-self'),
    box(page, '.stage-main figcaption'),
  ]);
  assert.ok(
    Math.abs(video.width - stage.width) < 2 && Math.abs(video.height - stage.height) < 2,
    `${what}: picture ${JSON.stringify(video)} on stage ${JSON.stringify(stage)}`,
  );
  assert.ok(
    self.width <= stage.width * 0.4 && self.x + self.width <= stage.x + stage.width && self.y >= stage.y,
    `${what}: own picture ${JSON.stringify(self)}`,
  );
  assert.ok(tag.width > 40 && tag.x >= stage.x, `${what}: name tag ${JSON.stringify(tag)}`);
  const apart = tag.x + tag.width <= self.x || tag.y + tag.height <= self.y;
  assert.ok(apart, `${what}: the name tag lies under the own picture`);
  const over = await page.evaluate(() => [
    document.documentElement.scrollWidth - document.documentElement.clientWidth,
    document.documentElement.scrollHeight - document.documentElement.clientHeight,
  ]);
  assert.deepEqual(
    over.map((v) => Math.max(0, v)),
    [0, 0],
    `${what}: the room is larger than its screen`,
  );
}

/** Lets the test see the page's peer connections and what its socket carries. */
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
    const Socket = window.WebSocket;
    window.__bytes = { look: 0, count: 0, channel: 0 };
    const count = (text) => {
      if (!/"topic":"(viewer|pointer|marks)"/.test(text)) return 0;
      window.__bytes.look += text.length;
      window.__bytes.count++;
      return 1;
    };
    window.WebSocket = class extends Socket {
      send(text) {
        count(text);
        super.send(text);
      }
    };
    const send = RTCDataChannel.prototype.send;
    RTCDataChannel.prototype.send = function (text) {
      window.__bytes.channel += count(text);
      send.call(this, text);
    };
  });

/** Which encodings a page sends of its camera, and whether its voice goes with redundancy (the answer's first format), and silence with it. */
const sending = (page) =>
  page.evaluate(async () => {
    const pc = window.__peers.at(-1);
    const rids = [];
    for (const s of (await pc.getStats()).values())
      if (s.type === 'outbound-rtp' && s.kind === 'video' && s.rid) rids.push(s.rid);
    const sdp = pc.remoteDescription?.sdp ?? '';
    const first = /^m=audio \d+ \S+ (\d+)/m.exec(sdp)?.[1];
    return { rids: rids.sort(), red: sdp.includes(`a=rtpmap:${first} red/48000`), silence: sdp.includes('usedtx=0') };
  });

const indexOf = async (page) => Number(await page.locator('[data-testid="pane-0"]').getAttribute('data-index'));

test('pictures open beside the talk for both, and are looked at together', async () => {
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
  await shi.page.getByLabel('一句话说明病情', { exact: false }).fill('突发头痛呕吐，头颅 CT 已上传，请会诊。');
  await shi.page.getByText('患者或家属已知情并同意').click();
  await shi.page.getByRole('button', { name: '发起急会诊' }).click();
  await shi.page.waitForURL(/\/requests\/(?!new)/, { timeout: 20_000 });

  await zhou.page.getByRole('button', { name: /接诊/ }).first().click({ timeout: 30_000 });
  await zhou.page.waitForURL(/\/requests\//, { timeout: 20_000 });
  await zhou.page.getByRole('button', { name: /进入/ }).first().click({ timeout: 20_000 });
  for (const p of [zhou, shi]) await p.page.locator('.stage-main video').waitFor({ timeout: 40_000 });
  assert.match(await zhou.page.locator('.stage-main figcaption').innerText(), /石医生\s+石桥卫生院/);
  assert.match(await shi.page.locator('.stage-main figcaption').innerText(), /周医生\s+县人民医院/);
  await fits(zhou.page, 'desk');
  await fits(shi.page, 'phone');

  await zhou.page.locator('.controls').getByText('影像').click();
  const drawn = (page) =>
    page.locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor({ timeout: 40_000 });
  await drawn(zhou.page);
  await drawn(shi.page); // what one opens, the other sees
  for (const [name, size] of [
    ['desktop', desktop],
    ['1920', wall],
  ]) {
    await zhou.page.setViewportSize(size);
    await fits(zhou.page, `images, ${name}`);
    await shot(zhou.page, `room-1-images-${name}`);
  }
  await fits(shi.page, 'images, phone');
  await shot(shi.page, 'room-1-images-phone');
  const view = await box(zhou.page, '.viewer-grid');
  assert.ok(view.width > 900 && view.height > 600, `the pictures get ${JSON.stringify(view)} of a 1920 screen`);
  const small = await box(shi.page, '.viewer-grid');
  assert.ok(small.height > 150, `the pictures get ${JSON.stringify(small)} of a phone`);
  // Who opened the pictures leads: what is turned there turns here.
  await zhou.page.getByText('您在主讲影像').waitFor({ timeout: 10_000 });
  await shi.page.getByText('周医生 主讲影像').waitFor({ timeout: 10_000 });
  await zhou.page.setViewportSize(desktop);
  await zhou.page.locator('[data-testid="pane-0"]').hover();
  const from = await indexOf(zhou.page);
  const late = [];
  for (let i = 1; i <= 5; i++) {
    await zhou.page.keyboard.press('ArrowDown');
    const at = Date.now();
    await until(
      async () => (await indexOf(shi.page)) === from + i,
      10_000,
      () => `step ${i} does not follow`,
    );
    late.push(Date.now() - at);
  }
  await zhou.page.keyboard.press('2'); // another window
  const windowOf = (page) => page.locator('.viewer-br').first().innerText();
  const wanted = (await windowOf(zhou.page)).split('\n')[0];
  await until(
    async () => (await windowOf(shi.page)).startsWith(wanted),
    10_000,
    () => 'the window does not follow',
  );
  const bytes = await zhou.page.evaluate(() => window.__bytes);
  console.log(
    `figures: in step after ${late.join(', ')} ms (with the poll of the test), ${bytes.count} messages, ${bytes.look} bytes, ${bytes.channel} by the data channel`,
  );
  assert.ok(bytes.channel > 0, 'nothing went by the data channel');
  // By oneself, and back.
  await shi.page.getByRole('button', { name: '自己看' }).click();
  await zhou.page.keyboard.press('ArrowDown');
  await shi.page.waitForTimeout(600);
  assert.equal(await indexOf(shi.page), from + 5, 'whoever looks by themselves is turned');
  await shi.page.getByRole('button', { name: '跟随' }).click();
  await until(
    async () => (await indexOf(shi.page)) === from + 6,
    10_000,
    () => 'does not catch up',
  );
  await shot(shi.page, 'room-2-follow-phone');

  // What goes out: layers of the camera, the voice with redundancy.
  const out = await until(
    async () => {
      const now = await sending(zhou.page);
      return now.rids.length > 1 && now;
    },
    20_000,
    () => 'no layers',
  );
  console.log(`figures: sends ${out.rids.join(' ')}`);
  assert.deepEqual([out.red, out.silence], [true, true]);

  // A still of the video, with an arrow, is kept with the consult.
  await zhou.page.locator('.control-more').click();
  await zhou.page.getByText('定格标注').click();
  const canvas = zhou.page.locator('.freeze canvas');
  await canvas.waitFor();
  const b = await canvas.boundingBox();
  await zhou.page.mouse.move(b.x + b.width * 0.3, b.y + b.height * 0.3);
  await zhou.page.mouse.down();
  await zhou.page.mouse.move(b.x + b.width * 0.6, b.y + b.height * 0.6, { steps: 6 });
  await zhou.page.mouse.up();
  await shot(zhou.page, 'room-3-freeze');
  await zhou.page.getByRole('button', { name: '保存到会诊' }).click();
  await canvas.waitFor({ state: 'detached', timeout: 20_000 });
  const id = zhou.page.url().split('/').pop();
  const kept = await (await zhou.context.request.get(`${program.http}/api/requests/${id}`)).json();
  assert.ok(
    kept.attachments.some((a) => a.type === 'image/jpeg' && /定格标注/.test(a.name)),
    JSON.stringify(kept.attachments),
  );

  assert.deepEqual([...zhou.faults, ...shi.faults], []);
  for (const p of [zhou, shi]) await p.close();
});

test('the line test says what is possible, in words and in numbers', async () => {
  const context = await browser.newContext({
    viewport: desktop,
    locale: 'zh-CN',
    permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  await page.goto(`${program.http}/linetest`);
  await page.getByRole('button', { name: '开始检测' }).click();
  await page.getByRole('button', { name: '复制报告' }).waitFor({ timeout: 60_000 });
  await shot(page, 'linetest-desktop');
  await page.setViewportSize(phone);
  await shot(page, 'linetest-phone');
  const states = await page
    .locator('[data-check]')
    .evaluateAll((all) => Object.fromEntries(all.map((e) => [e.dataset.check, e.dataset.state])));
  console.log(`figures: line test ${JSON.stringify(states)}`);
  assert.deepEqual(
    [states.browser, states.mic, states.camera, states.socket, states.udp, states.tcp],
    ['good', 'good', 'good', 'good', 'good', 'good'],
  );
  await page.getByRole('button', { name: '复制报告' }).click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /verdict: \w+\nbrowser: good/);
  await context.close();
});
