/** What a screen reader hears of every other page with pictures, and of every dialog: names in both languages, the focus in the dialog and back. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { desktop, person } from './browser.mjs';
import { dialogHeard, heard } from './names.mjs';
import { root, until } from './program.mjs';
import { viewing } from './viewing.mjs';
import { arrived, county, sendKinds, studyOf } from './world.mjs';

const uid = '1.2.826.0.1.3680043.10.1462.99.8';
const languages = ['zh', 'en'];

let program;
let browser;

before(async () => {
  ({ program, browser } = await county());
  await sendKinds(program, uid);
});

async function signIn(login, language) {
  const who = await person(browser, program.http, login, desktop, { acceptDownloads: true });
  await who.context.addInitScript((l) => localStorage.setItem('yilian.language', l), language);
  who.page.setDefaultTimeout(40_000);
  return who;
}
const action = (who, words) => who.page.getByRole('button', { name: words, exact: true });

/** The n-th item of a menu, counted from its end below 0, as the focus that presses it; the focus returns to the menu's button. */
async function menuItem(menu, n) {
  await menu.focus();
  await menu.press('Enter');
  const all = menu.locator('xpath=..').locator('.y-menu-panel .y-menu-item');
  await all.first().waitFor();
  return n < 0 ? all.nth((await all.count()) + n) : all.nth(n);
}

for (const language of languages)
  test(`the dialogs of the reading page, an earlier report beside, and an object (${language})`, async () => {
    const who = await signIn('yuepian', language);
    const { page } = who;
    const v = viewing(page, program.http);
    // An earlier report of the same patient.
    await page.route(/\/api\/readings\/[a-z0-9]+$/, async (route) => {
      const answer = await route.fetch();
      const reading = await answer.json();
      const report = { findings: 'Clear.', impression: 'None.', technique: 'CT.', writer: 'Su' };
      const prior = {
        study: reading.study,
        reading: reading.id,
        date: '2025-01-01',
        modality: 'CT',
        description: 'CT',
      };
      if (reading.priors) reading.priors = [{ ...prior, ...report }];
      await route.fulfill({ response: answer, json: reading });
    });
    await v.open('胸部平扫');
    if ((await page.locator('textarea[name="findings"]').count()) === 0) await v.claim();
    await heard(who, language, 'writing');
    await page.locator('[data-testid="priors"] .y-link').click();
    await page.locator('[data-testid="prior-report"]').waitFor();
    await heard(who, language, 'earlier report');
    await page.locator('[data-testid="prior-report"] .row button').click();
    await heard(who, language, 'earlier report, compared');
    await page.locator('[data-testid="prior-report"] header button').click();

    for (const part of ['findings', 'impression']) await page.locator(`textarea[name="${part}"]`).fill('Clear.');
    const foot = page.locator('.desk-foot');
    await foot.locator('.y-btn-primary:not(:disabled)').waitFor();
    await dialogHeard(who, language, 'sign', foot.locator('.y-btn-primary'));
    await dialogHeard(who, language, 'critical', foot.locator('.y-btn-danger'));
    await dialogHeard(
      who,
      language,
      'put aside',
      action(who, language === 'zh' ? '暂放' : 'Put aside')
        .or(foot.locator('.y-btn-plain'))
        .first(),
    );
    const keys = page.locator('.desk-strip button', { hasText: '?' });
    await dialogHeard(who, language, 'keys', keys);
    const templates = page.locator('.report-template');
    for (const [n, what] of [
      [-3, 'keep as a template'],
      [-2, 'templates'],
      [-1, 'macros'],
    ])
      await dialogHeard(who, language, what, await menuItem(templates, n), { back: templates });
    await dialogHeard(who, language, 'a new template', await menuItem(templates, -2), {
      back: templates,
      inside: async () => {
        await page.locator('dialog[open] .y-dialog-body button').last().press('Enter');
        await page.locator('dialog[open] .template-editor').waitFor();
      },
    });
    const windows = page.locator('.viewer .viewer-caret').first();
    await dialogHeard(who, language, 'keep a window', await menuItem(windows, -1), { back: windows });

    // Something to discard, and to note.
    const note = page.locator('.viewer-keyimage-acts button').first();
    if ((await note.count()) === 0) {
      await page.evaluate(() => document.activeElement?.blur());
      await page.keyboard.press('.');
    }
    await note.waitFor();
    await dialogHeard(who, language, 'a note', note);
    await heard(who, language, 'key images');
    const pane = page.locator('[data-testid="reading"] .desk-strip button').first();
    await dialogHeard(who, language, 'discard all', pane, { press: 'Shift+Delete' });

    // What is kept beside the pictures, to read.
    const { at } = await v.screen(380);
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press('l');
    await v.drag(at([-50, 0]), at([50, 0]));
    await page.locator('[data-testid="kept"] button').click();
    await page.locator('[data-testid="thumb"]', { hasText: 'Measurements' }).first().click();
    await page.locator('[data-testid="object-view"] article').first().waitFor();
    await heard(who, language, 'an object');
    assert.deepEqual(who.faults, []);
    await who.close();
  });

