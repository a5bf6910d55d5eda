import { describe, expect, it } from 'vitest';
import type { Vec } from '../vector.model';
import type { Slab } from './planes.model';
import { type Cut, coarser, depthsOf, extent, greysOf, reslice, type Voxels } from './reslice.model';
import type { VolumeShape } from './volume.model';

const thin: Slab = { mm: 0, blend: 'maximum' };

/** A volume whose value is linear in the place of the patient: each place between its voxels has one truth. */
const truth = ([x, y, z]: Vec) => 3 * x - 2 * y + 5 * z + 40;

function volume(shape: Pick<VolumeShape, 'row' | 'column' | 'normal'>, missing = -1): Voxels {
  const [columns, rows, count] = [8, 6, 5];
  const spacing: Vec = [0.5, 0.75, 2];
  const origin: Vec = [-10, 4, 7];
  const slices = Array.from({ length: count }, (_, k) => {
    if (k === missing) return undefined;
    return Array.from({ length: rows * columns }, (_, n) => {
      const [i, j] = [n % columns, Math.floor(n / columns)];
      const at = (a: 0 | 1 | 2) =>
        origin[a] + shape.row[a] * spacing[0] * i + shape.column[a] * spacing[1] * j + shape.normal[a] * spacing[2] * k;
      return truth([at(0), at(1), at(2)]);
    });
  });
  return {
    shape: {
      ...shape,
      columns,
      rows,
      spacing,
      origin,
      frames: slices.map(() => ({}) as never),
      step: 1,
      off: 0,
      missing: 0,
    },
    slices,
  };
}

const upright = { row: [1, 0, 0], column: [0, 1, 0], normal: [0, 0, 1] } as const;
const slanting = { row: [0.8, 0.6, 0], column: [0, 0, -1], normal: [-0.6, 0.8, 0] } as const;

function values(v: Voxels, cut: Cut, slab: Slab = thin): Float32Array {
  const out = new Float32Array(cut.width * cut.height);
  reslice(v, cut, slab, out);
  return out;
}

describe('a plane through a volume', () => {
  it.each([
    ['along its slices', upright, [-9.9, 4.1, 10.3], [0.3, 0, 0], [0, 0.3, 0]],
    ['across them', upright, [-9.9, 5, 14.9], [0.3, 0, 0], [0, 0, -0.7]],
    ['slanting through slices that lie straight', upright, [-9.5, 4.5, 8], [0.2, 0.1, 0.3], [0.1, 0.2, -0.05]],
    ['through slices that slant', slanting, [-10.5, 5.5, 5], [0.2, 0.2, 0], [0.02, 0, -0.3]],
  ] as const)('%s is linear between its voxels', (_, shape, corner, right, down) => {
    const cut: Cut = { corner, right, down, width: 7, height: 5 };
    const got = values(volume(shape), cut);
    let seen = 0;
    got.forEach((v, n) => {
      if (Number.isNaN(v)) return;
      const [x, y] = [n % 7, Math.floor(n / 7)];
      const at = (a: 0 | 1 | 2) => corner[a] + x * right[a] + y * down[a];
      expect(v).toBeCloseTo(truth([at(0), at(1), at(2)]), 3);
      seen++;
    });
    expect(seen).toBeGreaterThan(15);
  });

  it('ends half a voxel beyond the middle of the last', () => {
    const cut: Cut = { corner: [-10.26, 4, 7], right: [0.02, 0, 0], down: [0, 1, 0], width: 2, height: 1 };
    const [outside, inside] = values(volume(upright), cut);
    expect(outside).toBeNaN();
    expect(inside).toBeCloseTo(truth([-10, 4, 7]), 4);
  });

  it('shows nothing where a slice has not come', () => {
    const cut: Cut = { corner: [-9, 5, 7], right: [0, 0, 2], down: [0, 1, 0], width: 5, height: 1 };
    const got = values(volume(upright, 2), cut);
    expect([...got].map(Number.isNaN)).toEqual([false, false, true, false, false]);
  });
});

describe('a picture', () => {
  const cut: Cut = { corner: [-9.5, 4.5, 11], right: [0.1, 0, 0], down: [0, 0.1, 0], width: 7, height: 5 };
  const v = volume(upright);

  it('is the same in parts', () => {
    const out = new Float32Array(35);
    reslice(v, cut, thin, out, 0, 2);
    expect(out[14]).toBe(0);
    reslice(v, cut, thin, out, 2, 5);
    expect(out).toEqual(values(v, cut));
  });

  it('that is coarser shows the middles of what its pixels cover', () => {
    const rough = coarser(cut, 2);
    expect([rough.width, rough.height]).toEqual([4, 3]);
    expect(values(v, rough)[0]).toBeCloseTo(truth([-9.45, 4.55, 11]), 3);
    expect(values(v, rough)[5]).toBeCloseTo(truth([-9.25, 4.75, 11]), 3);
  });
});

describe('a slab', () => {
  const cut: Cut = { corner: [-9, 5, 11], right: [0.1, 0, 0], down: [0, 0.1, 0], width: 2, height: 2 };
  const v = volume(upright); // it grows by 5 with each mm to the head

  it('is the mean, the brightest and the darkest of what it holds', () => {
    const middle = truth(cut.corner);
    expect(values(v, cut, { mm: 4, blend: 'average' })[0]).toBeCloseTo(middle, 3);
    expect(values(v, cut, { mm: 4, blend: 'maximum' })[0]).toBeCloseTo(middle + 10, 3);
    expect(values(v, cut, { mm: 4, blend: 'minimum' })[0]).toBeCloseTo(middle - 10, 3);
  });

  it('counts only what lies in the volume', () => {
    const last: Cut = { ...cut, corner: [-9, 5, 15] };
    expect(values(v, last, { mm: 40, blend: 'maximum' })[0]).toBeCloseTo(truth([-9, 5, 15]), 3);
    expect(values(v, { ...cut, corner: [-90, 5, 11] }, { mm: 40, blend: 'minimum' })[0]).toBeNaN();
    expect(values(v, { ...cut, corner: [-90, 5, 11] }, { mm: 40, blend: 'average' })[0]).toBeNaN();
  });

  it('is sampled once where it is thin', () => {
    expect(depthsOf(thin, v.shape.spacing)).toEqual([0]);
    const mean = depthsOf({ mm: 3, blend: 'average' }, [1, 1, 1]);
    expect(mean).toHaveLength(6);
    expect(mean[0]).toBeCloseTo(-1.25);
    const most = depthsOf({ mm: 3, blend: 'maximum' }, [1, 1, 1]);
    expect([most[0], most.at(-1)]).toEqual([-1.5, 1.5]);
  });
});

describe('greys', () => {
  it('go from black to white between the ends of the window; nothing is black, inverted, too', () => {
    const of = (invert: boolean) => {
      const out = new Uint8ClampedArray(20);
      greysOf(Float32Array.of(-5, 0, 5, 20, Number.NaN), { lower: 0, upper: 10 }, invert, out);
      return [0, 1, 2, 3, 4].map((n) => out[4 * n]);
    };
    expect(of(false)).toEqual([0, 0, 128, 255, 0]);
    expect(of(true)).toEqual([255, 255, 128, 0, 0]);
  });

  it('have a window where there are two values', () => {
    expect(extent([3, Number.NaN, -2])).toEqual({ lower: -2, upper: 3 });
    expect(extent([4, 4])).toBeUndefined();
    expect(extent([])).toBeUndefined();
  });
});
