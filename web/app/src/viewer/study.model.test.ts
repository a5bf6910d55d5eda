import { describe, expect, it } from 'vitest';
import { cineRate } from './cine.model';
import type { DicomJson } from './dicom.model';
import {
  archivedAs,
  buildSeries,
  firstSeries,
  kindOf,
  orderSeries,
  orderStack,
  partsOf,
  type Series,
} from './study.model';

function slice(z: number, number: number, extra: DicomJson = {}): DicomJson {
  return {
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
    '00080018': { vr: 'UI', Value: [`1.2.${number}`] },
    '0020000E': { vr: 'UI', Value: ['1.9'] },
    '00200013': { vr: 'IS', Value: [number] },
    '00200032': { vr: 'DS', Value: [-170, -170, z] },
    '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 1, 0] },
    '00280010': { vr: 'US', Value: [512] },
    ...extra,
  };
}

const zOf = (d: DicomJson) => (d['00200032']?.Value as number[] | undefined)?.[2];

describe('orderStack', () => {
  it('follows the position from the head, not the instance number', () => {
    const ordered = orderStack([slice(-20, 1), slice(10, 2), slice(0, 3)]);
    expect(ordered.map(zOf)).toEqual([10, 0, -20]);
  });

  it('keeps the acquisition order where several images share a place', () => {
    const ordered = orderStack([slice(0, 3), slice(0, 1), slice(5, 2)]);
    expect(ordered.map((d) => d['00200013']?.Value?.[0])).toEqual([1, 2, 3]);
  });

  it('keeps the instance number where planes differ or geometry is missing', () => {
    const tilted = slice(0, 2, { '00200037': { vr: 'DS', Value: [0, 1, 0, 0, 0, -1] } });
    expect(orderStack([tilted, slice(10, 1)]).map((d) => d['00200013']?.Value?.[0])).toEqual([1, 2]);
    const bare = slice(0, 1, { '00200032': undefined });
    expect(orderStack([slice(9, 2), bare])[0]).toBe(bare);
  });
});

describe('buildSeries', () => {
  it('makes a frame of each frame of a multi-frame object', () => {
    const us = slice(0, 1, { '00280008': { vr: 'IS', Value: ['34'] }, '00181063': { vr: 'DS', Value: [33.3] } });
    const s = buildSeries([us]);
    expect(s?.frames.length).toBe(34);
    expect(s?.frames[33]).toMatchObject({ instanceUid: '1.2.1', frame: 34 });
    expect(s?.cineRate).toBe(30);
  });

  it('is undefined without instances', () => {
    expect(buildSeries([])).toBeUndefined();
  });
});

describe('partsOf', () => {
  const report = slice(0, 9, { '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.33'] } });

  it('keeps what is shown otherwise beside the pictures of its series, whichever comes first', () => {
    const parts = partsOf([report, slice(0, 1), slice(5, 2)]);
    expect(parts.map((s) => [s.uid, s.kind, s.frames.length])).toEqual([
      ['1.9', 'stack', 2],
      ['1.9~object', 'object', 1],
    ]);
    expect(parts.map((s) => archivedAs(s.uid))).toEqual(['1.9', '1.9']);
  });

  it('leaves a series of one kind as it is', () => {
    expect(partsOf([report]).map((s) => s.uid)).toEqual(['1.9']);
    expect(partsOf([])).toEqual([]);
  });
});

describe('kindOf', () => {
  it.each([
    ['1.2.840.10008.5.1.4.1.1.9.1.1', 'ecg'],
    ['1.2.840.10008.5.1.4.1.1.104.1', 'pdf'],
    ['1.2.840.10008.5.1.4.1.1.88.33', 'object'],
  ])('%s is shown as %s', (uid, kind) => {
    expect(kindOf({ '00080016': { vr: 'UI', Value: [uid] } })).toBe(kind);
  });
  it('by its coding a video, whatever made it; a camera may send pictures one by one', () => {
    const d = (sop: string, syntax: string) => ({
      ...slice(0, 1),
      '00080016': { vr: 'UI', Value: [`1.2.840.10008.5.1.4.1.1.${sop}`] },
      '00083002': { vr: 'UI', Value: [`1.2.840.10008.1.2.4.${syntax}`] },
    });
    expect(kindOf(d('77.1.4.1', '102'))).toBe('video');
    expect(kindOf(d('3.1', '100'))).toBe('video');
    expect(kindOf(d('77.1.4.1', '50'))).toBe('stack');
  });
  it('anything with rows is a stack', () => expect(kindOf(slice(0, 1))).toBe('stack'));
});

describe('cineRate', () => {
  const multi = (extra: DicomJson): DicomJson => ({ '00280008': { vr: 'IS', Value: [10] }, ...extra });
  it('is bounded and has a default', () => {
    expect(cineRate(multi({}))).toBe(15);
    expect(cineRate(multi({ '00180040': { vr: 'IS', Value: [500] } }))).toBe(60);
    expect(cineRate(multi({ '00181063': { vr: 'DS', Value: [0] } }))).toBe(15);
    expect(cineRate({})).toBe(0);
  });
});

describe('series on the strip', () => {
  const s = (uid: string, number: number, frames: number, kind: Series['kind'] = 'stack'): Series => ({
    study: '1.1',
    uid,
    number,
    modality: 'CT',
    description: '',
    kind,
    cineRate: 0,
    metadata: {},
    frames: Array.from({ length: frames }, (_, i) => ({ instanceUid: `${i}`, frame: 1, metadata: {} })),
  });
  it('stand by number, other things last', () => {
    expect(orderSeries([s('b', 3, 1), s('x', 1, 1, 'other'), s('a', 2, 1)]).map((x) => x.uid)).toEqual(['a', 'b', 'x']);
  });
  it('open with the largest stack', () => {
    expect(firstSeries([s('scout', 1, 2), s('lung', 2, 64)])?.uid).toBe('lung');
    expect(firstSeries([s('ecg', 1, 1, 'ecg')])?.uid).toBe('ecg');
    expect(firstSeries([])).toBeUndefined();
  });
});

describe('frames of a series', () => {
  it('believes no header that counts more frames than anybody pages through', () => {
    const frames = (n: number) => buildSeries([slice(0, 1, { '00280008': { vr: 'IS', Value: [n] } })])?.frames.length;
    expect(frames(2147483647)).toBe(20_000);
    expect(frames(-5)).toBe(1);
    expect(frames(75)).toBe(75);
  });
});