for (const language of languages)
  test(`an ECG with its tools, a document, a video, and what cannot be shown (${language})`, async () => {
    const heart = await signIn('xindian', language);
    await heart.page.goto(`${program.http}/readings`);
    await heart.page.locator('[data-testid="reading-row"]', { hasText: '十二导联心电图' }).click();
    await heart.page.locator('[data-testid="ecg-paper"] .ecg-curve').first().waitFor();
    await heard(heart, language, 'ECG');
    const menus = heart.page.locator('.viewer-ecg .y-menu-button');
    for (let n = 0; n < (await menus.count()); n++) {
      await menus.nth(n).press('Enter');
      await heart.page.locator('.viewer-ecg .y-menu-panel').waitFor();
      await heard(heart, language, `ECG, menu ${n}`);
      await heart.page.keyboard.press('Escape');
      await heart.page.locator('.viewer-ecg .y-menu-panel').waitFor({ state: 'detached' });
    }
    await heart.page.locator('.viewer-ecg .y-choice').last().locator('button, label').last().click();
    await heard(heart, language, 'ECG, the last of its choices');
    assert.deepEqual(heart.faults, []);
    await heart.close();

    const who = await signIn('qingxi-jishi', language);
    const { page } = who;
    for (const [study, what, there] of [
      [1, 'document', '[data-testid="pdf"] canvas[data-drawn="true"]'],
      [2, 'video', '[data-testid="video"] video'],
      [3, 'what cannot be shown', '.viewer-file a'],
    ]) {
      await arrived(who, program.http, `${uid}.${study}`);
      await page.goto(`${program.http}/studies/${uid}.${study}`);
      await page.locator(there).first().waitFor();
      await heard(who, language, what);
    }
    assert.deepEqual(who.faults, []);
    await who.close();
  });

for (const language of languages)
  test(`film, sharing, the page of a link, a copy without identity, a list of files to bring in (${language})`, async () => {
    const who = await signIn('qingxi-jishi', language);
    const { page } = who;
    const say = (zh, en) => (language === 'zh' ? zh : en);
    const ct = await studyOf(who, 'CT');
    await page.goto(`${program.http}/studies/${ct}/film`);
    await page.locator('[data-testid="film-cell"] img').first().waitFor();
    await heard(who, language, 'film');

    await page.goto(`${program.http}/studies/${ct}`);
    await viewing(page).drawn();
    await dialogHeard(who, language, 'export', action(who, say('导出影像', 'Export images')));
    const share = action(who, say('分享', 'Share'));
    let made;
    await dialogHeard(who, language, 'share', share);
    await dialogHeard(who, language, 'share, made', share, {
      inside: async () => {
        await page.locator('dialog[open] input').first().fill('Gu');
        await page.keyboard.press('Enter');
        const secret = page.getByTestId('share-made');
        await secret.waitFor();
        made = { link: await secret.locator('input').inputValue(), code: await secret.locator('output').textContent() };
      },
    });
    const guest = await browser.newContext({ viewport: desktop, locale: 'zh-CN' });
    await guest.addInitScript((l) => localStorage.setItem('yilian.language', l), language);
    const outside = { page: await guest.newPage(), context: guest };
    outside.page.setDefaultTimeout(40_000);
    await outside.page.goto(made.link);
    await outside.page.locator('.share-door input').waitFor();
    await heard(outside, language, 'the door of a link');
    await outside.page.locator('.share-door input').fill(made.code.trim());
    await outside.page.keyboard.press('Enter');
    await viewing(outside.page).drawn();
    await heard(outside, language, 'the page of a link');
    await guest.close();

    await page.goto(`${program.http}/import`);
    await page.locator('.import-drop').waitFor();
    await heard(who, language, 'import');
    const disc = await mkdtemp(join(tmpdir(), 'DISC'));
    const patient = { name: '另一人', id: 'X-1', birth: '19600101', sex: 'M' };
    const studies = [{ modality: 'CT', description: 'head', series: [3, 2] }];
    execFileSync('/usr/bin/python3', ['-W', 'ignore', join(root, 'web/e2e/import/disc.py'), disc], {
      input: JSON.stringify([{ ...patient, studies }]),
    });
    const cdp = await who.context.newCDPSession(page);
    const at = { x: 500, y: 400, data: { items: [], files: [disc], dragOperationsMask: 1 } };
    for (const type of ['dragEnter', 'dragOver', 'drop']) await cdp.send('Input.dispatchDragEvent', { type, ...at });
    await cdp.detach();
    const next = page.locator('.import-page, main').locator('.y-btn-primary').first();
    await next.waitFor();
    await until(() => next.isEnabled());
    await heard(who, language, 'import, listed');
    await dialogHeard(who, language, 'import, asked', next);
    await rm(disc, { recursive: true, force: true });
    assert.deepEqual(who.faults, []);
    await who.close();

    const hewan = await signIn('hewan', language);
    await hewan.page.goto(`${program.http}/studies/${await studyOf(hewan, 'US')}`);
    await viewing(hewan.page).drawn();
    const copy = action(hewan, say('去标识导出', 'De-identified'));
    await dialogHeard(hewan, language, 'without identity', copy);
    await copy.click();
    await hewan.page.locator('dialog[open] footer .y-btn-primary').click();
    await hewan.page.locator('.deident-risks li').first().waitFor();
    await heard(hewan, language, 'without identity, looked over');
    assert.deepEqual(hewan.faults, []);
    await hewan.close();
  });
