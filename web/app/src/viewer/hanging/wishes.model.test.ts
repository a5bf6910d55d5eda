import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import type { Series } from '../study.model';
import { readKept } from './kept.model';
import { hang } from './protocol.model';
import { type Kept, keep } from './wishes.model';

const cs = (v: string) => ({ vr: 'CS', Value: [v] });

function series(uid: string, modality: string, description = '', more: DicomJson = {}, frames = 40): Series {
  return {
    study: uid.split('.')[0] ?? '',
    uid,
    number: 1,
    modality,
    description,
    kind: modality === 'ECG' ? 'ecg' : 'stack',
    cineRate: 0,
    metadata: more,
    frames: Array.from({ length: frames }, (_, i) => ({ instanceUid: `${uid}.${i}`, frame: 1, metadata: more })),
  };
}

/** A series of pictures that each say something of their own. */
function several(uid: string, modality: string, all: readonly DicomJson[], description = ''): Series {
  const frames = all.map((metadata, i) => ({ instanceUid: `${uid}.${i}`, frame: 1, metadata }));
  return { ...series(uid, modality, description, all[0]), frames };
}

/** As it was kept before a wish named its picture. */
const formerly = (k: Kept): Kept => ({
  ...k,
  wishes: k.wishes.map(({ prior, description, nth }) => ({ prior, description, nth })),
});

const usual = (own: Series[], prior: Series[] = [], screens = 1) => hang({ own, prior, screens }).screens[0];
const again = (kept: Kept, own: Series[], prior: Series[] = []) =>
  hang({ own, prior, screens: 1 }, () => readKept(JSON.stringify({ kept })).kept).screens[0]?.slots;

describe('what a reader keeps', () => {
  const now = {
    own: [series('1.1', 'CT', '胸部 软组织'), series('1.2', 'CT', '胸部 肺')],
    prior: [series('2.1', 'CT', '胸部 肺')],
    screens: 1,
  };
  const layout = { rows: 1, columns: 3 };
  const kept = keep(layout, [{ series: '1.2' }, { series: '2.1' }, { series: '1.1' }], false, now);
  it('is found again in the next study by its names', () => {
    const own = [series('5.9', 'CT', '胸部 薄层'), series('5.1', 'CT', '胸部 肺'), series('5.2', 'CT', '胸部 软组织')];
    const screen = hang({ own, prior: [], screens: 1 }, () => kept).screens[0];
    expect(screen?.layout).toEqual(layout);
    expect(screen?.slots.map((s) => s?.series)).toEqual(['5.1', undefined, '5.2']);
  });
  it('survives being stored, and nothing else does', () => {
    const stored = JSON.stringify({
      'ct-chest/1of1': kept,
      broken: { layout: { rows: 9, columns: 1 }, wishes: [] },
      odd: 7,
    });
    expect(readKept(stored)).toEqual({ 'ct-chest/1of1': kept });
    expect(readKept('no')).toEqual({});
    expect(readKept(null)).toEqual({});
  });
});

describe('radiographs that lie in one series', () => {
  const layout = { rows: 1, columns: 2 };
  const views = (study: number, ...names: string[]) =>
    several(
      `${study}.1`,
      'DX',
      names.map((name) => (name ? { '00185101': cs(name) } : {})),
      '胸部',
    );
  it('stand one by one again, as the reader put them', () => {
    const now = { own: [views(1, '', '')], prior: [] };
    const kept = keep(layout, usual(now.own)?.slots ?? [], false, now);
    const each = [
      { series: '5.1', index: 0 },
      { series: '5.1', index: 1 },
    ];
    expect(again(kept, [views(5, '', '')])).toEqual(each);
    const turned = keep(layout, [...(usual(now.own)?.slots ?? [])].reverse(), false, now);
    expect(again(turned, [views(5, '', '')])).toEqual([...each].reverse());
    expect(again(formerly(kept), [views(5, '', '')])).toEqual(each);
  });
  it('are found by their view, wherever it lies', () => {
    const now = { own: [views(1, 'PA', 'LL')], prior: [] };
    const kept = keep(layout, usual(now.own)?.slots ?? [], false, now);
    expect(again(kept, [views(5, 'LL', 'PA')])).toEqual([
      { series: '5.1', index: 1 },
      { series: '5.1', index: 0 },
    ]);
    // Another device makes a series of each, and says AP.
    const apart = [
      several('6.1', 'DX', [{ '00185101': cs('LL') }], '侧位'),
      several('6.2', 'DX', [{ '00185101': cs('AP') }], '卧位'),
    ];
    expect(again(kept, apart)).toEqual([{ series: '6.2' }, { series: '6.1' }]);
  });
  it('stand twice where the reader had them twice, and nowhere else', () => {
    const now = { own: [views(1, 'PA', 'LL')], prior: [] };
    const slot = { series: '1.1', index: 1 };
    const twice = keep(layout, [slot, slot], false, now);
    expect(again(twice, [views(5, 'PA', 'LL')])?.map((s) => s?.index)).toEqual([1, 1]);
    const kept = keep(layout, usual(now.own)?.slots ?? [], false, now);
    expect(again(kept, [views(5, 'PA')])).toEqual([{ series: '5.1' }, undefined]);
  });
  it('have their own earlier ones beside', () => {
    const now = { own: [views(1, 'PA', 'LL')], prior: [views(2, 'PA', 'LL')] };
    const screen = usual(now.own, now.prior);
    const kept = keep(screen?.layout ?? layout, screen?.slots ?? [], true, now);
    const found = again(kept, [views(5, 'LL', 'PA')], [views(6, 'PA', 'LL')]);
    expect(found?.map((s) => `${s?.series} ${s?.index}`)).toEqual(['5.1 1', '6.1 0', '5.1 0', '6.1 1']);
  });
});

