/** A report that is spoken: by what a house plugs in, by the browser's own recognition, and what is said when neither listens. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, phone, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';
import { viewing } from './viewing.mjs';

let program;
let browser;
let su;
let address;

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
  su = await person(browser, program.http, 'yuepian', desktop);
  const v = viewing(su.page, program.http);
  await v.open('胸部平扫');
  await v.claim();
  address = su.page.url();
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

const area = (page, name) => page.locator(`textarea[name="${name}"]`);
const findings = (page) => area(page, 'findings').inputValue();
const button = (page, name) => page.getByRole('button', { name, exact: true });
const told = (page) => page.locator('.report-bar [role="alert"]');

const reads = (page, wanted, name = 'findings') =>
  until(
    async () => (await area(page, name).inputValue()) === wanted,
    15_000,
    async () => `${name}: ${await area(page, name).inputValue()}`,
  );

/** The report in a page of its own, in which something listens or does not. */
async function report(listens) {
  const page = await su.context.newPage();
  page.on('pageerror', (e) => su.faults.push(e.message));
  await page.addInitScript(() => {
    delete window.SpeechRecognition;
    delete window.webkitSpeechRecognition;
  });
  await page.addInitScript(listens);
  await page.goto(address);
  await area(page, 'findings').waitFor({ timeout: 30_000 });
  await area(page, 'findings').fill('');
  await area(page, 'impression').fill('');
  return page;
}

/** A house's own recogniser, as it is plugged in; the test speaks by window.__say. */
function plugged() {
  window.yilianDictation = {
    remote: false,
    start(language, hear) {
      if (window.__broken) throw new Error('the device is gone');
      window.__language = language;
      window.__say = hear;
      return () => {
        window.__stopped = true;
        hear({ type: 'ended' });
      };
    },
  };
}

/** The browser's recogniser, at its door: the test speaks by window.__heard. */
function speech() {
  window.__starts = 0;
  window.SpeechRecognition = class extends EventTarget {
    start() {
      window.__starts++;
      window.__heard = this;
      if (window.__refused) this.fail(window.__refused);
    }
    stop() {
      setTimeout(() => this.onend?.());
    }
    fail(error) {
      setTimeout(() => {
        this.onerror?.({ error });
        this.onend?.();
      });
    }
    say(transcript, isFinal) {
      this.onresult?.({ resultIndex: 0, results: [Object.assign([{ transcript }], { isFinal })] });
    }
  };
}

test('what a house plugs in writes where the writer stands, and stops when told', async () => {
  const page = await report(plugged);
  const say = (text, final) => page.evaluate((heard) => window.__say(heard), { type: 'words', text, final });
  await area(page, 'findings').fill('胸廓对称。气管居中。');
  await area(page, 'findings').evaluate((e) => e.setSelectionRange(5, 5));
  await button(page, '口述').click();
  await button(page, '停止口述').waitFor();
  assert.equal(await page.locator('dialog').count(), 0, 'nothing leaves this machine: nothing to ask');
  assert.equal(await page.evaluate(() => window.__language), 'zh-CN');
  await page.getByText('正在听…').waitFor();
  const place = async () => (await area(page, 'findings').boundingBox()).y;
  const stands = await place();
  await say('右肺上叶见', false);
  await page.locator('.dictation-interim', { hasText: '右肺上叶见' }).waitFor();
  assert.equal(await place(), stands, 'the text moves while somebody speaks');
  await shot(page, 'dictation-1-hearing');
  assert.equal(await findings(page), '胸廓对称。气管居中。', 'what is not certain is not written');
  await say('右肺上叶见结节逗号直径约8毫米句号', true);
  await reads(page, '胸廓对称。右肺上叶见结节，直径约8 mm。气管居中。');
  // The next one follows the first, and so does what is typed.
  await say('边缘清楚句号', true);
  await reads(page, '胸廓对称。右肺上叶见结节，直径约8 mm。边缘清楚。气管居中。');
  await page.keyboard.type('余肺清晰。');
  await reads(page, '胸廓对称。右肺上叶见结节，直径约8 mm。边缘清楚。余肺清晰。气管居中。');
  await area(page, 'impression').click();
  await say('右肺上叶结节', true);
  await reads(page, '右肺上叶结节', 'impression');
  await button(page, '停止口述').click();
  await button(page, '口述').waitFor();
  assert.equal(await page.evaluate(() => window.__stopped), true);
  // By its key, while somebody types.
  await area(page, 'impression').press('Alt+d');
  await button(page, '停止口述').waitFor();
  await area(page, 'impression').press('Alt+d');
  await button(page, '口述').waitFor();
  // It is saved as typed words are.
  const id = new URL(address).pathname.split('/').at(-1);
  await until(
    async () => {
      const { report: r } = await (await su.context.request.get(`${program.http}/api/readings/${id}`)).json();
      return r?.impression === '右肺上叶结节' && r.findings.includes('边缘清楚。余肺清晰。');
    },
    15_000,
    () => 'it was not saved',
  );
  // A device that breaks says so, and takes nothing with it.
  await page.evaluate(() => {
    window.__broken = true;
  });
  await button(page, '口述').click();
  await told(page).getByText('语音识别中断。再按“口述”可以继续').waitFor();
  assert.equal(await area(page, 'impression').inputValue(), '右肺上叶结节');
  assert.deepEqual(su.faults, []);
  await page.close();
});

