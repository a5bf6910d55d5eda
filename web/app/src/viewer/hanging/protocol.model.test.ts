import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import type { Series } from '../study.model';
import { layoutFor, layoutText, nextLayout, readLayout } from './layout.model';
import { put, viewOf } from './mammogram.model';
import { hang, protocolOf } from './protocol.model';
import { worthy } from './slot.model';
import { keep } from './wishes.model';

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

const hung = (own: Series[], prior: Series[] = [], screens = 1) =>
  hang({ own, prior, screens }).screens.map(
    (s) => `${layoutText(s.layout)} ${s.slots.map((o) => o?.series ?? '-').join(' ')}`,
  );

describe('protocolOf', () => {
  it.each([
    [[series('1.1', 'CT', '胸部平扫 5.0mm 软组织')], 'ct-chest'],
    [[series('1.1', 'CT', '', { '00180015': cs('HEAD') })], 'ct-head'],
    [[series('1.1', 'CT', '', { '00081030': { vr: 'LO', Value: ['上腹部增强'] } })], 'ct-abdomen'],
    [[series('1.1', 'CT', 'knee')], 'ct'],
    [[series('1.1', 'CT', 'chest'), series('1.2', 'PT')], 'nm'],
    [[series('1.1', 'DX')], 'xray'],
    [[series('1.1', 'ECG')], 'ecg'],
    [[series('1.1', 'SM')], 'other'],
    [[], 'other'],
  ])('%#', (own, name) => expect(protocolOf(own)).toBe(name));
});

describe('hang', () => {
  const soft = series('1.1', 'CT', '胸部 软组织');
  const lung = series('1.2', 'CT', '胸部 肺算法', {}, 300);
  const scout = series('1.0', 'CT', '定位像', {}, 2);
  const before = [series('2.1', 'CT', '胸部 肺算法'), series('2.2', 'CT', '胸部 软组织')];

  it('opens a CT of the chest with soft tissue beside lung, whatever their order', () => {
    expect(hung([scout, lung, soft])).toEqual(['1×2 1.1 1.2']);
    expect(hung([soft])).toEqual(['1×1 1.1']);
    expect(worthy([scout])).toEqual([scout]);
  });

  it('puts the earlier study beside, like with like', () => {
    expect(hung([soft, lung], before)).toEqual(['1×2 1.1 2.2']);
    expect(hang({ own: [soft], prior: before, screens: 1 }).linked).toBe(true);
  });

  it('gives the second screen to the earlier study, else to the second half', () => {
    expect(hung([soft, lung], before, 2)).toEqual(['1×2 1.1 1.2', '1×2 2.2 2.1']);
    expect(hung([soft, lung], [], 2)).toEqual(['1×1 1.1', '1×1 1.2']);
    expect(hung([soft], [], 2)).toEqual(['1×1 1.1', '1×1 1.1']);
  });

  it('hangs radiographs one by one, current above earlier', () => {
    const chest = series('1.1', 'DX', 'PA', {}, 1);
    const side = series('1.2', 'DX', 'LAT', {}, 1);
    expect(hung([chest])).toEqual(['1×1 1.1']);
    expect(hung([chest, side])).toEqual(['1×2 1.1 1.2']);
    const old = [series('2.1', 'DX', 'LAT', {}, 1), series('2.2', 'DX', 'PA', {}, 1)];
    expect(hung([chest, side], old)).toEqual(['2×2 1.1 2.2 1.2 2.1']);
    // All views of each day in one series: no earlier one twice.
    expect(
      hang({
        own: [series('1.3', 'CR', '胸', {}, 2)],
        prior: [series('2.3', 'CR', '胸', {}, 2)],
        screens: 1,
      }).screens[0]?.slots.map((s) => `${s?.series} ${s?.index}`),
    ).toEqual(['1.3 0', '2.3 0', '1.3 1', '2.3 1']);
    const both = hang({ own: [series('1.3', 'CR', '', {}, 2)], prior: [], screens: 1 }).screens[0];
    expect(both?.slots).toEqual([
      { series: '1.3', index: 0 },
      { series: '1.3', index: 1 },
    ]);
  });

  it('hangs MR in a grid, an ECG and what is unknown alone', () => {
    const mr = ['1.1', '1.2', '1.3', '1.4', '1.5'].map((uid) => series(uid, 'MR'));
    expect(hung(mr)).toEqual(['2×2 1.1 1.2 1.3 1.4']);
    expect(hung(mr, [series('2.1', 'MR')])).toEqual(['2×2 1.1 2.1 1.2 -']);
    expect(hung([series('1.1', 'ECG')])).toEqual(['1×1 1.1']);
    expect(hung([])).toEqual(['1×1 ']);
  });
});