describe('mammograms that lie in one series', () => {
  const view = (side: string, name: string, rows: number, mm: number): DicomJson => ({
    '00200062': cs(side),
    '00185101': cs(name),
    '00200020': { vr: 'CS', Value: [side === 'R' ? 'A' : 'P', 'F'] }, // all stored the other way round
    '00280010': { vr: 'US', Value: [rows] },
    '00280011': { vr: 'US', Value: [rows] },
    '00181164': { vr: 'DS', Value: [mm, mm] },
  });
  const all = (uid: string) =>
    several(uid, 'MG', [
      view('L', 'MLO', 300, 1),
      view('R', 'MLO', 240, 1),
      view('L', 'CC', 240, 1),
      view('R', 'CC', 240, 1),
    ]);
  const layout = { rows: 2, columns: 2 };
  const wanted = [
    { series: '5.1', index: 3, side: 'right', mirror: true, field: [300, 300] },
    { series: '5.1', index: 2, side: 'left', mirror: true, field: [300, 300] },
    { series: '5.1', index: 1, side: 'right', mirror: true, field: [300, 300] },
    { series: '5.1', index: 0, side: 'left', mirror: true, field: [300, 300] },
  ];
  const now = { own: [all('1.1')], prior: [] };
  const kept = keep(layout, usual(now.own)?.slots ?? [], false, now);

  it('hang back to back at one scale again', () => {
    expect(usual([all('5.1')])?.slots).toEqual(wanted);
    expect(again(kept, [all('5.1')])).toEqual(wanted);
    expect(again(formerly(kept), [all('5.1')])).toEqual(wanted);
  });
  it('are found by their view where each has a series, and a view that is missing stays away', () => {
    const apart = [0, 1, 2].map((i) =>
      several(
        `6.${i}`,
        'MG',
        all('6')
          .frames.slice(i, i + 1)
          .map((f) => f.metadata),
      ),
    );
    expect(again(kept, apart)?.map((s) => s?.series)).toEqual([undefined, '6.2', '6.1', '6.0']);
    const screen = usual(apart);
    const two = keep(layout, screen?.slots ?? [], false, { own: apart, prior: [] });
    expect(again(two, [all('5.1')])).toEqual([wanted[1], wanted[2], wanted[3]]);
  });
  it('have one scale over two screens', () => {
    const screen = hang({ ...now, screens: 2 }).screens[0];
    const half = keep({ rows: 1, columns: 2 }, screen?.slots ?? [], false, now);
    expect(again(half, [all('5.1')])).toEqual(wanted.slice(0, 2));
  });
  it('are mirrored, too, where the reader put one by hand', () => {
    const by = keep({ rows: 1, columns: 1 }, [{ series: '1.1', index: 1 }], false, now);
    expect(again(by, [all('5.1')])).toEqual([wanted[2]]);
  });
});

describe('anything else', () => {
  const pair = [series('1.1', 'MR', 'T1'), series('1.2', 'MR', 'T2')];
  const layout = { rows: 1, columns: 2 };
  it('takes no pane that a better wish has', () => {
    const kept = keep(layout, [{ series: '1.1' }, { series: '1.2' }], false, { own: pair, prior: [] });
    expect(again(kept, [series('5.1', 'MR', 'T2'), series('5.2', 'MR', 'DWI')])?.map((s) => s?.series)).toEqual([
      undefined,
      '5.1',
    ]);
  });
  it('is shown twice where the reader wanted it twice', () => {
    const kept = keep(layout, [{ series: '1.2' }, { series: '1.2' }], false, { own: pair, prior: [] });
    expect(again(formerly(kept), [series('5.1', 'MR', 'T2')])?.map((s) => s?.series)).toEqual(['5.1', '5.1']);
  });
  it('comes back where it is no stack: a recording, a localiser', () => {
    const ecg = { own: [series('1.1', 'ECG')], prior: [] };
    const alone = keep({ rows: 1, columns: 1 }, usual(ecg.own)?.slots ?? [], false, ecg);
    expect(again(alone, [series('5.1', 'ECG')])).toEqual([{ series: '5.1' }]);
    const own = [series('1.0', 'CT', '定位像'), series('1.1', 'CT', 'knee')];
    const both = keep(layout, [{ series: '1.0' }, { series: '1.1' }], false, { own, prior: [] });
    const found = again(both, [series('5.1', 'CT', 'knee'), series('5.2', 'CT', '定位像')]);
    expect(found?.map((s) => s?.series)).toEqual(['5.2', '5.1']);
  });
});

it('a picture that is no number was never kept', () => {
  const wish = { prior: false, description: '', nth: 0 };
  const stored = (w: object) => JSON.stringify({ a: { layout: { rows: 1, columns: 1 }, wishes: [w], linked: false } });
  expect(readKept(stored({ ...wish, index: '1' }))).toEqual({});
  expect(readKept(stored({ ...wish, view: 1 }))).toEqual({});
  expect(readKept(stored(wish)).a?.wishes).toEqual([wish]);
});
