import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { suvOf } from './suv.model';
import type { Suv, SuvFlaw } from './uptake.model';

const one = (vr: string, v: unknown) => ({ vr, Value: [v] });
const agent: DicomJson = {
  '00181074': one('DS', 370e6),
  '00181075': one('DS', 6586.2), // of fluorine 18
  '00181078': one('DT', '20260101100000.00'),
};
const base: DicomJson = {
  '00080060': one('CS', 'PT'),
  '00541001': one('CS', 'BQML'),
  '00280051': { vr: 'CS', Value: ['NORM', 'DTIM', 'ATTN', 'SCAT', 'DECY', 'RAN'] },
  '00541102': one('CS', 'START'),
  '00540016': one('SQ', agent),
  '00101030': one('DS', 70),
  '00080021': one('DA', '20260101'),
  '00080031': one('TM', '110000'),
  '00080022': one('DA', '20260101'),
  '00080032': one('TM', '110500'),
};
const of = (more: DicomJson, own: DicomJson = {}): Suv | undefined =>
  suvOf({ ...base, '00540016': one('SQ', { ...agent, ...own }), ...more });
const factor = (s: Suv | undefined) => (s && s.flaw === undefined ? s.factor : s?.flaw);
// An object that holds its whole dose evenly, a gram a millilitre, has an uptake of one wherever it is looked at.
const even = (hours: number) => (370e6 * Math.exp((-Math.LN2 * hours * 3600) / 6586.2)) / 70_000;

describe('an even body has an uptake of one', () => {
  it.each<[string, DicomJson, DicomJson, number]>([
    ['an hour after the injection', {}, {}, even(1)],
    ['with a time of day alone', {}, { '00181078': undefined as never, '00181072': one('TM', '100000') }, even(1)],
    [
      'over midnight',
      { '00080031': one('TM', '003000') },
      { '00181078': undefined as never, '00181072': one('TM', '233000') },
      even(1),
    ],
    ['with an offset from UTC', {}, { '00181078': one('DT', '20260101100000+0800') }, even(1)],
    ['corrected to the injection', { '00541102': one('CS', 'ADMIN') }, {}, even(0)],
    ['already in grams a millilitre', { '00541001': one('CS', 'GML') }, {}, 1],
    ['with the factor of Philips', { '00541001': one('CS', 'CNTS'), '70531000': one('DS', 0.0004) }, {}, 2500],
    [
      'with the activity factor of Philips',
      { '00541001': one('CS', 'CNTS'), '70531009': one('DS', 2) },
      {},
      even(1) / 2,
    ],
  ])('%s', (_, more, own, value) => expect((factor(of(more, own)) as number) * value).toBeCloseTo(1, 6));

  it('of a series that was made after its pictures were taken', () => {
    // A frame of two minutes that began five minutes after the scan: its average count rate is a little before its middle.
    const rate = Math.LN2 / 6586.2;
    const average = Math.log((rate * 120) / (1 - Math.exp(-rate * 120))) / rate;
    const later = {
      '00080031': one('TM', '150000'),
      '00541300': one('DS', (300 + average) * 1000),
      '00181242': one('IS', 120_000),
    };
    expect((factor(of(later)) as number) * even(1)).toBeCloseTo(1, 6);
    expect(factor(of({ '00080031': one('TM', '150000') }))).toBe('scanned');
  });
});

it.each<[SuvFlaw, DicomJson, DicomJson]>([
  ['units', { '00541001': one('CS', 'PROPCNTS') }, {}],
  ['units', { '00541001': one('CS', 'CNTS') }, {}],
  ['uncorrected', { '00280051': { vr: 'CS', Value: ['DECY'] } }, {}],
  ['decay', { '00541102': one('CS', 'NONE') }, {}],
  ['dose', {}, { '00181074': one('DS', 370) }], // megabecquerels
  ['weight', { '00101030': one('DS', 0) }, {}],
  ['halfLife', {}, { '00181075': undefined as never }],
  ['injected', {}, { '00181078': one('DT', '20260101120000') }],
  ['injected', {}, { '00181078': undefined as never }],
])('says that the %s are wrong or missing', (flaw, more, own) => expect(factor(of(more, own))).toBe(flaw));

it('is asked of PET alone', () => expect(suvOf({ '00080060': one('CS', 'CT') })).toBeUndefined());
