/** What a screen reader hears of the reading page, and where the keyboard leads. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { unnamed } from './names.mjs';
import { start, studiesSent } from './program.mjs';
import { viewing } from './viewing.mjs';

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

async function each(su, language) {
  su.page.setDefaultTimeout(10_000);
  const v = viewing(su.page, program.http);
  const look = async (what) => {
    const { bad, seen } = await unnamed(su.page, su.context, language);
    assert.deepEqual(bad, [], `${language}, ${what}`);
    return seen;
  };
  await v.open('胸部平扫');
  const looking = await look('looking');
  assert.ok(looking > 20, `only ${looking} controls were heard`);
  if ((await su.page.locator('textarea[name="findings"]').count()) === 0) await v.claim();
  await look('writing');
  await su.page.getByRole('toolbar').first().waitFor();
  const menus = await su.page.locator('.viewer .y-menu-button').count();
  for (let n = 0; n < menus; n++) {
    const button = su.page.locator('.viewer .y-menu-button').nth(n);
    await button.evaluate((e) => e.click());
    await su.page.locator('.viewer .y-menu-panel').waitFor();
    await look(`menu ${n}`);
    await su.page.keyboard.press('Escape');
    await su.page.locator('.viewer .y-menu-panel').waitFor({ state: 'detached' });
  }
  await su.page.keyboard.press('?');
  await su.page.locator('dialog').waitFor();
  await look('keys');
  await su.page.keyboard.press('Escape');
  await su.page.locator('dialog').waitFor({ state: 'detached' });
  await su.page.keyboard.press('q');
  await su.page.locator('[data-testid="volume"]').waitFor({ timeout: 10_000 });
  await look('planes');
  await su.page.keyboard.press('q');
  await v.drawn();
}

test('every control of the reading page has a name in both languages', async () => {
  const su = await person(browser, program.http, 'yuepian', desktop);
  await each(su, 'zh');
  await su.page.evaluate(() => localStorage.setItem('yilian.language', 'en'));
  await each(su, 'en');
  assert.deepEqual(su.faults, []);
  await su.close();
});

test('the keyboard reaches every control of the viewer, and the focus is seen', async () => {
  const su = await person(browser, program.http, 'yuepian', desktop);
  su.page.setDefaultTimeout(10_000);
  const v = viewing(su.page, program.http);
  await v.open('胸部平扫');
  const wanted = await su.page.evaluate(() => {
    const all = [...document.querySelectorAll('.viewer :is(button, input, select, a[href])')];
    const there = all.filter((e) => !e.disabled && e.checkVisibility() && e.getBoundingClientRect().width > 0);
    there.forEach((e, i) => {
      e.dataset.stop = String(i);
    });
    return there.map((e) => e.getAttribute('aria-label') ?? e.textContent?.trim() ?? '');
  });
  const reached = new Set();
  const unseen = [];
  await su.page.evaluate(() => document.querySelector('.viewer [data-stop="0"]')?.focus());
  for (let n = 0; n < wanted.length + 8; n++) {
    const at = await su.page.evaluate(() => {
      const e = document.activeElement;
      const s = getComputedStyle(e);
      const seen = (s.outlineStyle !== 'none' && Number.parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
      return { stop: e?.dataset?.stop, seen, name: e?.getAttribute('aria-label') ?? e?.textContent?.trim() };
    });
    if (at.stop !== undefined) {
      reached.add(Number(at.stop));
      if (!at.seen && n > 0) unseen.push(at.name);
    }
    await su.page.keyboard.press('Tab');
  }
  const missed = wanted.filter((_, i) => !reached.has(i));
  assert.deepEqual(missed, [], 'the keyboard does not reach these');
  assert.deepEqual(unseen, [], 'the focus is not seen here');
  await shot(su.page, 'everywhere-names-focus');
  await su.close();
});
