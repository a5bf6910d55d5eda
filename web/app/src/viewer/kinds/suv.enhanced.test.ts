import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { framesOf } from '../frames.model';
import { suvOf } from './suv.model';
import type { SuvFlaw } from './uptake.model';

const one = (vr: string, v: unknown) => ({ vr, Value: [v] });
const sq = (...v: DicomJson[]) => ({ vr: 'SQ', Value: v });
const mapping = (unit: string, slope: number, intercept = 0): DicomJson => ({
  '004008EA': sq({ '00080100': one('SH', unit) }),
  '00409225': one('FD', slope),
  '00409224': one('FD', intercept),
});
const agent: DicomJson = {
  '00189729': one('US', 1),
  '00181074': one('DS', 370), // megabecquerels
  '00181075': one('DS', 6586.2),
  '00181078': one('DT', '20260101100000.00+0800'),
};
const other: DicomJson = { ...agent, '00189729': one('US', 2), '00181074': one('DS', 185) };

/** Two frames: the second one stretches its values twice as far. */
function suvs(shared: DicomJson, root: DicomJson = {}, own: DicomJson = {}) {
  const rescale = (slope: number, intercept = 0) => ({
    '00289145': sq({ '00281053': one('DS', slope), '00281052': one('DS', intercept) }),
  });
  const object: DicomJson = {
    '00080016': one('UI', '1.2.840.10008.5.1.4.1.1.130'),
    '00080060': one('CS', 'PT'),
    '00280008': one('IS', 2),
    '00189758': one('CS', 'YES'),
    '00189759': one('CS', 'YES'),
    '00189701': one('DT', '20260101110000.00+0800'),
    '00540016': sq(agent),
    '00101030': one('DS', 70),
    '52009229': sq(shared),
    '52009230': sq({ ...rescale(1), ...own }, { ...rescale(2), ...own }),
    ...root,
  };
  return framesOf(object).map(({ metadata }) => {
    const suv = suvOf(metadata);
    return suv?.flaw ?? suv?.factor;
  });
}

const even = (370e6 * 2 ** (-3600 / 6586.2)) / 70_000; // Bq/ml where the uptake is one

describe('an enhanced PET image', () => {
  it('has the uptake that its values are mapped to', () => {
    expect(suvs({ '00409096': sq(mapping('Bq/ml', 3), mapping('g/ml{SUVbw}', 0.001)) })).toEqual([0.001, 0.0005]);
    expect(suvs({ '00409096': sq(mapping('{SUVbw}g/ml', 0.001)) })).toEqual([0.001, 0.0005]);
  });
  it('has it by activity, dose, weight and time', () => {
    const [first, second] = suvs({ '00409096': sq(mapping('Bq/ml', 1)) }) as number[];
    expect([(first ?? 0) * even, (second ?? 0) * 2 * even]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
    expect((suvs({ '00409096': sq(mapping('kBq/ml', 1)) })[0] as number) * even).toBeCloseTo(1000, 3);
    const becquerels = { '00540016': sq({ ...agent, '00181074': one('DS', 370e6) }) };
    expect((suvs({ '00409096': sq(mapping('Bq/ml', 1)) }, becquerels)[0] as number) * even).toBeCloseTo(1, 6);
  });
  it('has it by the agent that the frame shows', () => {
    const both = { '00540016': sq(agent, other) };
    const [used] = suvs({ '00409096': sq(mapping('Bq/ml', 1)), '00189737': sq({ '00189729': one('US', 2) }) }, both);
    expect((used as number) * even).toBeCloseTo(2, 6);
    expect(suvs({ '00409096': sq(mapping('Bq/ml', 1)) }, both)).toEqual(['dose', 'dose']);
  });
  it.each<[SuvFlaw, DicomJson, DicomJson]>([
    ['units', {}, {}],
    ['units', { '00409096': sq(mapping('{counts}/s', 1)) }, {}],
    ['units', { '00409096': sq(mapping('g/ml{SUVlbm}', 1)) }, {}],
    ['mapping', { '00409096': sq(mapping('g/ml{SUVbw}', 1, 5)) }, {}],
    ['mapping', { '00409096': sq({ '004008EA': sq({ '00080100': one('SH', 'Bq/ml') }) }) }, {}],
    ['uncorrected', { '00409096': sq(mapping('Bq/ml', 1)) }, { '00189759': one('CS', 'NO') }],
    ['decay', { '00409096': sq(mapping('Bq/ml', 1)) }, { '00189701': undefined }],
    ['dose', { '00409096': sq(mapping('Bq/ml', 1)) }, { '00540016': sq({ ...agent, '00181074': undefined }) }],
    ['weight', { '00409096': sq(mapping('Bq/ml', 1)) }, { '00101030': undefined }],
    ['halfLife', { '00409096': sq(mapping('Bq/ml', 1)) }, { '00540016': sq({ ...agent, '00181075': undefined }) }],
    ['injected', { '00409096': sq(mapping('Bq/ml', 1)) }, { '00540016': sq({ ...agent, '00181078': undefined }) }],
    ['injected', { '00409096': sq(mapping('Bq/ml', 1)) }, { '00189701': one('DT', '20260101090000') }],
  ])('says what is wrong: %s', (flaw, shared, root) => expect(suvs(shared, root)).toEqual([flaw, flaw]));
});
