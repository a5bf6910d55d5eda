/** A consult from the first sentence to the acknowledged opinion, with a real call between two browsers. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { desktop, person, phone, shot, wall } from './browser.mjs';
import { received, spy } from './consulting.mjs';
import { until } from './program.mjs';
import { county } from './world.mjs';

let program;
let browser;

before(async () => {
  ({ program, browser } = await county({ empty: true }));
});

async function grows(page, what) {
  const first = await received(page);
  return until(
    async () => {
      const now = await received(page);
      return now.frames > first.frames + 20 && now.energy > first.energy && now;
    },
    30_000,
    () => `${what}: no media: ${JSON.stringify(first)}`,
  );
}

/** The township doctor's three actions. Answers when the request is on its way. */
async function ask(page, { name, kind, specialty, summary }) {
  await page.goto(`${program.http}/requests/new`);
  await page.getByRole('button', { name: '新患者' }).click();
  await page.getByLabel('姓名', { exact: false }).first().fill(name);
  await page.getByRole('radio', { name: '男' }).click();
  await page.getByLabel('出生日期').fill('1960-02-03');
  await page.getByRole('radio', { name: kind }).click();
  await page.getByRole('radio', { name: specialty }).click();
  await page.getByLabel('一句话说明病情', { exact: false }).fill(summary);
  await page.getByText('患者或家属已知情并同意').click();
  await page.getByRole('button', { name: `发起${kind}` }).click();
  await page.waitForURL(/\/requests\/(?!new)/);
}

test('the form stays where it is when the answer comes who is on duty', async () => {
  for (const size of [phone, desktop]) {
    const bai = await person(browser, program.http, 'qingxi', size);
    const { page } = bai;
    let answer;
    await page.route('**/api/coverage*', async (route) => {
      await new Promise((resolve) => {
        answer = resolve;
      });
      await route.continue();
    });
    await page.goto(`${program.http}/requests/new`);
    await page.getByRole('radio', { name: '急会诊' }).click();
    await page.getByRole('radio', { name: /心血管内科/ }).click();
    await page.getByText('正在查看谁在班').waitFor();
    const place = async () => (await page.getByText('患者或家属已知情并同意').boundingBox()).y;
    const before = await place();
    await until(() => answer);
    answer();
    await page.locator('.coverage li').first().waitFor();
    assert.equal(await place(), before, `the consent moves at a width of ${size.width}`);
    await bai.close();
  }
});

