/** What is drawn on the planes of a volume is kept in the patient: through reload and a kill, undone and done again, and written as SCOORD3D. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { desktop, launch, person, shot } from './browser.mjs';
import { start, studiesSent, until } from './program.mjs';
import { rest } from './viewing.mjs';

let data;
let program;
let browser;
let su;

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'yilian-e2e-'));
  program = await start({ data });
  browser = await launch();
  await studiesSent(program);
  su = await person(browser, program.http, 'yuepian', desktop);
  su.page.setDefaultTimeout(60_000);
});

after(async () => {
  await su?.close();
  await browser?.close();
  await program?.stop();
  await rm(data, { recursive: true, force: true });
});

const at = () => su.page;
const key = (k) => at().keyboard.press(k);
const plane = (name) => at().locator(`[data-testid="plane-${name}"]`);
const words = (name) =>
  plane(name)
    .locator('svg.svg-layer')
    .getByText(/mm|°|HU/)
    .first();
const marks = () => at().locator('[data-testid="marks"] li');
const voxel = async () =>
  (await at().locator('[data-testid="volume"]').getAttribute('data-voxel')).split(' ').map(Number);
/** All slices are there, and each plane shows them. */
async function whole() {
  await at().locator('[data-testid="volume"][data-stage="whole"]').waitFor();
  for (const name of ['axial', 'coronal', 'sagittal'])
    await plane(name).and(at().locator('[data-filled="true"]')).waitFor();
}
const drawn = () => at().locator('[data-testid="pane-0"][data-loading="false"]:not([data-count="0"])').waitFor();

async function drag(name, from, to) {
  const box = await plane(name).boundingBox();
  await at().mouse.move(box.x + from[0], box.y + from[1]);
  await at().mouse.down();
  // As a hand does it: all within one frame of the screen would be a click.
  for (const part of [0.25, 0.5, 0.75, 1]) {
    await at().waitForTimeout(40);
    await at().mouse.move(box.x + from[0] + (to[0] - from[0]) * part, box.y + from[1] + (to[1] - from[1]) * part);
  }
  await at().waitForTimeout(40);
  await at().mouse.up();
}

const count = (n) =>
  until(
    async () => (await marks().count()) === n,
    15_000,
    () => `there are not ${n} marks`,
  ).catch(async (e) => {
    console.log('# the page:', JSON.stringify(await at().evaluate(seen)));
    throw e;
  });

/** What may say why a stroke was lost: in the page. */
function seen() {
  const box = document.querySelector('[data-testid="plane-coronal"]')?.getBoundingClientRect();
  const under = box && document.elementFromPoint(box.x + 100, box.y + 120);
  return {
    tool: document.querySelector('.viewer [aria-pressed="true"]')?.getAttribute('aria-label'),
    focus: document.activeElement?.outerHTML.slice(0, 120),
    under: under?.outerHTML.slice(0, 120),
    shapes: document.querySelectorAll('[data-testid^="plane-"] svg.svg-layer g').length,
    marks: document.querySelectorAll('[data-testid="marks"] li').length,
    words: document.querySelector('[data-testid="viewer"]')?.textContent.slice(0, 400),
  };
}

/** What the server keeps of this read, once it is as wanted. */
async function kept(wanted, say) {
  const id = at().url().split('/').pop();
  return until(
    async () => {
      const { items } = await (await su.context.request.get(`${program.http}/api/readings/${id}/measurements`)).json();
      return wanted(items) && items;
    },
    15_000,
    () => say,
  );
}

let texts;

