/** Points and directions of the patient, in millimetres (LPS: to the left, to the back, to the head). Pure. */

export type Vec = readonly [number, number, number];

/** A pixel of an element. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export function vec(v: ArrayLike<number>): Vec {
  return [v[0] ?? 0, v[1] ?? 0, v[2] ?? 0];
}

export function add(a: Vec, b: Vec): Vec {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function sub(a: Vec, b: Vec): Vec {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function scale(a: Vec, by: number): Vec {
  return [a[0] * by, a[1] * by, a[2] * by];
}

export function dot(a: Vec, b: Vec): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vec, b: Vec): Vec {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** The middle of some places. */
export function centreOf(points: readonly (readonly number[])[]): Vec {
  const sum = points.reduce<Vec>((s, p) => add(s, vec(p)), [0, 0, 0]);
  return scale(sum, 1 / Math.max(1, points.length));
}

export function length(a: Vec): number {
  return Math.hypot(a[0], a[1], a[2]);
}

/** The same direction with length 1; a vector without length stays. */
export function unit(a: Vec): Vec {
  const l = length(a);
  return l > 0 ? scale(a, 1 / l) : a;
}

/** Turned about an axis of length 1 by an angle in radians, by the right hand (Rodrigues). */
export function turned(v: Vec, axis: Vec, angle: number): Vec {
  const c = Math.cos(angle);
  const along = scale(axis, dot(axis, v) * (1 - c));
  return add(add(scale(v, c), scale(cross(axis, v), Math.sin(angle))), along);
}