test('rings, is accepted by one, becomes a call, ends in a signed and acknowledged opinion', async () => {
  const lin = await person(browser, program.http, 'lin', desktop);
  await spy(lin.context);
  await lin.page.reload();
  const duty = await person(browser, program.http, 'zhiban', wall);
  await duty.page.goto(`${program.http}/wall`);
  const bai = await person(browser, program.http, 'qingxi', phone);
  await spy(bai.context);
  await bai.page.reload();

  const began = Date.now();
  await ask(bai.page, {
    name: '张三',
    kind: '急会诊',
    specialty: /心血管内科/,
    summary: '活动后胸痛 3 天，加重 1 小时，请指导处理。',
  });
  const submitted = Date.now();
  await shot(bai.page, 'consult-1-waiting-phone');
  const accept = lin.page.getByRole('button', { name: /接诊/ }).first();
  await accept.waitFor({ timeout: 30_000 });
  console.log(`figures: ask for help ${submitted - began} ms, submit to ring ${Date.now() - submitted} ms`);
  await duty.page.getByText('活动后胸痛', { exact: false }).first().waitFor({ timeout: 30_000 });
  await shot(lin.page, 'consult-2-ring');
  await shot(duty.page, 'consult-2-wall');

  const accepted = Date.now();
  await accept.click();
  await lin.page.waitForURL(/\/requests\//);
  await lin.page.getByRole('button', { name: /进入/ }).first().click({ timeout: 30_000 });
  await bai.page.locator('.controls').waitFor({ timeout: 30_000 });
  await until(
    async () => (await received(bai.page)).frames > 0,
    20_000,
    () => 'no frame at the township',
  );
  console.log(`figures: accept to first video frame at the township ${Date.now() - accepted} ms`);
  await grows(lin.page, 'specialist');
  await grows(bai.page, 'township');
  await shot(lin.page, 'consult-3-call-desktop');
  await shot(bai.page, 'consult-3-call-phone');

  // Chat arrives.
  await lin.page.getByRole('tab', { name: '文字' }).click();
  await lin.page.getByLabel('输入文字').fill('请把心电图拍给我');
  await lin.page.keyboard.press('Enter');
  await bai.page.locator('.controls').getByText('文字').click();
  await bai.page.getByText('请把心电图拍给我').waitFor({ timeout: 30_000 });

  // The township's page dies and comes back within the grace: the same seat.
  const address = bai.page.url();
  await bai.page.close();
  await lin.page.getByText('网络中断', { exact: false }).first().waitFor({ timeout: 20_000 });
  await shot(lin.page, 'consult-4-interrupted');
  bai.page = await bai.context.newPage();
  await bai.page.goto(address);
  await grows(bai.page, 'township again');
  await grows(lin.page, 'specialist again');

  // The opinion, written beside the picture, signed after the end.
  await lin.page.getByRole('tab', { name: '写意见' }).click();
  await lin.page.getByLabel('所见与分析').fill('窦性心律，ST 段未见明显抬高，考虑不稳定型心绞痛。');
  await lin.page.getByLabel('会诊诊断').fill('不稳定型心绞痛');
  await lin.page
    .getByLabel('处理建议', { exact: false })
    .fill('阿司匹林 300 mg 嚼服，复查心电图与肌钙蛋白，必要时转县医院。');
  await lin.page.locator('.controls').getByText('离开').click();
  await lin.page.getByRole('button', { name: '结束会诊，写意见' }).click();
  await lin.page.getByRole('button', { name: '签发', exact: true }).first().click({ timeout: 30_000 });
  await lin.page.locator('dialog').getByRole('button', { name: '签发' }).click();
  await bai.page.getByText('不稳定型心绞痛').first().waitFor({ timeout: 30_000 });
  await shot(lin.page, 'consult-5-signed');
  await shot(bai.page, 'consult-5-opinion-phone');
  await bai.page
    .getByRole('button', { name: /确认收到/ })
    .first()
    .click();
  await bai.page
    .locator('dialog')
    .getByRole('button', { name: /确认收到/ })
    .click();
  await bai.page.locator('dialog').waitFor({ state: 'detached' });
  await bai.page.getByText('已结束').first().waitFor({ timeout: 30_000 });
  await shot(bai.page, 'consult-6-closed-phone');

  // Print it.
  const id = address.split('/').pop();
  const pdf = await bai.context.request.get(`${program.http}/api/requests/${id}/opinion.pdf`);
  assert.equal(pdf.status(), 200);
  assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-');
  assert.deepEqual([...lin.faults, ...bai.faults, ...duty.faults], []);
  for (const p of [lin, bai, duty]) await p.close();
});

test('two press accept at once: one wins, the other sees who', async () => {
  const lin = await person(browser, program.http, 'lin', desktop);
  const bai = await person(browser, program.http, 'shiqiao', phone);
  const he = await person(browser, program.http, 'he', desktop);
  await ask(bai.page, {
    name: '李四',
    kind: '抢救',
    specialty: /心血管内科/,
    summary: '突发意识丧失，已恢复，心率 38 次/分，请指导抢救。',
  });
  // The second line is rung when the first has not answered.
  const buttons = [lin, he].map((p) => p.page.getByRole('button', { name: /接诊/ }).first());
  await buttons[0].waitFor({ timeout: 30_000 });
  await buttons[1].waitFor({ timeout: 90_000 });
  await shot(he.page, 'consult-7-second-line');
  // Both hands are on the button already: one that came later would find the ring gone.
  const hands = await Promise.all(buttons.map((b) => b.elementHandle()));
  await Promise.all(hands.map((hand) => hand.evaluate((e) => e.click())));
  await until(async () => [lin, he].filter((p) => /\/requests\//.test(p.page.url())).length >= 1, 30_000);
  const id = bai.page.url().split('/').pop();
  const answer = await (await bai.context.request.get(`${program.http}/api/requests/${id}`)).json();
  const winner = [lin, he].find((p) => p.login === (answer.acceptedBy.name === '林医生' ? 'lin' : 'he'));
  const loser = winner === lin ? he : lin;
  await loser.page.getByText(answer.acceptedBy.name, { exact: false }).first().waitFor({ timeout: 30_000 });
  await shot(loser.page, 'consult-7-loser');
  for (const p of [lin, bai, he]) await p.close();
});
