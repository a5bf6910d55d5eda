/** Everything of a study is opened in the viewer: each series, its last picture, its end; and what the page says of it. */

/** What may stand where pictures are looked at once nothing is on its way: a picture, something to read or to play, or words that say why not. */
const settled = () => {
  const of = (selector) => document.querySelector(selector);
  if (of('[role="alert"].viewer-alone, .viewer-alone .y-empty')) return 'nothing';
  if (!of('[data-testid="viewer"]')) return undefined;
  const read = [
    '[data-testid="object-view"] article',
    '[data-testid="object-view"] .y-empty',
    '[data-testid="pdf"] canvas',
    '[data-testid="pdf"] .y-empty',
    '[data-testid="video"] video',
    '.viewer-ecg .ecg-paper',
    '.viewer-ecg [role="alert"]',
    '.viewer-file',
  ].find(of);
  if (read) return read;
  const pane = of('[data-testid="pane-0"]');
  if (pane?.dataset.loading !== 'false') return undefined;
  if (pane.dataset.failure) return pane.querySelector('.viewer-failure p')?.textContent ? 'reason' : undefined;
  return pane.dataset.count === '0' ? undefined : 'picture';
};

const restOf = async (page) =>
  (await page.waitForFunction(settled, undefined, { timeout: 15_000, polling: 50 })).jsonValue();

/** Another page without loading it again: whatever the one before left behind is still there. */
const go = (page, path) =>
  page.evaluate((path) => {
    history.pushState({}, '', path);
    dispatchEvent(new PopStateEvent('popstate', { state: {} }));
  }, path);

/** Opens a study, each of its series, and goes to the end of each. Answers what was seen; throws where nothing came of it. */
export async function openWhole(page, study) {
  await go(page, '/import');
  await page.locator('.import-drop').waitFor({ timeout: 15_000 });
  await go(page, `/studies/${study}`);
  const seen = [await restOf(page)];
  const thumbs = page.locator('[data-testid="thumb"]');
  for (let n = 0; n < (await thumbs.count()); n++) {
    await thumbs.nth(n).click();
    seen.push(await restOf(page));
    if (!/picture|reason/.test(seen.at(-1))) continue;
    await page.mouse.move(700, 500);
    await page.keyboard.press('End');
    await page.mouse.wheel(0, -300);
    seen.push(await restOf(page));
  }
  return seen;
}
