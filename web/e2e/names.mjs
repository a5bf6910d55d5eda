/** What a screen reader hears of a page: Chromium's own tree of names, not what attributes promise. */
import assert from 'node:assert/strict';

const controls = new Set([
  'button',
  'slider',
  'spinbutton',
  'textbox',
  'searchbox',
  'combobox',
  'listbox',
  'option',
  'checkbox',
  'radio',
  'switch',
  'menu',
  'menuitem',
  'tab',
  'link',
  'image',
  'img',
  'dialog',
  'alertdialog',
  'toolbar',
  'Canvas',
  'Video',
  'progressbar',
  'ProgressIndicator',
  'DisclosureTriangle',
  'ToggleButton',
  'Date',
  'InputTime',
]);

/** Words of the Chinese page that must not be heard in the English one; names of people and exams are theirs. */
const foreignTo =
  /窗|缩放|测量|撤销|重做|工具|布局|关键|报告|保存|层面|播放|快捷键|返回|列表|关闭|下载|打印|导出|导入|签名|模板|分享/;

/** Every control and picture of the page without a name, and names that are in the other language. */
export async function unnamed(page, context, language) {
  const cdp = await context.newCDPSession(page);
  const { nodes } = await cdp.send('Accessibility.getFullAXTree');
  const bad = [];
  let seen = 0;
  for (const n of nodes) {
    const role = n.role?.value;
    if (n.ignored || !controls.has(role)) continue;
    // The browser's own controls of a video, and what paints into its shadow, are named by the browser.
    seen++;
    const name = n.name?.value?.trim() ?? '';
    const foreign = language === 'en' && role !== 'option' && /[\u4e00-\u9fff]/.test(name) && foreignTo.test(name);
    if (name && !foreign) continue;
    const { node } = await cdp.send('DOM.describeNode', { backendNodeId: n.backendDOMNodeId });
    bad.push(`${role} "${name}" <${node.nodeName.toLowerCase()} ${(node.attributes ?? []).slice(0, 8).join(' ')}>`);
  }
  await cdp.detach();
  return { bad, seen };
}

/** Listens to a page as it is now; answers how many controls were heard. */
export async function heard(who, language, what) {
  const { bad, seen } = await unnamed(who.page, who.context, language);
  assert.deepEqual(bad, [], `${language}, ${what}`);
  return seen;
}

const focus = (page) =>
  page.evaluate(() => {
    const e = document.activeElement;
    return {
      inDialog: Boolean(e?.closest('dialog[open]')),
      name: e === document.body ? 'nothing' : (e?.getAttribute('aria-label') ?? e?.textContent?.trim() ?? ''),
      mark: e?.dataset?.opener ?? '',
    };
  });

/**
 * A dialog that a control opens by the keyboard: it has a title, all in it has names, the focus is in it, Escape closes it, and the focus is where it
 * was. `open` presses from the focused control; `inside` does something in it first.
 */
export async function dialogHeard(who, language, what, opener, { press = 'Enter', inside, back = opener } = {}) {
  const { page } = who;
  await opener.scrollIntoViewIfNeeded();
  await opener.focus();
  await page.keyboard.press(press);
  await page.locator('dialog[open]').waitFor();
  if (inside) await inside();
  const cdp = await who.context.newCDPSession(page);
  const { nodes } = await cdp.send('Accessibility.getFullAXTree');
  await cdp.detach();
  const titles = nodes.filter((n) => !n.ignored && n.role?.value === 'dialog').map((n) => n.name?.value ?? '');
  assert.ok(titles.length > 0 && titles.every((t) => t.trim()), `${what} has no title: ${JSON.stringify(titles)}`);
  await heard(who, language, what);
  assert.ok((await focus(page)).inDialog, `${what}: the focus is not in it, but on ${(await focus(page)).name}`);
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  await back.evaluate((e) => {
    e.dataset.opener = 'this';
  });
  const at = await focus(page);
  await back.evaluate((e) => delete e.dataset.opener);
  assert.equal(at.mark, 'this', `${what}: the focus did not come back, it is on ${at.name}`);
}
