/** Cuts the picture of a plane out of a volume by the processor, where no graphics card does it. Pure. */
import { add, cross, scale, unit, type Vec } from '../vector.model';
import type { Blend, Slab } from './planes.model';
import { stepOf } from './slab';
import { type VolumeShape, voxelAt } from './volume.model';

/** The values of a volume, slice by slice, each row by row; those that have not come are not there. */
export interface Voxels {
  readonly shape: VolumeShape;
  readonly slices: readonly (ArrayLike<number> | undefined)[];
}

/** A picture in the patient: the middle of its first pixel, and the ways to the next one on the right and below, in mm. */
export interface Cut {
  readonly corner: Vec;
  readonly right: Vec;
  readonly down: Vec;
  readonly width: number; // pixels
  readonly height: number;
}

/** Where a slab is sampled along its normal, in mm from its plane: a mean in the middles of equal parts, what is brightest or darkest to both ends. */
export function depthsOf({ mm, blend }: Slab, spacing: Vec): readonly number[] {
  if (mm === 0) return [0];
  const parts = Math.max(1, Math.ceil(mm / stepOf(spacing, mm)));
  const [count, first] = blend === 'average' ? [parts, 0.5] : [parts + 1, 0];
  return Array.from({ length: count }, (_, i) => ((i + first) / parts - 0.5) * mm);
}

/** Writes the values of a picture, row by row from one to before another; NaN where there is nothing of the volume. */
export function reslice(v: Voxels, cut: Cut, slab: Slab, out: Float32Array, from = 0, to = cut.height): void {
  const { shape } = v;
  const value = valuesOf(v);
  const way = (mm: Vec): Vec => voxelAt(shape, add(shape.origin, mm)); // in steps of voxels
  const normal = unit(cross(cut.down, cut.right));
  const depths = depthsOf(slab, shape.spacing).map((mm) => way(scale(normal, mm)));
  const blended = blends[slab.blend];
  const [start, right, down] = [voxelAt(shape, cut.corner), way(cut.right), way(cut.down)];
  const ray = new Float64Array(depths.length);
  for (let y = from, n = from * cut.width; y < to; y++) {
    for (let x = 0; x < cut.width; x++, n++) {
      const i = start[0] + x * right[0] + y * down[0];
      const j = start[1] + x * right[1] + y * down[1];
      const k = start[2] + x * right[2] + y * down[2];
      let met = 0;
      for (const d of depths) {
        const one = value(i + d[0], j + d[1], k + d[2]);
        if (!Number.isNaN(one)) ray[met++] = one;
      }
      out[n] = met === 1 ? (ray[0] ?? Number.NaN) : blended(ray, met);
    }
  }
}

const blends: Readonly<Record<Blend, (ray: Float64Array, n: number) => number>> = {
  average: (ray, n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += ray[i] ?? 0;
    return sum / n;
  },
  maximum: (ray, n) => {
    let most = n > 0 ? -Infinity : Number.NaN;
    for (let i = 0; i < n; i++) most = Math.max(most, ray[i] ?? 0);
    return most;
  },
  minimum: (ray, n) => {
    let least = n > 0 ? Infinity : Number.NaN;
    for (let i = 0; i < n; i++) least = Math.min(least, ray[i] ?? 0);
    return least;
  },
};

/** Reads a volume between its voxels, on straight lines; a voxel reaches half a step beyond its middle. */
function valuesOf({ shape, slices }: Voxels): (i: number, j: number, k: number) => number {
  const { columns, rows } = shape;
  const [lastI, lastJ, lastK] = [columns - 1, rows - 1, slices.length - 1];
  return (i, j, k) => {
    if (!(i >= -0.5 && j >= -0.5 && k >= -0.5 && i <= lastI + 0.5 && j <= lastJ + 0.5 && k <= lastK + 0.5))
      return Number.NaN;
    const [x, y, z] = [clamped(i, lastI), clamped(j, lastJ), clamped(k, lastK)];
    const [x0, y0, z0] = [Math.floor(x), Math.floor(y), Math.floor(z)];
    const at = y0 * columns + x0;
    const across = x0 < lastI ? 1 : 0;
    const below = y0 < lastJ ? columns : 0;
    const near = within(slices[z0], at, across, below, x - x0, y - y0);
    return z === z0 ? near : near + (z - z0) * (within(slices[z0 + 1], at, across, below, x - x0, y - y0) - near);
  };
}

function clamped(v: number, last: number): number {
  return v < 0 ? 0 : v > last ? last : v;
}

/** Between four voxels of a slice. */
function within(
  s: ArrayLike<number> | undefined,
  at: number,
  across: number,
  below: number,
  x: number,
  y: number,
): number {
  if (!s) return Number.NaN;
  const [a, b] = [s[at] ?? 0, s[at + across] ?? 0];
  const [c, d] = [s[at + below] ?? 0, s[at + below + across] ?? 0];
  const upper = a + x * (b - a);
  return upper + y * (c + x * (d - c) - upper);
}

/** The same place in pixels that are so many times as long. */
export function coarser(cut: Cut, by: number): Cut {
  const more = (by - 1) / 2;
  return {
    corner: add(cut.corner, add(scale(cut.right, more), scale(cut.down, more))),
    right: scale(cut.right, by),
    down: scale(cut.down, by),
    width: Math.ceil(cut.width / by),
    height: Math.ceil(cut.height / by),
  };
}

/** The least and the greatest value of what there is; undefined where there is nothing. */
export function extent(values: ArrayLike<number>): { readonly lower: number; readonly upper: number } | undefined {
  let [lower, upper] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const v = values[i] ?? Number.NaN;
    if (v < lower) lower = v;
    if (v > upper) upper = v;
  }
  return lower < upper ? { lower, upper } : undefined;
}

/** Writes greys between the ends of a window; black where there is no value. */
export function greysOf(
  values: Float32Array,
  { lower, upper }: { readonly lower: number; readonly upper: number },
  invert: boolean,
  out: Uint8ClampedArray,
): void {
  const by = 255 / Math.max(upper - lower, 1e-6);
  for (let n = 0; n < values.length; n++) {
    const v = values[n] ?? Number.NaN;
    const grey = Math.max(0, Math.min(255, (v - lower) * by));
    const shown = Number.isNaN(v) ? 0 : invert ? 255 - grey : grey;
    out[4 * n] = shown;
    out[4 * n + 1] = shown;
    out[4 * n + 2] = shown;
    out[4 * n + 3] = 255;
  }
}
