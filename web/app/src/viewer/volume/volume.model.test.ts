import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import type { Series } from '../study.model';
import { isExact, judgeVolume, middle, nearestFrame, previewStep, thinned, voxelAt, within } from './volume.model';

const upright = [1, 0, 0, 0, 1, 0];
const roomy = { bytes: 1e9, side: 2048 };

function slice(position: readonly number[], more: DicomJson = {}): DicomJson {
  return {
    '00200032': { vr: 'DS', Value: [...position] },
    '00200037': { vr: 'DS', Value: upright },
    '00280030': { vr: 'DS', Value: [0.8, 0.7] },
    '00280010': { vr: 'US', Value: [100] },
    '00280011': { vr: 'US', Value: [120] },
    ...more,
  };
}

function series(slices: readonly DicomJson[], more: Partial<Series> = {}): Series {
  return {
    study: '1',
    uid: '1.1',
    number: 1,
    modality: 'CT',
    description: '',
    kind: 'stack',
    cineRate: 0,
    metadata: slices[0] ?? {},
    frames: slices.map((metadata, i) => ({ instanceUid: `${i}`, frame: 1, metadata })),
    ...more,
  };
}

const stack = (zs: readonly number[]) => series(zs.map((z) => slice([-10, -20, z])));
const judge = (s: Series, budget = roomy) => judgeVolume(s, budget);
const flawOf = (s: Series, budget = roomy) => {
  const v = judge(s, budget);
  return v.ok ? undefined : v.flaw;
};

