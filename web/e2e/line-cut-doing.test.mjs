/** The line dies while a reader works: it breaks, or swallows all without a word. It is said, all goes on, nothing is doubled, and nothing is lost. */
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { shot } from './browser.mjs';
import { ask, begin, broken, enter, findings, keys, line, mended, reading, told, v, who } from './line-cut.world.mjs';
import { until } from './program.mjs';

before(() => begin());
beforeEach(() => enter('yuepian'));

/** Opens a read, and breaks the line when so many of its pictures have been asked for. */
async function openPart(exam, pictures, how) {
  let came = 0;
  who.page.on('request', (r) => {
    if (r.url().includes('/frames/') && ++came === pictures) line[how]();
  });
  await who.page.goto(`${line.http}/readings`);
  await who.page.locator('[data-testid="reading-row"]', { hasText: exam }).click();
  await broken();
  await v.pane().waitFor();
}

for (const how of ['cut', 'swallow'])
  test(`while planes are made (${how}): how much is there is said, and the rest comes by itself`, async () => {
    await openPart('胸部平扫', 24, how);
    await keys('q');
    const volume = who.page.locator('[data-testid="volume"]');
    await volume.waitFor();
    await told();
    const said = who.page.locator('.volume-told');
    assert.match(await said.textContent(), /已到 \d+ \/ 64 层|\d+ 层(没有取到|还是预览画质)/);
    await shot(who.page, `line-cut-planes-${how}`);
    await mended();
    await volume.and(who.page.locator('[data-stage="whole"]')).waitFor({ timeout: 25_000 });
    await until(
      async () => (await said.textContent()).trim() === '',
      25_000,
      async () => `still said: ${await said.textContent()}`,
    );
    assert.equal(await who.page.locator('.volume-plane[data-filled="true"]').count(), 3);
  });

for (const how of ['cut', 'swallow'])
  test(`while a long loop plays (${how}): it waits at what is here, and goes round when the line is back`, async () => {
    await openPart('胸部平扫', 24, how);
    await keys('c');
    await told();
    await v.pane().locator('[data-testid="cine-rate"]').waitFor();
    await mended();
    const seen = new Set();
    await until(
      async () => seen.add(await v.indexOf()).size > 40,
      40_000,
      () => `only ${seen.size} pictures of 64 were shown`,
    );
    assert.equal(await v.pane().getAttribute('data-failure'), null);
  });

const kept = () => who.page.locator('[data-testid="kept"]');
const keepNow = () => who.page.getByRole('button', { name: '存入影像' }).click();
async function measure(y) {
  const { at } = await v.screen(380);
  await keys('l');
  await v.drag(at([-50, y]), at([50, y]));
}
/** What of measurements stands in the archive: by modality, how many objects; and how many lengths the reports tell. */
async function archived(study) {
  const door = `/dicom-web/studies/${study}/series`;
  const series = await ask(door, 'application/dicom+json');
  const of = async (modality) => {
    const own = series.filter((d) => d['00080060'].Value[0] === modality).map((d) => d['0020000E'].Value[0]);
    return (await Promise.all(own.map((uid) => ask(`${door}/${uid}/metadata`, 'application/dicom+json')))).flat();
  };
  const [reports, states] = [await of('SR'), await of('PR')];
  const lengths = reports.map((r) => JSON.stringify(r).split('"SCOORD"').length - 1);
  return { SR: reports.length, PR: states.length, lengths };
}

