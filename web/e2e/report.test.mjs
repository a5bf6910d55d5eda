/** A report beside its pictures: by keys, over a line that breaks, with a second person at the door, checked and signed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';

let program;
let browser;
let su;
let han;

before(async () => {
  program = await start();
  browser = await launch();
  await studiesSent(program);
  // A machine with other work may draw slowly.
  [su, han] = await Promise.all(['yuepian', 'shenhe'].map((login) => person(browser, program.http, login, desktop)));
  for (const p of [su, han]) p.context.setDefaultTimeout(60_000);
});

after(async () => {
  await browser?.close();
  await program?.stop();
});

const row = (page, text) => page.locator('[data-testid="reading-row"]', { hasText: text });
const area = (page, name) => page.locator(`textarea[name="${name}"]`);
const saving = (page, phase) => page.locator(`.report-saving[data-phase="${phase}"]`);

async function open(p, text) {
  await p.page.bringToFront();
  await p.page.goto(`${program.http}/readings?scope=pool`);
  await row(p.page, text).click({ timeout: 30_000 });
  await p.page.locator('[data-testid="reading"]').waitFor();
}

test('a normal chest film is read and signed by eight actions at most', async () => {
  const { page } = su;
  await open(su, '胸部正位');
  let actions = 1; // the row
  const press = async (key) => {
    actions++;
    await page.keyboard.press(key);
  };
  await press('a');
  await area(page, 'findings').waitFor({ timeout: 15_000 });
  await page.locator('[data-testid="lines"]').waitFor();
  await press('Alt+0');
  await until(
    async () => (await area(page, 'impression').inputValue()) !== '',
    5000,
    () => 'nothing was written',
  );
  assert.match(await area(page, 'findings').inputValue(), /胸廓对称[\s\S]*肋膈角锐利/);
  assert.equal(await area(page, 'impression').inputValue(), '心肺膈未见明显异常。');
  await shot(page, 'report-1-normal');
  const at = page.url();
  await press('Control+Enter');
  await page.locator('dialog').getByRole('button', { name: '签名提交' }).waitFor();
  await page.locator('dialog').getByRole('button', { name: '签名提交' }).focus();
  await press('Enter');
  // The next one of the list opens by itself.
  await page.waitForURL((u) => u.href !== at && /\/readings\/./.test(u.pathname), { timeout: 15_000 });
  assert.ok(actions <= 8, `${actions} actions`);
  await page.locator('[data-testid="position"]').waitFor();
});

test('organs, blanks and abbreviations write by keys; what is doubtful is told', async () => {
  const { page } = su;
  await open(su, '胸部平扫');
  await page.keyboard.press('a');
  const findings = area(page, 'findings');
  await findings.waitFor({ timeout: 15_000 });
  // An abnormal text of the lungs: its blanks are filled by digits and Tab.
  await page.locator('[data-testid="lines"]').getByRole('button', { name: /^肺/ }).click();
  await page.locator('.y-menu-item', { hasText: '实性结节' }).click();
  await page.locator('[data-testid="blank-bar"]').waitFor();
  await page.keyboard.press('2'); // right
  await page.keyboard.press('1'); // upper lobe
  await page.keyboard.type('8');
  await page.keyboard.press('Tab');
  await page.keyboard.press('2'); // 毛糙
  assert.equal(await findings.inputValue(), '右肺上叶见一实性结节，大小约8 mm，边缘毛糙。');
  // It offers its sentence; the rest is normal.
  await page.keyboard.press('Alt+i');
  await page.keyboard.press('1');
  await until(
    async () => (await area(page, 'impression').inputValue()).startsWith('右肺上叶实性结节（约8 mm）'),
    5000,
    () => 'no sentence',
  );
  assert.match(await area(page, 'impression').inputValue(), /建议3个月复查。$/);
  await page.keyboard.press('Alt+0');
  await until(
    async () => (await findings.inputValue()).split('\n').length === 6,
    5000,
    () => 'the other organs are not written',
  );
  // An abbreviation.
  await area(page, 'impression').focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('jlc ');
  assert.match(await area(page, 'impression').inputValue(), /请结合临床。$/);
  // The other side in the impression is told, and goes when it is set right.
  await area(page, 'impression').fill('左肺上叶实性结节，建议复查。');
  const doubt = page.locator('[data-testid="checks"] [data-code="side"]');
  await doubt.waitFor();
  await shot(page, 'report-2-checks');
  await doubt.getByRole('button').click();
  assert.equal(await page.evaluate(() => String(document.getSelection())), '左肺');
  await page.keyboard.type('右肺');
  await doubt.waitFor({ state: 'detached' });
  await saving(page, 'clean').waitFor({ timeout: 10_000 });
});

test('an organ that the patient does not have is marked, in either language', async () => {
  const { page } = su;
  const sex = await page.evaluate(async () => {
    const read = await fetch(`/api/readings/${location.pathname.split('/').at(-1)}`);
    return (await read.json()).patient.sex;
  });
  assert.match(sex, /^[MF]$/);
  const [hers, his] = [
    ['子宫', 'uterus'],
    ['前列腺', 'prostate'],
  ];
  const [own, other] = sex === 'F' ? [hers, his] : [his, hers];
  const findings = area(page, 'findings');
  const before = await findings.inputValue();
  const marks = page.locator('[data-testid="checks"] [data-code="sex"]');
  for (const language of [0, 1]) {
    await findings.fill(`${before}\n${other[language]} ${own[language]}`);
    await marks.getByText(other[language]).waitFor();
    assert.equal(await marks.count(), 1);
  }
  await shot(page, 'report-3-sex');
  await marks.getByRole('button').click();
  assert.equal(await page.evaluate(() => String(document.getSelection())), other[1]);
  await findings.fill(before);
  await marks.waitFor({ state: 'detached' });
  await saving(page, 'clean').waitFor({ timeout: 10_000 });
});

test('a second person sees who writes, and cannot', async () => {
  const { page } = han;
  await page.bringToFront();
  await page.goto(su.page.url());
  const holder = page.locator('[data-testid="holder"]');
  await holder.waitFor({ timeout: 15_000 });
  assert.match(await holder.innerText(), /正在书写（.*\d\d:\d\d/);
  assert.equal(await area(page, 'findings').count(), 0);
  assert.equal(await page.getByRole('button', { name: /领取/ }).count(), 0);
  await shot(page, 'report-3-second');
  // What the page does not offer, the service refuses.
  const answer = await page.evaluate(async () => {
    const me = await (await fetch('/api/session')).json();
    const id = location.pathname.split('/').at(-1);
    const head = { 'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf };
    const body = JSON.stringify({ version: 99, findings: 'x', impression: 'x' });
    return (await fetch(`/api/readings/${id}/report`, { method: 'PUT', headers: head, body })).status;
  });
  assert.equal(answer, 409);
});

test('without a line the text stays, over a crash of the page; it is saved when the line is back', async () => {
  const { page, context } = su;
  await page.bringToFront();
  const impression = area(page, 'impression');
  await context.setOffline(true);
  await impression.fill('右肺上叶实性结节，建议 6 个月后复查。');
  await saving(page, 'failed').waitFor({ timeout: 20_000 });
  assert.match(await saving(page, 'failed').innerText(), /未保存.*本机/);
  await shot(page, 'report-4-offline');
  // The page dies with the text in this browser alone; what is kept there cannot be read from outside.
  const sealed = () =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.open('yilian-texts');
          request.onsuccess = () => {
            const all = request.result.transaction('yilian-texts').objectStore('yilian-texts').getAll();
            all.onsuccess = () => resolve(JSON.stringify(all.result.map((x) => Object.keys(x))));
          };
        }),
    );
  await until(
    async () => (await sealed()).includes('"iv"'),
    10_000,
    async () => `not sealed: ${await sealed()}`,
  );
  const url = page.url();
  await page.close({ runBeforeUnload: false });
  await context.setOffline(false);
  su.page = await context.newPage();
  await su.page.goto(url);
  await until(
    async () => (await area(su.page, 'impression').inputValue({ timeout: 15_000 })).includes('6 个月'),
    15_000,
    () => 'the text is gone',
  );
  const id = url.split('/').pop();
  const onServer = async () => (await (await context.request.get(`${program.http}/api/readings/${id}`)).json()).report;
  await until(
    async () => (await onServer()).impression.includes('6 个月'),
    30_000,
    async () => `not saved: ${JSON.stringify(await onServer())}`,
  );
  await saving(su.page, 'clean').waitFor({ timeout: 15_000 });
});

test('two tabs of one person: the one behind sees both texts and chooses', async () => {
  const other = await su.context.newPage();
  await other.goto(su.page.url());
  await area(other, 'impression').waitFor({ timeout: 15_000 });
  // Both have typed before either hears of the other.
  await su.context.setOffline(true);
  await area(su.page, 'impression').fill('右肺上叶实性结节，建议穿刺活检。');
  await area(other, 'impression').fill('右肺上叶实性结节，建议增强扫描。');
  await su.context.setOffline(false);
  const behind = await Promise.any(
    [su.page, other].map(async (p) => {
      await p.locator('[data-testid="conflict"]').waitFor({ timeout: 20_000 });
      return p;
    }),
  );
  await behind.locator('[data-testid="conflict"] ins').first().waitFor();
  await shot(behind, 'report-5-conflict');
  const mine = await area(behind, 'impression').inputValue();
  await behind.getByRole('button', { name: '用我的' }).click();
  await saving(behind, 'clean').waitFor({ timeout: 15_000 });
  const [ahead] = [su.page, other].filter((p) => p !== behind);
  // A draft that is saved is no event that others are told of; whoever comes back to it has what was chosen.
  await ahead.reload();
  await until(
    async () => (await area(ahead, 'impression').inputValue()) === mine,
    15_000,
    () => 'the other tab shows another text',
  );
  await other.close();
});

test('a reviewer takes changes back one by one, returns with a proposal; signing out forgets what was kept', async () => {
  const { page } = su;
  await page.bringToFront();
  await page.reload();
  await area(page, 'impression').waitFor({ timeout: 15_000 });
  await page.keyboard.press('Control+Enter');
  await page.locator('dialog').getByRole('button', { name: '签名提交' }).click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  const { page: second } = han;
  await second.bringToFront();
  await second.goto(`${program.http}/readings?scope=review`);
  await row(second, '胸部平扫').click({ timeout: 20_000 });
  await second.getByRole('button', { name: /领取审核/ }).click();
  const impression = area(second, 'impression');
  await impression.waitFor({ timeout: 15_000 });
  const was = await impression.inputValue();
  await impression.fill(was.replace('右肺', '左肺').replace('。', '。请结合肿瘤标志物。'));
  const diff = second.locator('[data-testid="review-diff"]');
  await diff.locator('ins').first().waitFor();
  assert.equal(await diff.locator('.report-hunk').count(), 2);
  await shot(second, 'report-6-review');
  await diff.getByRole('button', { name: /恢复原文 右/ }).click();
  assert.ok((await impression.inputValue()).startsWith('右肺'), await impression.inputValue());
  assert.equal(await diff.locator('.report-hunk').count(), 1);
  await second.getByRole('button', { name: '退回修改' }).click();
  await second.locator('dialog').getByLabel('原因').fill('请补充建议。');
  await second.locator('dialog').getByRole('radio', { name: '重要' }).click();
  await second.locator('dialog').getByRole('button', { name: '退回修改' }).click();
  await second.locator('dialog').waitFor({ state: 'detached' });

  await page.bringToFront();
  await page.goto(`${program.http}/readings?scope=mine`);
  // The writer is told of a significant difference, is led to it, and takes note.
  const told = page.locator('[data-testid="feedback"]');
  await told.getByText('审核与您的初写有重要差异').waitFor({ timeout: 20_000 });
  assert.match(await told.innerText(), /胸部平扫[\s\S]*已退回[\s\S]*请补充建议。/);
  await shot(page, 'report-7-feedback');
  await told.getByRole('link', { name: '看审核修改' }).click();
  await page.locator('[data-testid="history"][open] li[data-asked="true"] ins').first().waitFor();
  await told.getByRole('button', { name: '知道了' }).click();
  await told.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /领取并书写/ }).click();
  const proposal = page.locator('[data-testid="proposal"]');
  await proposal.waitFor({ timeout: 15_000 });
  await shot(page, 'report-8-proposal');
  await proposal
    .getByRole('button', { name: /采纳这处/ })
    .first()
    .click();
  await proposal.waitFor({ state: 'detached' });
  assert.match(await area(page, 'impression').inputValue(), /肿瘤标志物/);
  await saving(page, 'clean').waitFor({ timeout: 15_000 });

  await page.goto(`${program.http}/readings`);
  await page.locator('.user-menu button').first().click();
  await page.evaluate(() => {
    window.__before = true;
  });
  await page.getByRole('button', { name: '退出登录' }).click();
  // Who signs out gets the page anew.
  await page.waitForFunction(() => !window.__before && document.querySelector('input[type="password"]'));
  const left = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const request = indexedDB.open('yilian-texts');
        request.onsuccess = () => {
          const count = request.result.transaction('yilian-texts').objectStore('yilian-texts').count();
          count.onsuccess = () => resolve(count.result);
        };
      }),
  );
  assert.equal(left, 0);
  assert.deepEqual(
    [...su.faults, ...han.faults].filter((f) => !f.includes('WebSocket')),
    [],
  );
});