describe('judgeVolume', () => {
  it('takes a regular stack, from the feet up whatever its order', () => {
    const v = judge(stack([40, 30, 20, 10, 0]));
    expect(v).toMatchObject({ ok: true, marks: [] });
    if (!v.ok) return;
    expect(v.shape.spacing).toEqual([0.7, 0.8, 10]);
    expect(v.shape.origin).toEqual([-10, -20, 0]);
    expect(v.shape.frames.map((f) => f.instanceUid)).toEqual(['4', '3', '2', '1', '0']);
  });

  it('takes what is written down in tenths of a millimetre', () => {
    const v = judge(stack([0, 0.6, 1.3, 1.9, 2.5, 3.1, 3.8, 4.4, 5]));
    expect(v.ok && v.shape.spacing[2]).toBeCloseTo(0.625);
  });

  it('measures only where slices stand in their places', () => {
    const exactly = (s: Series) => {
      const v = judge(s);
      return v.ok && isExact(v.shape);
    };
    expect(exactly(stack([0, 0.6, 1.3, 1.9, 2.5, 3.1, 3.8, 4.4, 5]))).toBe(true);
    expect(exactly(stack([0, 5, 10.6, 15, 20]))).toBe(false);
    // A third of a degree: it shows as a volume, and leans by a millimetre from end to end.
    const lean = Math.tan((0.3 * Math.PI) / 180);
    const leaning = series([0, 50, 100, 150, 200].map((z) => slice([0, z * lean, z])));
    expect(judge(leaning)).toMatchObject({ ok: true });
    expect(exactly(leaning)).toBe(false);
  });

  it('says what is wrong', () => {
    expect(flawOf(series([slice([0, 0, 0])], { kind: 'ecg' }))).toBe('kind');
    expect(flawOf(stack([0, 1]))).toBe('few');
    expect(flawOf(series([0, 1, 2].map((z) => slice([0, 0, z], { '00200037': undefined }))))).toBe('place');
    expect(flawOf(series([0, 1, 2].map((z) => slice([0, 0, z], { '00280002': { vr: 'US', Value: [3] } }))))).toBe(
      'colour',
    );
    const turned = { '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 0, -1] } };
    expect(flawOf(series([slice([0, 0, 0]), slice([0, 0, 1]), slice([0, 0, 2], turned)]))).toBe('orientation');
    const fine = { '00280030': { vr: 'DS', Value: [0.4, 0.35] } };
    expect(flawOf(series([slice([0, 0, 0]), slice([0, 0, 1]), slice([0, 0, 2], fine)]))).toBe('size');
    expect(flawOf(stack([0, 10, 10, 20, 20, 30]))).toBe('repeated');
    expect(flawOf(stack([0, 1, 2.4, 3, 4.45, 5, 6.4]))).toBe('uneven');
  });

  it('refuses a tilted gantry and says how far', () => {
    const lean = Math.tan((15 * Math.PI) / 180);
    expect(judge(series([0, 5, 10, 15].map((z) => slice([0, z * lean, z]))))).toEqual({
      ok: false,
      flaw: 'tilt',
      detail: 15,
    });
  });

  it('keeps the longest run where slices are missing, and refuses where little is left', () => {
    const run = [0, 5, 10, 15, 20, 25, 35, 40]; // 30 is missing
    const v = judge(stack(run));
    expect(v).toMatchObject({ ok: true, marks: ['missing'] });
    if (v.ok) {
      expect(v.shape.missing).toBe(1);
      expect(v.shape.frames).toHaveLength(6);
      expect(v.shape.spacing[2]).toBe(5);
    }
    expect(judge(stack([0, 5, 10, 20, 25, 30, 40, 45, 50]))).toEqual({ ok: false, flaw: 'missing', detail: 2 });
  });

  it('thins what is larger than the memory, and refuses what would be too coarse', () => {
    const all = stack(Array.from({ length: 40 }, (_, i) => i));
    const one = 100 * 120 * 2;
    const v = judge(all, { bytes: one * 20, side: 2048 });
    expect(v).toMatchObject({ ok: true, marks: ['thinned'] });
    if (v.ok) expect([v.shape.frames.length, v.shape.step, v.shape.spacing[2]]).toEqual([20, 2, 2]);
    expect(judge(all, { bytes: one * 5, side: 2048 })).toEqual({ ok: false, flaw: 'memory', detail: 1 });
    expect(flawOf(all, { bytes: 1e9, side: 110 })).toBe('memory');
  });
});

describe('places', () => {
  const v = judge(stack([0, 10, 20, 30, 40]));
  const shape = v.ok ? v.shape : undefined;
  it('go from millimetres to voxels and back', () => {
    if (!shape) throw new Error('no volume');
    expect(middle(shape).map((n) => Math.round(n * 100) / 100)).toEqual([31.65, 19.6, 20]);
    expect(voxelAt(shape, [-10 + 7, -20 + 8, 20]).map((n) => Math.round(n))).toEqual([10, 10, 2]);
    expect(within(shape, [0, 0, 500])[2]).toBeCloseTo(40);
    expect(within(shape, [-500, 0, 0])[0]).toBeCloseTo(-10);
  });
  it('stay where they are in a thinned volume', () => {
    if (!shape) throw new Error('no volume');
    const coarse = thinned(shape, 2);
    expect(coarse.frames.map((f) => f.instanceUid)).toEqual(['0', '2', '4']);
    expect(voxelAt(coarse, [-10, -20, 40])[2]).toBeCloseTo(2);
  });
});

describe('previewStep', () => {
  it('leaves at least sixteen slices', () => {
    expect([10, 31, 32, 64, 300].map(previewStep)).toEqual([1, 1, 2, 4, 8]);
  });
});

describe('nearestFrame', () => {
  const { frames } = stack([0, 5, 10, 15]);
  it('is that of the nearest plane, however far beside', () => {
    expect(nearestFrame(frames, [200, -300, 7.4])?.instanceUid).toBe('1');
    expect(nearestFrame(frames, [0, 0, 7.6])?.instanceUid).toBe('2');
    expect(nearestFrame(frames, [0, 0, 99])?.instanceUid).toBe('3');
  });
  it('is none where nothing says where it lies', () => {
    expect(nearestFrame([{ instanceUid: '1', frame: 1, metadata: {} }], [0, 0, 0])).toBeUndefined();
  });
});