test('while measurements are kept with the pictures: pressed again they are there once, and all of them', async () => {
  await v.open('胸部平扫');
  await v.claim();
  await measure(0);
  await v.newest(1, /(9[789]|10[012])(\.\d)? mm/);
  await until(
    async () => (await ask(`/api/readings/${reading()}/measurements`)).items.length === 1,
    10_000,
    () => 'the first is not saved',
  );
  const { study } = await ask(`/api/readings/${reading()}`);
  // It was done, and the answer is lost.
  line.breakAt(/^POST \/api\/readings\/[^ ]*\/kept /, 'answer');
  await keepNow();
  await told();
  await who.page.getByText('连接不上服务器').waitFor();
  await until(
    async () => !/正在存入/.test(await kept().textContent()),
    15_000,
    () => 'it says that it is keeping them',
  );
  await shot(who.page, 'line-cut-keep');
  await mended();
  await keepNow();
  await who.page.locator('[data-testid="kept"]:not([data-number="0"])').waitFor({ timeout: 20_000 });
  await until(
    async () => !(await ask(`/api/readings/${reading()}/measurements/kept`)).waiting,
    15_000,
    () => 'something waits to be kept',
  );
  assert.deepEqual(await archived(study), { SR: 1, PR: 1, lengths: [1] });

  // The page knows it, too, before nothing comes any more.
  await until(
    async () => !/正在存入/.test(await kept().textContent()),
    15_000,
    () => 'the page goes on to say that they are being kept',
  );
  await who.page.getByRole('button', { name: '存入影像' }).waitFor();
  // Nothing reaches the server, and what was drawn meanwhile is pressed as soon as the line is back.
  line.swallow();
  await measure(60);
  await v.newest(2, /mm/);
  await keepNow();
  await until(
    async () => /正在存入/.test(await kept().textContent()),
    15_000,
    () => 'nothing is said',
  );
  await until(
    async () => !/正在存入/.test(await kept().textContent()),
    60_000,
    () => 'it goes on for ever',
  );
  await who.page.getByText('连接不上服务器').waitFor();
  line.mend();
  await keepNow();
  await until(
    async () => {
      const { lengths } = await archived(study);
      return lengths.includes(2);
    },
    40_000,
    async () => `what was drawn is not in the archive: ${JSON.stringify(await archived(study))}`,
  );
  await until(
    async () => !(await ask(`/api/readings/${reading()}/measurements/kept`)).waiting,
    15_000,
    () => 'something waits to be kept',
  );
  const { lengths } = await archived(study);
  assert.equal(lengths.filter((n) => n === 2).length, 1, `reports: ${lengths}`);
});

test('while a text is saved: its answer is lost, it is written on, and nobody is asked whose it is', async () => {
  await v.open('头颅平扫');
  await v.claim();
  const id = reading();
  line.breakAt(new RegExp(`^PUT /api/readings/${id}/report `), 'answer');
  await findings().fill('颅骨完整。');
  await told();
  await until(
    async () => (await ask(`/api/readings/${id}`)).report?.findings === '颅骨完整。',
    15_000,
    () => 'it was not done before its answer was lost',
  );
  await findings().fill('颅骨完整。脑沟清晰。');
  await who.page.getByText('文字在本机').waitFor();
  await mended();
  await until(
    async () => (await ask(`/api/readings/${id}`)).report?.findings === '颅骨完整。脑沟清晰。',
    25_000,
    () => 'what was written on is not saved',
  );
  assert.equal(await who.page.locator('[data-testid="conflict"]').count(), 0);
});

const sign = () => who.page.getByRole('button', { name: '签名提交' });
const dialog = () => who.page.locator('dialog[open]');

for (const [how, at, exam] of [
  ['cut', 'answer', '头颅平扫'],
  ['swallow', 'request', '胸部平扫'],
])
  test(`while a report is signed (${how} at the ${at}): pressed again it is signed once, with all words and measurements`, async () => {
    await v.open(exam);
    if ((await findings().count()) === 0) await v.claim();
    const id = reading();
    const words = `断线时签名：${exam}。`;
    await findings().fill(words);
    await who.page.locator('textarea[name="impression"]').fill('未见异常。');
    await until(
      async () => (await ask(`/api/readings/${id}`)).report?.impression === '未见异常。',
      15_000,
      () => 'the text is not saved',
    );
    const { study } = await ask(`/api/readings/${id}`);
    line.breakAt(new RegExp(`^POST /api/readings/${id}/submit `), at, how);
    await measure(30);
    await sign().click();
    await dialog().getByRole('button', { name: '签名提交' }).click();
    await dialog().getByText('连接不上服务器').waitFor({ timeout: 60_000 });
    await told();
    await shot(who.page, `line-cut-sign-${how}`);
    await mended();
    await dialog().getByRole('button', { name: '签名提交' }).click();
    await dialog().waitFor({ state: 'detached', timeout: 20_000 });
    const signed = await ask(`/api/readings/${id}`);
    assert.equal(signed.report.findings, words);
    assert.doesNotMatch(signed.state, /claimed|reading/);
    const versions = signed.report.history ?? [];
    assert.equal(
      versions.filter((r) => r.state === 'submitted').length,
      1,
      JSON.stringify(versions.map((r) => r.state)),
    );
    await until(
      async () => (await archived(study)).lengths.length > 0,
      15_000,
      () => 'the measurement is not in the archive',
    );
  });
