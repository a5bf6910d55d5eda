/** Which slice of one stack belongs to a slice of another that is scrolled. Pure. */
import { numbers, tag, text } from './dicom.model';
import type { Series } from './study.model';

/** Where both stood when they were linked. */
export interface Anchor {
  readonly from: number;
  readonly to: number;
}

interface Line {
  readonly normal: readonly number[];
  readonly at: readonly number[]; // mm along the normal, one a frame
}

/**
 * The index in `to` for index i of `from`. In one frame of reference: the slice at the same place. Otherwise the same
 * way in millimetres from the anchor; without geometry the same number of slices.
 */
export function linkedIndex(from: Series, to: Series, i: number, anchor: Anchor): number {
  const a = lineOf(from);
  const b = lineOf(to);
  const along = a && b ? dot(a.normal, b.normal) : 0;
  if (!a || !b || Math.abs(along) < 0.9) return clamp(anchor.to + i - anchor.from, to.frames.length);
  const sign = Math.sign(along);
  const here = a.at[i] ?? 0;
  if (frameOf(from) !== '' && frameOf(from) === frameOf(to)) return nearest(b.at, here * sign);
  return nearest(b.at, (b.at[anchor.to] ?? 0) + sign * (here - (a.at[anchor.from] ?? 0)));
}

function frameOf(s: Series): string {
  return text(s.metadata, tag.frameOfReference);
}

function lineOf(s: Series): Line | undefined {
  const o = numbers(s.metadata, tag.orientation);
  if (o.length !== 6 || s.frames.length < 2) return undefined;
  const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = o;
  const normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
  const at: number[] = [];
  for (const f of s.frames) {
    const p = numbers(f.metadata, tag.position);
    if (p.length !== 3) return undefined;
    at.push(dot(normal, p));
  }
  return { normal, at };
}

function nearest(at: readonly number[], wanted: number): number {
  let best = 0;
  for (let i = 1; i < at.length; i++) {
    if (Math.abs((at[i] ?? 0) - wanted) < Math.abs((at[best] ?? 0) - wanted)) best = i;
  }
  return best;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
}

function clamp(i: number, count: number): number {
  return Math.max(0, Math.min(count - 1, i));
}
