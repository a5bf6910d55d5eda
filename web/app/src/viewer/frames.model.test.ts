import { describe, expect, it } from 'vitest';
import { type DicomJson, num, numbers, tag, text } from './dicom.model';
import { voiTable } from './kinds/grey.model';
import { linkedIndex } from './link.model';
import { numbersOf } from './stream/numbers.model';
import { buildSeries, opensAt, type Series } from './study.model';
import { fileScale } from './tools/scale.model';
import { judgeVolume } from './volume/volume.model';

const sq = (...all: DicomJson[]) => ({ vr: 'SQ', Value: all });
const ds = (...all: number[]) => ({ vr: 'DS', Value: all });
const budget = { bytes: 1e9, side: 2048 };

const shared: DicomJson = {
  '00209116': sq({ '00200037': ds(1, 0, 0, 0, 1, 0) }),
  '00289110': sq({ '00280030': ds(0.7, 0.7), '00180050': ds(2) }),
  '00289145': sq({ '00281052': ds(-1024), '00281053': ds(1), '00281054': { vr: 'LO', Value: ['HU'] } }),
  '00289132': sq({ '00281050': ds(40), '00281051': ds(400) }),
  '00209071': sq({ '00209072': { vr: 'CS', Value: ['L'] } }),
};

/** Of one frame; what is given goes beside its place. */
const at = (z: number, more: DicomJson = {}): DicomJson => ({
  '00209113': sq({ '00200032': ds(-10, -10, z) }),
  ...more,
});
const phase = (stack: string, temporal: number) => ({
  '00209111': sq({ '00209056': { vr: 'SH', Value: [stack] }, '00209128': { vr: 'UL', Value: [temporal] } }),
});

function enhanced(frames: DicomJson[], more: DicomJson = {}, number = 1): DicomJson {
  return {
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2.1'] },
    '00080018': { vr: 'UI', Value: [`1.2.${number}`] },
    '0020000E': { vr: 'UI', Value: ['1.9'] },
    '00200013': { vr: 'IS', Value: [number] },
    '00200052': { vr: 'UI', Value: ['1.8'] },
    '00280008': { vr: 'IS', Value: [frames.length] },
    '00280010': { vr: 'US', Value: [64] },
    '00280011': { vr: 'US', Value: [64] },
    '52009229': sq(shared),
    '52009230': sq(...frames),
    ...more,
  };
}

function built(...instances: DicomJson[]): Series {
  const series = buildSeries(instances);
  if (!series) throw new Error('no series');
  return series;
}

const places = (s: Series) => s.frames.map((f) => numbers(f.metadata, tag.position)[2]);
const order = (s: Series) => s.frames.map((f) => f.frame);

