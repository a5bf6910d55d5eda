/** Ultrasound regions (PS3.3 C.8.5.5): each part of a picture with axes of its own. Pure. */
import { type DicomJson, items, num } from '../dicom.model';
import type { Pixel } from './scale.model';

/** Of one axis: what it counts, how much a pixel is, and where its own zero lies if that is said. */
export interface Axis {
  readonly unit: 'cm' | 's' | 'Hz' | 'cm/s' | 'other';
  readonly delta: number; // to a pixel, to the right or down; 0 where it is not said
  readonly zero?: number; // column or row of the picture
}

export interface Region {
  readonly low: boolean; // drawn below others where they overlap
  readonly colour: boolean; // shows flow by colours
  readonly from: Pixel;
  readonly to: Pixel;
  readonly x: Axis;
  readonly y: Axis;
}

const units = new Map<number | undefined, Axis['unit']>([
  [3, 'cm'],
  [4, 's'],
  [5, 'Hz'],
  [7, 'cm/s'],
]);
const colourFlow = 2;

export function regionsOf(d: DicomJson): Region[] {
  return items(d, '00186011').flatMap((r) => {
    const [x0, y0, x1, y1] = ['00186018', '0018601A', '0018601C', '0018601E'].map((t) => num(r, t));
    if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined) return [];
    return [
      {
        low: ((num(r, '00186016') ?? 0) & 1) === 1,
        colour: num(r, '00186014') === colourFlow,
        from: [x0, y0],
        to: [x1, y1],
        x: axisOf(r, { unit: '00186024', delta: '0018602C', pixel: '00186020', value: '00186028', from: x0 }),
        y: axisOf(r, { unit: '00186026', delta: '0018602E', pixel: '00186022', value: '0018602A', from: y0 }),
      } as const,
    ];
  });
}

/** The reference pixel is counted from the region's own corner; its value need not be nought (C.8.5.5.1.10 to 13). */
function axisOf(r: DicomJson, t: { unit: string; delta: string; pixel: string; value: string; from: number }): Axis {
  const delta = num(r, t.delta) ?? 0;
  const pixel = num(r, t.pixel);
  const zero = pixel === undefined || delta === 0 ? undefined : t.from + pixel - (num(r, t.value) ?? 0) / delta;
  return { unit: units.get(num(r, t.unit)) ?? 'other', delta, zero };
}

/** The region that holds all of some points: the one on top. */
export function regionAt(regions: readonly Region[], points: readonly Pixel[]): Region | undefined {
  return regions.filter((r) => points.every((p) => inside(r, p))).sort(byPlace)[0];
}

export function touches(regions: readonly Region[], points: readonly Pixel[]): boolean {
  return regions.some((r) => points.some((p) => inside(r, p)));
}

function inside(r: Region, [x, y]: Pixel): boolean {
  // A region's last pixel belongs to it, with the half beyond its middle.
  return x >= r.from[0] - 0.5 && x <= r.to[0] + 0.5 && y >= r.from[1] - 0.5 && y <= r.to[1] + 0.5;
}

/** High priority first, then the smaller. */
function byPlace(a: Region, b: Region): number {
  const size = (r: Region) => (r.to[0] - r.from[0]) * (r.to[1] - r.from[1]);
  return Number(a.low) - Number(b.low) || size(a) - size(b);
}

/** Axes of which time is the one to the right: an M-mode, or a Doppler spectrum. */
export interface Trace {
  readonly seconds: number; // to a pixel to the right
  readonly unit: 'mm' | 'cm/s' | 'Hz';
  readonly perPixel: number; // down
  /** The row of the base line; undefined where it is not said, and for depths, of which only differences are read. */
  readonly base?: number;
}

export function traceOf({ x, y }: Region): Trace | undefined {
  if (x.unit !== 's' || y.unit === 's' || y.unit === 'other' || !x.delta || !y.delta) return undefined;
  const seconds = Math.abs(x.delta);
  if (y.unit === 'cm') return { seconds, unit: 'mm', perPixel: y.delta * 10 };
  return { seconds, unit: y.unit, perPixel: y.delta, base: y.zero };
}

/** Whether flow is shown by colours anywhere in a picture (0028,0014), or in one of its regions. */
export function showsFlow(d: DicomJson): boolean {
  return num(d, '00280014') === 1 || regionsOf(d).some((r) => r.colour);
}
