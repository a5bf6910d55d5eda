/** Every tool of the toolbar by the pointer alone, and the keys that no other test presses: one effect each, and a picture of it. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { desktop, person, shot } from './browser.mjs';
import { until } from './program.mjs';
import { greysOf, viewing } from './viewing.mjs';
import { county } from './world.mjs';

let program;
let browser;
let su;
let v;
let scale; // from millimetres to the screen
const pressed = new Set(); // what a pointer has pressed in the toolbar, by its name

before(async () => {
  ({ program, browser } = await county());
  su = await person(browser, program.http, 'yuepian', desktop);
  su.page.setDefaultTimeout(30_000);
  v = viewing(su.page, program.http);
  await su.page.exposeFunction('__pressed', (name) => pressed.add(name));
  await su.page.addInitScript(watched);
  await v.open('胸部平扫');
  await v.claim();
  scale = await v.screen(380);
});

/** In the page: tells what is pressed in the toolbar. */
function watched() {
  const tell = ({ target }) => {
    const b = target.closest?.('[role="toolbar"] button');
    if (b) window.__pressed(b.querySelector('.viewer-item-name')?.textContent ?? b.getAttribute('aria-label') ?? '');
  };
  document.addEventListener('click', tell, true);
}

const key = (k) => su.page.keyboard.press(k);
const button = (name) => su.page.getByRole('toolbar').getByRole('button', { name, exact: true });
const items = () => su.page.locator('.y-menu-item .viewer-item-name');
/** What is written at a pane's corner, one word of it. */
const corner = async (pattern) =>
  (await v.pane().locator('.viewer-br span').allTextContents()).find((text) => pattern.test(text));
const zoom = () => corner(/^\d+%$/);
const window = () => corner(/^W -?\d+ L -?\d+$/);
const drag = (from, to) => v.drag(scale.at(from), scale.at(to));
const becomes = (is, say) => until(is, 15_000, () => say);

/** As somebody reads the value before and after something is done. */
async function changes(read, act, say) {
  const before = JSON.stringify(await read());
  await act();
  await becomes(async () => JSON.stringify(await read()) !== before, say);
}

const marked = (n) => becomes(async () => (await v.marks().count()) === n, `there are not ${n} measurements`);

/** A measurement comes, says what it should, and is taken back. */
function measures(pattern, draw) {
  return async (name) => {
    await draw();
    await v.newest(1, pattern);
    await shot(su.page, name);
    await button('撤销').click();
    await marked(0);
  };
}

/** The picture is changed, and put back. */
function looks(read, act) {
  return async (name) => {
    const before = JSON.stringify(await read());
    await changes(read, act, 'nothing happened');
    await shot(su.page, name);
    await button('复位').click();
    await until(
      async () => JSON.stringify(await read()) === before,
      15_000,
      async () => `it was not put back: ${JSON.stringify(await read())} instead of ${before}`,
    );
  };
}

const said = (words, draw) => async () => {
  await draw();
  await su.page.locator('dialog input').fill(words);
  await key('Enter');
};
/** An entry of one of the toolbar's menus. */
async function choose(menu, entry) {
  await button(menu).click();
  await items().getByText(entry, { exact: true }).click();
}
const grey = () => greysOf(v.pane().locator('canvas').first());
/** Whether the picture has colours. */
const tint = () =>
  v
    .pane()
    .locator('canvas')
    .first()
    .evaluate((c) => {
      const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
      return data.some((value, i) => i % 4 === 0 && Math.abs(value - data[i + 2]) > 40);
    });
const across = () => drag([-60, -20], [60, 30]);