test('a length, a region and a slanting line stand in the patient; they are taken back and done again', async () => {
  await at().goto(`${program.http}/readings`);
  await at().locator('[data-testid="reading-row"]', { hasText: '胸部平扫' }).first().click();
  await drawn();
  await key('a');
  await at().locator('textarea[name="findings"]').waitFor();
  await key('q');
  await whole();
  await key('l');
  await drag('coronal', [100, 120], [200, 150]);
  await count(1);
  await key('b');
  await drag('sagittal', [120, 120], [160, 150]);
  await count(2);
  await until(
    async () => /均值 -?[\d.]+ HU/.test(await marks().nth(1).innerText()),
    10_000,
    () => 'the region has no mean',
  );
  // Taken back and done again, the volume stays open and shows it.
  await key('Control+z');
  await count(1);
  await key('Control+y');
  await count(2);
  await words('sagittal').waitFor();

  const handle = await at().locator('[data-testid="turn-axial-coronal-1"]').boundingBox();
  const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2];
  await at().mouse.move(x, y);
  await at().mouse.down();
  await at().mouse.move(x - 10, y - 60, { steps: 4 });
  await at().mouse.up();
  await plane('coronal').getByText('斜面').waitFor();
  await words('coronal').waitFor({ state: 'detached' });
  await key('d');
  await drag('coronal', [90, 100], [180, 130]);
  await count(3);
  await shot(at(), 'planes-1-drawn');
  // It is told and kept while the hand still draws, too: what counts is what stands at its end.
  await rest(at());
  texts = await marks().allInnerTexts();
  const [, length] = /长度 ([\d.]+) mm/.exec(texts[2]);
  const wanted = Number(await plane('coronal').getAttribute('data-mm')) * Math.hypot(90, 30);
  assert.ok(Math.abs(length - wanted) < 0.1, `${length} mm instead of ${wanted}`);
  const items = await kept(
    (all) => all.length === 3 && all[2].figures?.some((f) => f.kind === 'length' && f.value === Number(length)),
    'three are not kept as they stand',
  );
  for (const m of items) {
    assert.equal(m.space, 'patient');
    assert.ok(m.frameOfReference && m.instance && m.viewPlaneNormal.length === 3, JSON.stringify(m));
  }
  assert.deepEqual(su.faults, []);
});

test('after a kill and a reload each leads back to its plane, in a slab too', async () => {
  await program.stop('SIGKILL');
  program = await start({ data, ports: program.ports });
  await at().reload();
  await count(3);
  await drawn();
  assert.deepEqual(await marks().allInnerTexts(), texts);
  await marks().nth(0).getByRole('button').first().click();
  await whole();
  await words('coronal').waitFor();
  const first = await voxel();
  await marks().nth(2).getByRole('button').first().click();
  await plane('coronal').getByText('斜面').waitFor();
  await words('coronal').waitFor();
  await shot(at(), 'planes-2-back-on-a-slanting-plane');
  await marks().nth(0).getByRole('button').first().click();
  await plane('coronal').getByText('斜面').waitFor({ state: 'detached' });
  await words('coronal').waitFor();
  assert.deepEqual(await voxel(), first);

  // Four slices away it is gone; in a slab of 20 mm it is there.
  await plane('coronal').hover();
  for (let i = 0; i < 4; i++) await at().mouse.wheel(0, 120);
  await words('coronal').waitFor({ state: 'detached' });
  await at().locator('[data-testid="slab-mm"]').selectOption('20');
  await words('coronal').waitFor();
  await shot(at(), 'planes-3-in-a-slab');
  assert.deepEqual(await marks().allInnerTexts(), texts);
});

test('they are written into the archive as places of the patient', async () => {
  await at().getByRole('button', { name: '存入影像' }).click();
  await at().locator('[data-testid="kept"][data-number="1"]').waitFor();
  const id = at().url().split('/').pop();
  const get = async (url) =>
    (await su.context.request.get(`${program.http}${url}`, { headers: { Accept: 'application/dicom+json' } })).json();
  const { study } = await get(`/api/readings/${id}`);
  const series = await until(
    async () => (await get(`/dicom-web/studies/${study}/series?Modality=SR`))[0],
    10_000,
    () => 'no report in the archive',
  );
  const [report] = await get(`/dicom-web/studies/${study}/series/${series['0020000E'].Value[0]}/metadata`);
  const kinds = [...JSON.stringify(report).matchAll(/"(SCOORD3D|SCOORD|POLYLINE|POLYGON)"/g)].map(([, k]) => k);
  assert.ok(kinds.includes('SCOORD3D') && kinds.includes('POLYGON') && !kinds.includes('SCOORD'), String(kinds));
  assert.equal(report['00080016'].Value[0], '1.2.840.10008.5.1.4.1.1.88.34');
});
