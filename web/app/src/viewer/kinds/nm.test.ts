import { describe, expect, it } from 'vitest';
import { frameAfter } from '../cine.model';
import { type DicomJson, numbers, tag } from '../dicom.model';
import { buildSeries, opensAt } from '../study.model';
import { judgeVolume } from '../volume/volume.model';
import { labelsOf } from './nm.model';

const us = (...v: number[]) => ({ vr: 'US', Value: v });
const cs = (...v: string[]) => ({ vr: 'CS', Value: v });
const sq = (...v: DicomJson[]) => ({ vr: 'SQ', Value: v });
const multi = (frames: number, more: DicomJson = {}): DicomJson => ({
  '00080018': cs('1.2'),
  '00280010': us(64),
  '00280008': { vr: 'IS', Value: [frames] },
  ...more,
});

describe('a frame of a scintigram', () => {
  const d = multi(8, {
    '00540010': us(1, 1, 1, 1, 1, 1, 1, 1),
    '00540020': us(1, 1, 1, 1, 2, 2, 2, 2),
    '00540050': us(1, 1, 1, 1, 1, 1, 1, 1),
    '00540090': us(1, 2, 3, 4, 1, 2, 3, 4),
    '00540022': sq({ '00540220': sq({ '00080104': { vr: 'LO', Value: ['Anterior'] } }) }, {}),
  });
  it('is named by what tells it apart', () => {
    expect(labelsOf(d, 3)).toEqual([
      { kind: 'detector', n: 1, of: 2, name: 'Anterior' },
      { kind: 'view', n: 3, of: 4 },
    ]);
    expect(labelsOf(d, 8)).toEqual([
      { kind: 'detector', n: 2, of: 2 },
      { kind: 'view', n: 4, of: 4 },
    ]);
  });
  it('has its energy window by name, and no label where the vectors are short', () => {
    const windows = sq({}, { '00540018': { vr: 'SH', Value: ['Tl-201'] } });
    expect(labelsOf(multi(2, { '00540010': us(1, 2), '00540012': windows }), 2)).toEqual([
      { kind: 'window', n: 2, of: 2, name: 'Tl-201' },
    ]);
    expect(labelsOf(multi(3, { '00540010': us(1, 2) }), 3)).toEqual([]);
  });
});

describe('scintigrams', () => {
  const of = (kind: string, more: DicomJson = {}) =>
    buildSeries([
      multi(20, { '00080060': cs('NM'), '00080008': cs('ORIGINAL', 'PRIMARY', kind, 'EMISSION'), ...more }),
    ]);
  it.each<[string, DicomJson, number, number]>([
    ['WHOLE BODY', {}, 0, 0],
    ['STATIC', {}, 0, 0],
    ['RECON TOMO', {}, 0, 10],
    ['TOMO', {}, 15, 0],
    ['DYNAMIC', { '00181063': { vr: 'DS', Value: [1000] } }, 1, 0],
    ['DYNAMIC', { '00181063': { vr: 'DS', Value: [10_000] } }, 0.1, 0],
    ['GATED', { '00082144': { vr: 'IS', Value: [12] }, '00180040': { vr: 'IS', Value: [20] } }, 12, 0],
  ])('%s', (kind, more, rate, at) => {
    const series = of(kind, more);
    expect([series?.cineRate, series && opensAt(series)]).toEqual([rate, at]);
  });
});

describe('a loop whose frames have times of their own', () => {
  const vector = (...v: number[]) => buildSeries([multi(v.length, { '00181065': { vr: 'DS', Value: v } })]);
  it('goes by them', () => {
    const steps = vector(0, 100, 100, 400)?.cineSteps ?? [];
    expect(steps).toEqual([100, 100, 400, 400]);
    const at = (ms: number, from = 0, speed = 1) => frameAfter(from, ms, steps, speed);
    expect([0, 99, 100, 250, 599, 600, 999, 1000, 1100].map((ms) => at(ms))).toEqual([0, 0, 1, 2, 2, 3, 3, 0, 1]);
    expect([at(0, 2), at(399, 2), at(400, 2), at(200, 2, 2)]).toEqual([2, 2, 3, 3]);
    expect(vector(0, 100, 100, 400)?.cineRate).toBe(5);
  });
  it('goes by their mean where it is the same, where something else is said, and not at all where it cannot be', () => {
    expect([vector(0, 125, 125)?.cineSteps, vector(0, 125, 125)?.cineRate]).toEqual([undefined, 8]);
    const both = buildSeries([
      multi(3, { '00181065': { vr: 'DS', Value: [0, 50, 500] }, '00180040': { vr: 'IS', Value: [30] } }),
    ]);
    expect([both?.cineSteps, both?.cineRate]).toEqual([undefined, 30]);
    expect([vector(0, 0, 0)?.cineSteps, vector(0, 0, 0)?.cineRate]).toEqual([undefined, 15]);
  });
});

describe('the slices of a reconstruction', () => {
  const ds = (...v: number[]) => ({ vr: 'DS', Value: v });
  const body = (spacing: number[], more: DicomJson = {}) =>
    buildSeries([
      multi(4, {
        '00080060': cs('NM'),
        '00080008': cs('ORIGINAL', 'PRIMARY', 'RECON TOMO', 'EMISSION'),
        '00280011': us(64),
        '00280030': ds(4, 4),
        '00180088': ds(...spacing),
        '00540080': us(1, 2, 3, 4),
        '00540022': sq({ '00200032': ds(-126, -126, 100), '00200037': ds(1, 0, 0, 0, 1, 0) }),
        ...more,
      }),
    ]);
  const places = (s: ReturnType<typeof body>) => s?.frames.map((f) => [f.frame, numbers(f.metadata, tag.position)[2]]);
  const budget = { bytes: 1e9, side: 2048 };

  it('lie behind the first, or before it, head first', () => {
    expect(places(body([-3]))).toEqual([
      [1, 100],
      [2, 97],
      [3, 94],
      [4, 91],
    ]);
    expect(places(body([3]))).toEqual([
      [4, 109],
      [3, 106],
      [2, 103],
      [1, 100],
    ]);
  });

  it('are counted by their vector', () => {
    expect(places(body([-3], { '00540080': us(4, 3, 2, 1) }))).toEqual([
      [4, 100],
      [3, 97],
      [2, 94],
      [1, 91],
    ]);
  });

  it('make a volume, if how far they are apart is said', () => {
    const whole = body([-3]);
    expect(whole && judgeVolume(whole, budget)).toMatchObject({ ok: true, shape: { spacing: [4, 4, 3], off: 0 } });
    const flat = body([]);
    expect(flat && judgeVolume(flat, budget)).toMatchObject({ ok: false, flaw: 'repeated' });
    expect(flat?.frames.map((f) => f.frame)).toEqual([1, 2, 3, 4]);
    const nowhere = body([-3], { '00540022': sq({}) });
    expect(nowhere && judgeVolume(nowhere, budget)).toMatchObject({ ok: false, flaw: 'place' });
  });
});