/** The groups of the toolbar with their tools, and what each does. */
const groups = {
  缩放与移动: {
    缩放: looks(zoom, () => drag([0, 0], [0, -60])),
    移动: looks(grey, () => drag([0, 0], [60, 40])),
    框选放大: looks(zoom, () => drag([-40, -30], [40, 30])),
    放大镜: async (name) => {
      const glass = v.pane().locator('.magnifyTool');
      await su.page.mouse.move(...scale.at([0, 0]));
      await su.page.mouse.down();
      await su.page.mouse.move(...scale.at([10, 10]), { steps: 3 });
      await glass.waitFor({ state: 'visible' });
      await shot(su.page, name);
      await su.page.mouse.up();
      await glass.waitFor({ state: 'hidden' });
    },
  },
  测量: {
    测距: measures(/[\d.]+ mm/, across),
    长短径: measures(/短径 [\d.]+ mm/, across),
    测角: measures(/[\d.]+°/, async () => {
      await drag([-40, 60], [0, 60]);
      await su.page.mouse.move(...scale.at([28, 98]));
      await su.page.mouse.click(...scale.at([30, 100]));
    }),
    'Cobb 角': measures(/[\d.]+°/, async () => {
      await drag([60, 60], [110, 80]);
      await drag([60, 130], [110, 105]);
    }),
    心胸比: measures(/心胸比 0\.\d+/, async () => {
      await drag([-40, 40], [60, 46]);
      await drag([-120, 80], [120, 70]);
    }),
    按已知长度校准: async (name) => {
      await across();
      await su.page.getByText('这幅图像自带比例').waitFor();
      await shot(su.page, name);
      await marked(0);
    },
  },
  感兴趣区: {
    '椭圆 ROI': measures(/均值 -?[\d.]+ HU.*面积 [\d.]+ mm²/, across),
    '矩形 ROI': measures(/均值 -?[\d.]+ HU.*面积 [\d.]+ mm²/, across),
    '手绘 ROI': measures(/面积 [\d.]+ mm²/, async () => {
      const [first, ...more] = [
        [-150, -150],
        [-120, -150],
        [-120, -120],
        [-150, -120],
        [-150, -149],
      ].map(scale.at);
      await su.page.mouse.move(...first);
      await su.page.mouse.down();
      for (const to of more) await su.page.mouse.move(...to, { steps: 8 });
      await su.page.mouse.up();
    }),
    'CT 值': measures(/-?\d+ HU/, () => su.page.mouse.click(...scale.at([150, 150]))),
  },
  标注: {
    箭头注释: measures(/心影/, said('心影', across)),
    文字: measures(
      /右肺/,
      said('右肺', () => su.page.mouse.click(...scale.at([-20, 100]))),
    ),
  },
};

for (const [g, [group, tools]] of Object.entries(groups).entries())
  test(`${group}: each tool is chosen by the pointer and does its work`, async () => {
    await button(group).click();
    assert.deepEqual(await items().allTextContents(), Object.keys(tools));
    await button(group).click();
    for (const [n, [tool, works]] of Object.entries(tools).entries()) {
      await button(group).click();
      await items().getByText(tool, { exact: true }).click();
      await button(tool).and(su.page.locator('[aria-pressed="true"]')).waitFor();
      await works(`hands-${g + 1}${n + 1}`);
    }
    assert.deepEqual(su.faults, []);
  });