describe('mammograms', () => {
  const breast = (uid: string, side: string, view: string, rows: string) =>
    series(
      uid,
      'MG',
      '',
      { '00200062': cs(side), '00185101': cs(view), '00200020': { vr: 'CS', Value: [rows, 'F'] } },
      1,
    );
  const own = [
    breast('1.1', 'L', 'MLO', 'A'),
    breast('1.2', 'R', 'MLO', 'P'),
    breast('1.3', 'L', 'CC', 'P'), // stored the other way round
    breast('1.4', 'R', 'CC', 'P'),
  ];
  it('stand back to back, the chest walls together', () => {
    const screen = hang({ own, prior: [], screens: 1 }).screens[0];
    expect(screen?.layout).toEqual({ rows: 2, columns: 2 });
    expect(screen?.slots).toEqual([
      { series: '1.4', side: 'right', mirror: false },
      { series: '1.3', side: 'left', mirror: true },
      { series: '1.2', side: 'right', mirror: false },
      { series: '1.1', side: 'left', mirror: false },
    ]);
  });
  it('stand so where somebody puts one, too; what is no breast lies as it lies', () => {
    const [, , turned] = own as [Series, Series, Series, Series];
    expect(put(turned, undefined, own)).toEqual({ series: '1.3', side: 'left', mirror: true });
    expect(put(series('2.1', 'CT'), 7, own)).toEqual({ series: '2.1', index: 7 });
    expect(put(series('2.2', 'MG'), undefined, own)).toEqual({ series: '2.2' }); // whichever of its pictures
  });
  it('have the earlier ones below', () => {
    expect(hung(own, [breast('2.1', 'R', 'CC', 'P')])).toEqual(['2×4 1.4 1.3 1.2 1.1 2.1 - - -']);
  });
  describe('in layers', () => {
    const layers = (uid: string, side: string, view: string, more: DicomJson = {}) =>
      series(
        uid,
        'MG',
        'tomo',
        { '00200062': cs(side), '00185101': cs(view), '00080016': cs('1.2.840.10008.5.1.4.1.1.13.1.3'), ...more },
        61,
      );
    const tomo = [layers('1.8', 'R', 'CC'), layers('1.9', 'L', 'MLO')];

    it('take no pane of a whole breast, whichever came first', () => {
      expect(hung([...tomo, ...own])).toEqual(['2×2 1.4 1.3 1.2 1.1']);
      expect(hung([...own, ...tomo])).toEqual(['2×2 1.4 1.3 1.2 1.1']);
      const other = layers('1.7', 'R', 'CC', { '00080016': cs('1.2.3'), '00280008': { vr: 'IS', Value: [61] } });
      expect(hung([other, ...own])).toEqual(['2×2 1.4 1.3 1.2 1.1']);
      expect(hung(own, [layers('2.8', 'R', 'CC'), breast('2.1', 'R', 'CC', 'P')])).toEqual([
        '2×4 1.4 1.3 1.2 1.1 2.1 - - -',
      ]);
    });
    it('stand on the second screen, each at its middle', () => {
      const { screens } = hang({ own: [...tomo, ...own], prior: [], screens: 2 });
      expect(screens[0]?.slots.map((s) => s?.series)).toEqual(['1.4', '1.3', '1.2', '1.1']);
      expect(screens[1]?.slots.map((s) => [s?.series, s?.index])).toEqual([
        ['1.8', 30],
        ['1.9', 30],
      ]);
    });
    it('take the place of a view that was not taken otherwise', () => {
      const { screens } = hang({ own: [...tomo, ...own.slice(0, 3)], prior: [], screens: 1 });
      expect(screens[0]?.slots.map((s) => [s?.series, s?.index])).toEqual([
        ['1.8', 30],
        ['1.3', undefined],
        ['1.2', undefined],
        ['1.1', undefined],
      ]);
      expect(hung(tomo)).toEqual(['1×2 1.8 1.9']);
    });
    it('are not what a reader kept for the whole breast, nor the other way round', () => {
      const f = { own: [...tomo, ...own], prior: [], screens: 1 };
      const kept = keep({ rows: 1, columns: 2 }, [{ series: '1.4' }, { series: '1.8', index: 30 }], false, f);
      expect(kept.wishes.map((w) => w.view)).toEqual(['R CC', 'R CC DBT']);
      const again = hang({ ...f, own: [layers('5.8', 'R', 'CC'), breast('5.4', 'R', 'CC', 'P')] }, () => kept);
      expect(again.screens[0]?.slots.map((s) => [s?.series, s?.index])).toEqual([
        ['5.4', undefined],
        ['5.8', 30],
      ]);
    });
  });
  it('are known by the code where the position is missing', () => {
    const code = { vr: 'SQ', Value: [{ '00080104': { vr: 'LO', Value: ['medio-lateral oblique'] } }] };
    expect(viewOf({ '00200060': cs('R'), '00540220': code })).toEqual({ side: 'R', view: 'MLO' });
  });
});

describe('layouts', () => {
  it('are as small as they can be', () => {
    expect([1, 2, 3, 4, 5, 9, 16, 40].map((n) => layoutText(layoutFor(n)))).toEqual([
      '1×1',
      '1×2',
      '2×2',
      '2×2',
      '2×3',
      '3×3',
      '4×4',
      '4×4',
    ]);
  });
  it('go round by one key and are read with care', () => {
    expect(layoutText(nextLayout({ rows: 2, columns: 2 }))).toBe('1×1');
    expect(layoutText(nextLayout({ rows: 3, columns: 4 }))).toBe('1×1');
    expect(readLayout({ rows: 2, columns: 5 })).toBeUndefined();
    expect(readLayout({ rows: 2, columns: 3 })).toEqual({ rows: 2, columns: 3 });
  });
});

it('breasts have one scale, whatever plate they were taken on', () => {
  const plate = (view: string, side: string, rows: number, columns: number, mm: number) => {
    const s = series(`9.${view}${side}`, 'MG');
    const d = {
      ...s.metadata,
      '00185101': { vr: 'CS', Value: [view] },
      '00200062': { vr: 'CS', Value: [side] },
      '00280010': { vr: 'US', Value: [rows] },
      '00280011': { vr: 'US', Value: [columns] },
      '00181164': { vr: 'DS', Value: [mm, mm] },
    };
    return { ...s, metadata: d, frames: s.frames.map((f) => ({ ...f, metadata: d })) };
  };
  const { screens } = hang({
    own: [plate('CC', 'R', 240, 180, 1), plate('MLO', 'R', 600, 480, 0.5)],
    prior: [],
    screens: 1,
  });
  expect(screens[0]?.slots.map((s) => s?.field)).toEqual([
    [240, 300],
    [480, 600],
  ]);
});