test('the browser’s own recognition is asked for first, goes on over a silence, and stops', async () => {
  const page = await report(speech);
  const heard = (what, ...args) => page.evaluate(([name, args]) => window.__heard[name](...args), [what, args]);
  await area(page, 'findings').click();
  await button(page, '口述').click();
  const asks = page.locator('dialog');
  await asks.getByText('浏览器可能把声音送到其厂商的服务器识别').waitFor();
  await shot(page, 'dictation-2-asks');
  assert.equal(await page.evaluate(() => window.__starts), 0, 'it listens before it is agreed to');
  await asks.getByRole('button', { name: '返回' }).click();
  await asks.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => window.__starts), 0);
  await button(page, '口述').click();
  await asks.getByRole('button', { name: '口述' }).click();
  await button(page, '停止口述').waitFor();
  await heard('say', '双肺纹理', false);
  await page.locator('.dictation-interim', { hasText: '双肺纹理' }).waitFor();
  await heard('say', '双肺纹理清晰句号', true);
  await reads(page, '双肺纹理清晰。');
  await heard('fail', 'no-speech');
  await until(async () => (await page.evaluate(() => window.__starts)) === 2, 15_000);
  await heard('say', '纵隔居中句号', true);
  await reads(page, '双肺纹理清晰。纵隔居中。');
  await button(page, '停止口述').click();
  await button(page, '口述').waitFor();
  await page.waitForFunction(() => new Promise((done) => setTimeout(() => done(window.__starts === 2), 50)));
  assert.equal(await told(page).count(), 0);
  assert.deepEqual(su.faults, []);
  await page.close();
});

test('refused, without a microphone or without a line it says what to do, and goes on when that is done', async () => {
  const page = await report(speech);
  await area(page, 'findings').fill('胸廓对称。');
  const refused = {
    'not-allowed': /没有获准使用麦克风。点地址栏左侧的图标，改为“允许”/,
    'audio-capture': /没有找到麦克风。插好后再按“口述”/,
    network: /语音识别连不上。检查网络后再按“口述”/,
  };
  for (const [error, words] of Object.entries(refused)) {
    await page.evaluate((e) => {
      window.__refused = e;
    }, error);
    await button(page, '口述').click();
    await told(page).getByText(words).waitFor();
    assert.equal(await button(page, '口述').count(), 1, 'it can be tried again');
    if (error === 'not-allowed') await shot(page, 'dictation-3-refused');
  }
  await page.setViewportSize(phone);
  await told(page).scrollIntoViewIfNeeded();
  await shot(page, 'dictation-4-phone');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= phone.width, `${wide} px wide on a phone`);
  await page.evaluate(() => {
    window.__refused = undefined;
  });
  await button(page, '口述').click();
  await told(page).waitFor({ state: 'detached' });
  await page.evaluate(() => window.__heard.say('气管居中句号', true));
  await reads(page, '胸廓对称。气管居中。');
  assert.deepEqual(su.faults, []);
  await page.close();
});

test('where nothing can listen there is no button', async () => {
  const page = await report(() => undefined);
  assert.equal(await button(page, '口述').count(), 0);
  await page.close();
});