describe('the frames of an enhanced object', () => {
  const own = {
    '00289145': sq({ '00281052': ds(-500), '00281053': ds(2) }),
    '00289132': sq({ '00281050': ds(-600), '00281051': ds(1500) }),
  };
  const object = enhanced([at(4), at(0, own), at(8), at(2), at(6)]);
  const before = JSON.stringify(object);
  const series = built(object);
  const header = (frame: number) => series.frames.find((f) => f.frame === frame)?.metadata ?? {};

  it('have each the place, grid, values and window of their own, else the shared ones', () => {
    expect(numbers(header(3), tag.position)).toEqual([-10, -10, 8]);
    expect(numbers(header(3), tag.orientation)).toEqual([1, 0, 0, 0, 1, 0]);
    expect(fileScale(header(3))).toMatchObject({ x: 0.7, y: 0.7, source: 'calibrated' });
    expect(num(header(3), tag.sliceThickness)).toBe(2);
    expect([num(header(2), '00281052'), num(header(2), '00281053')]).toEqual([-500, 2]);
    expect([num(header(2), tag.windowCenter), num(header(2), tag.windowWidth)]).toEqual([-600, 1500]);
    expect([num(header(1), '00281052'), num(header(1), tag.windowWidth)]).toEqual([-1024, 400]);
    expect(text(header(1), tag.imageLaterality)).toBe('L');
    // The type belongs to the macro of all, which the frame's own stands before.
    expect(header(2)['00281054']).toBeUndefined();
  });

  it('have a table in the place of a window where their macro says so, whatever the object says', () => {
    const table = sq({ '00283002': { vr: 'US', Value: [4, 0, 8] }, '00283006': { vr: 'US', Value: [0, 9, 99, 255] } });
    const mapped = enhanced([at(0, { '00289132': sq({ '00283010': table }) }), at(2)], { '00281051': ds(7) });
    const [lower, upper] = [...built(mapped).frames].sort((a, b) => a.frame - b.frame).map((f) => f.metadata);
    expect(voiTable(lower ?? {})).toEqual({ first: 0, bits: 8, entries: [0, 9, 99, 255] });
    expect([voiTable(upper ?? {}), num(upper ?? {}, tag.windowWidth)]).toEqual([undefined, 400]);
  });

  it('are headers of one frame that nothing shares, and leave the object as it was', () => {
    expect(new Set(series.frames.map((f) => f.metadata)).size).toBe(5);
    for (const f of series.frames) {
      for (const t of ['52009229', '52009230', '00280008']) expect(f.metadata[t]).toBeUndefined();
    }
    expect(JSON.stringify(object)).toBe(before);
    expect(series.frames[1]?.metadata['00280030']).toBe(series.frames[0]?.metadata['00280030']);
  });

  it('are a stack by place that opens in its middle, and a volume, and keep their numbers', () => {
    expect(places(series)).toEqual([8, 6, 4, 2, 0]);
    expect(order(series)).toEqual([3, 5, 1, 4, 2]);
    expect(numbersOf(series.frames)).toEqual([3, 5, 1, 4, 2]);
    expect([series.cineRate, opensAt(series)]).toEqual([0, 2]);
    const verdict = judgeVolume(series, budget);
    expect(verdict.ok && verdict.shape.spacing).toEqual([0.7, 0.7, 2]);
    expect(verdict.ok && verdict.shape.frames.map((f) => f.frame)).toEqual([2, 4, 1, 5, 3]);
  });

  it('turn with another stack by place', () => {
    const other = built(enhanced([at(8), at(0), at(4)]));
    expect(linkedIndex(series, other, 0, { from: 0, to: 0 })).toBe(0);
    expect(linkedIndex(series, other, 4, { from: 0, to: 0 })).toBe(2);
  });

  it('are ordered over objects of one frame, too', () => {
    const one = (z: number, n: number) => enhanced([at(z)], {}, n);
    expect(places(built(one(0, 1), one(4, 2), one(2, 3)))).toEqual([4, 2, 0]);
  });

  it('come phase by phase, and stack by stack, where these are told apart', () => {
    const frames = [0, 2].flatMap((z) => [1, 2].map((n) => at(z, phase('1', n))));
    const phases = built(enhanced(frames));
    expect(order(phases)).toEqual([3, 1, 4, 2]);
    expect(judgeVolume({ ...phases, frames: [...phases.frames, ...phases.frames] }, budget)).toMatchObject({
      ok: false,
      flaw: 'repeated',
    });
    const across = { '00209116': sq({ '00200037': ds(0, 1, 0, 0, 0, -1) }) };
    const beside = (x: number) => ({
      ...at(0, { ...phase('2', 1), ...across }),
      '00209113': sq({ '00200032': ds(x, 0, 0) }),
    });
    expect(order(built(enhanced([at(0, phase('1', 1)), at(2, phase('1', 1)), beside(5), beside(9)])))).toEqual([
      2, 1, 3, 4,
    ]);
  });

  it('stay in their order where places repeat and nothing tells them apart', () => {
    expect(order(built(enhanced([at(0), at(2), at(0), at(2)])))).toEqual([1, 2, 3, 4]);
    // Each at a moment of its own is no phase.
    expect(order(built(enhanced([at(0, phase('1', 2)), at(0, phase('1', 1))])))).toEqual([1, 2]);
  });

  it('are a cine where the file says how fast, where no places are given, and at one place', () => {
    const rate = { '00181063': ds(40) };
    expect(built(enhanced([at(0), at(2)], rate)).cineRate).toBe(25);
    expect(built(enhanced([{}, {}])).cineRate).toBe(15);
    expect(built(enhanced([at(0), at(0)])).cineRate).toBe(15);
  });

  it('take what a converter kept of the classic headers, but not in the place of what the object says', () => {
    const kept = sq({ '00541001': { vr: 'CS', Value: ['BQML'] }, '00200013': { vr: 'IS', Value: [77] } });
    const [f] = built(enhanced([at(0, { '00209171': kept }), at(2)])).frames.filter((f) => f.frame === 1);
    expect([text(f?.metadata ?? {}, '00541001'), num(f?.metadata ?? {}, tag.instanceNumber)]).toEqual(['BQML', 1]);
  });

  it('may be many, and suffer groups that are cut short or empty', () => {
    const many = enhanced(Array.from({ length: 2000 }, (_, i) => at(i)));
    const filler = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`0019${1000 + i}`, ds(i)]));
    expect(built({ ...many, ...filler }).frames.length).toBe(2000);
    const short = enhanced([at(0), { '00209113': { vr: 'SQ' } }], { '00280008': { vr: 'IS', Value: [3] } });
    expect(order(built(short))).toEqual([1, 2, 3]);
  });
});

it('other objects of many frames keep the one header that they have', () => {
  const us = enhanced([], { '52009229': undefined, '52009230': undefined, '00280008': { vr: 'IS', Value: [4] } });
  const series = built(us);
  expect(series.frames.every((f) => f.metadata === us)).toBe(true);
  expect([series.metadata === us, series.cineRate]).toEqual([true, 15]);
});