test('what stands in the toolbar by itself: windows, turning pages, the way a picture lies, cine, key images', async () => {
  const { page } = su;
  await button('调窗').click();
  await looks(window, () => drag([0, 0], [60, 30]))('hands-51-window');
  await button('窗宽窗位').click();
  await items().getByText('框选调窗', { exact: true }).click();
  await looks(window, () => drag([-10, -10], [20, 10]))('hands-58-region-window');
  await button('窗宽窗位').click();
  await items().getByText('骨窗', { exact: true }).click();
  await becomes(async () => (await window()) === 'W 1800 L 400', 'no window of bone');
  await shot(page, 'hands-52-preset');
  await button('复位').click();
  await choose('窗宽窗位', '自动窗');
  await becomes(async () => (await window()) !== 'W 400 L 40', 'no window of its own');
  await button('复位').click();
  await looks(tint, () => choose('窗宽窗位', '换色表'))('hands-59-colours');
  for (const [n, map] of ['热金属', '彩虹', undefined].entries()) {
    await choose('窗宽窗位', '换色表');
    await becomes(async () => (await corner(/^(热金属|彩虹)$/)) === map, `not painted ${map}`);
    await becomes(async () => (await tint()) === (map !== undefined), `colours of ${map}`);
    if (map) await shot(page, `hands-59-colours-${n + 1}`);
  }
  await choose('窗宽窗位', '保存当前窗…');
  await page.locator('dialog input').fill('我的窗');
  await key('Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  const mine = await window();
  for (const [name, wanted] of [
    ['骨窗', 'W 1800 L 400'],
    ['我的窗', mine],
  ]) {
    await choose('窗宽窗位', name);
    await becomes(async () => (await window()) === wanted, `no ${name}`);
  }
  await button('窗宽窗位').click();
  await shot(page, 'hands-50-own-window');
  await button('删除“我的窗”').click();
  await items().getByText('我的窗').waitFor({ state: 'detached' });
  await button('窗宽窗位').click();
  await button('翻层').click();
  await changes(v.indexOf, () => drag([0, 0], [0, 60]), 'no page was turned');
  await v.drawn();
  await shot(page, 'hands-53-scroll');
  await looks(grey, () => button('反色').click())('hands-54-inverted');
  const letters = () => v.pane().locator('.viewer-o-left, .viewer-o-top').allTextContents();
  for (const [n, act] of ['旋转 90°', '左右翻转', '上下翻转'].entries())
    await looks(letters, async () => {
      await button('方向').click();
      await items().getByText(act, { exact: true }).click();
    })(`hands-55-${n + 1}`);
  await changes(v.indexOf, () => button('播放 / 停止').click(), 'no picture moves');
  await shot(page, 'hands-56-cine');
  await button('播放 / 停止').click();
  await v.pane().locator('[data-testid="cine-rate"]').waitFor({ state: 'detached' });
  await v.drawn();
  await button('标记关键图像').click();
  await page.locator('[data-testid="key-badge"]').waitFor();
  await shot(page, 'hands-57-key-image');
  await button('标记关键图像').click();
  await page.locator('[data-testid="key-badge"]').waitFor({ state: 'detached' });
  assert.deepEqual(su.faults, []);
});

test('film takes over what is on show; a cine runs at another speed', async () => {
  await v.turnTo(20);
  const opened = su.context.waitForEvent('page');
  await button('胶片打印').click();
  const film = await opened;
  await film.setViewportSize(desktop);
  await film
    .locator('[data-testid="film-preview"] [data-testid="film-cell"]')
    .getByText(/图 21\/64/)
    .waitFor({ timeout: 20_000 });
  await shot(film, 'hands-5a-film');
  await film.close();
  const rate = async () => Number.parseFloat(await v.pane().locator('[data-testid="cine-rate"]').textContent());
  await button('播放 / 停止').click();
  await v.pane().locator('[data-testid="cine-rate"]').waitFor();
  const usual = await rate();
  await choose('方向', '电影快一档');
  await becomes(async () => (await rate()) > usual, 'no faster');
  await choose('方向', '电影慢一档');
  await becomes(async () => (await rate()) === usual, 'no slower');
  await button('播放 / 停止').click();
  await v.pane().locator('[data-testid="cine-rate"]').waitFor({ state: 'detached' });
  await v.drawn();
  assert.deepEqual(su.faults, []);
});

test('measurements by the pointer alone: done again, found, hidden, all deleted', async () => {
  await v.turnTo(20);
  await choose('测量', '测距');
  await across();
  await v.newest(1, /mm/);
  await button('撤销').click();
  await marked(0);
  await button('重做').click();
  await marked(1);
  await v.turnTo(30);
  await drag([-80, 40], [80, 40]);
  await v.newest(2, /mm/);
  await v.turnTo(40);
  for (const [way, at] of [
    ['上一处测量', 30],
    ['上一处测量', 20],
    ['下一处测量', 30],
  ]) {
    await choose('测量列表', way);
    await becomes(async () => (await v.indexOf()) === at, `${way}: the one on ${at} was not shown`);
    await v.drawn();
  }
  const drawn = v.pane().locator('svg').getByText(/mm$/);
  await drawn.first().waitFor();
  await choose('测量列表', '显示 / 隐藏测量');
  await drawn.first().waitFor({ state: 'detached' });
  await choose('测量列表', '显示 / 隐藏测量');
  await drawn.first().waitFor();
  await choose('测量列表', '删除全部测量');
  await su.page.locator('dialog').getByRole('button', { name: /^删除/ }).click();
  await marked(0);
  assert.deepEqual(su.faults, []);
});

test('keys: zoom, pages, the window that the picture asks for', async () => {
  await key('z');
  await button('缩放').and(su.page.locator('[aria-pressed="true"]')).waitFor();
  await looks(zoom, () => drag([0, 0], [0, -60]))('hands-61-zoom');
  await key('s');
  await changes(v.indexOf, () => drag([0, 0], [0, -60]), 'no page was turned');
  await v.drawn();
  await shot(su.page, 'hands-62-scroll');
  await key('1');
  await becomes(async () => (await window()) === 'W 1500 L -600', 'no window of the lung');
  await changes(window, () => key('0'), 'no window of its own');
  await shot(su.page, 'hands-63-auto');
  await key('Space');
  assert.deepEqual(su.faults, []);
});

test('keys: the measurement before, and one that goes', async () => {
  await v.turnTo(20);
  await key('l');
  await across();
  await v.newest(1, /mm/);
  await v.turnTo(30);
  await drag([-80, 40], [80, 40]);
  await v.newest(2, /mm/);
  const [first] = /长度 [\d.]+ mm/.exec(await v.marks().first().textContent());
  await v.turnTo(40);
  for (const wanted of [30, 20]) {
    await key('[');
    await becomes(async () => (await v.indexOf()) === wanted, `the measurement on ${wanted} was not shown`);
    await v.drawn();
  }
  await shot(su.page, 'hands-71-mark-before');
  await key(']');
  await becomes(async () => (await v.indexOf()) === 30, 'the next one was not shown');
  await v.drawn();
  await key('Delete');
  await marked(1);
  assert.match(await v.marks().first().textContent(), new RegExp(first));
  await shot(su.page, 'hands-72-deleted');
  await button('撤销').click();
  await marked(2);
  await button('删除测量').click();
  await marked(1);
  await key('Backspace');
  await marked(0);
  assert.deepEqual(su.faults, []);
});

test('keys: a slab after the other', async () => {
  const mm = su.page.locator('[data-testid="slab-mm"]');
  await button('三平面重建 / 返回').click();
  await su.page.locator('[data-testid="volume"][data-stage="whole"]').waitFor({ timeout: 60_000 });
  const all = await mm.locator('option').evaluateAll((options) => options.map((o) => o.value));
  assert.ok(all.length > 2 && (await mm.inputValue()) === all[0]);
  for (const wanted of [...all.slice(1), all[0]]) {
    await key('j');
    await becomes(async () => (await mm.inputValue()) === wanted, `no slab of ${wanted} mm`);
    if (wanted === all[2]) await shot(su.page, 'hands-81-slab');
  }
  await button('三平面重建 / 返回').click();
  await v.drawn();
  assert.deepEqual(su.faults, []);
});

test('keys: layouts go round, series change in the active pane', async () => {
  await v.open('颅脑平扫');
  const layout = async () => /\d×\d/.exec(await su.page.locator('[data-testid="layout"]').textContent())[0];
  assert.equal(await layout(), '1×2');
  for (const wanted of ['2×1', '2×2', '1×1', '1×2']) {
    await key('x');
    await becomes(async () => (await layout()) === wanted, `no layout ${wanted}`);
    const [rows, columns] = wanted.split('×').map(Number);
    await becomes(
      async () => (await su.page.locator('.viewer-pane').count()) === rows * columns,
      `not as many panes as ${wanted}`,
    );
    if (wanted === '2×2') await shot(su.page, 'hands-91-layout');
  }
  const name = (n) => v.pane(n).getAttribute('aria-label');
  const [one, other] = [await name(0), await name(1)];
  assert.notEqual(one, other);
  await key('ArrowRight');
  await becomes(async () => (await name(0)) === other, 'no next series');
  await v.drawn();
  await shot(su.page, 'hands-92-series');
  await key('ArrowLeft');
  await becomes(async () => (await name(0)) === one, 'no series before');
  await v.drawn();
  assert.deepEqual(su.faults, []);
});

test('nothing of the toolbar was left out', async () => {
  const toolbar = su.page.locator('.viewer-toolbar');
  await button('联动翻层').click();
  await button('联动翻层').and(su.page.locator('[aria-pressed="true"]')).waitFor();
  await button('联动翻层').click();
  const there = new Set();
  for (const b of await toolbar.locator('button').all()) {
    const name = await b.getAttribute('aria-label');
    if (name) there.add(name);
    if ((await b.getAttribute('aria-expanded')) === null) continue;
    await b.click();
    for (const item of await items().allTextContents()) there.add(item);
    await b.click();
  }
  // One of the windows stands for all.
  const left = [...there].filter((name) => !pressed.has(name) && !/窗$/.test(name));
  assert.deepEqual(left, []);
  assert.ok(there.size > 40, `only ${there.size} in the toolbar`);
});
