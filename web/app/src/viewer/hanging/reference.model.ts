/** Where the picture of one pane cuts that of another. Pure. */
import { type DicomJson, num, numbers, tag, text } from '../dicom.model';
import { add, cross, dot, scale, sub, unit, type Vec, vec } from '../vector.model';

/** A picture in the patient. */
export interface Sheet {
  readonly frame: string; // of reference
  readonly origin: Vec;
  readonly row: Vec;
  readonly column: Vec;
  readonly width: number; // mm
  readonly height: number;
}

export function sheetOf(d: DicomJson): Sheet | undefined {
  const o = numbers(d, tag.orientation);
  const p = numbers(d, tag.position);
  const [down = 0, across = 0] = numbers(d, tag.pixelSpacing);
  const frame = text(d, tag.frameOfReference);
  if (o.length !== 6 || p.length !== 3 || !frame || !down) return undefined;
  return {
    frame,
    origin: vec(p),
    row: vec(o),
    column: vec(o.slice(3)),
    width: ((num(d, tag.columns) ?? 1) - 1) * across,
    height: ((num(d, tag.rows) ?? 1) - 1) * down,
  };
}

/** The part of `other` that lies in the plane of `here`; undefined where they are parallel, apart, or of two frames of reference. */
export function cutOf(here: Sheet, other: Sheet): readonly [Vec, Vec] | undefined {
  const normal = unit(cross(here.row, here.column));
  const lean = dot(normal, unit(cross(other.row, other.column)));
  if (here.frame !== other.frame || Math.abs(lean) > 0.995) return undefined;
  const right = scale(other.row, other.width);
  const down = scale(other.column, other.height);
  const corners = [
    other.origin,
    add(other.origin, right),
    add(add(other.origin, right), down),
    add(other.origin, down),
  ];
  const met: Vec[] = [];
  corners.forEach((a, i) => {
    const b = corners[(i + 1) % 4] ?? a;
    const da = dot(normal, sub(a, here.origin));
    const db = dot(normal, sub(b, here.origin));
    if (da === db || da * db > 0) return;
    const at = add(a, scale(sub(b, a), da / (da - db)));
    if (!met.some((m) => Math.hypot(...sub(m, at)) < 1e-3)) met.push(at);
  });
  const [from, to] = met;
  return from && to ? [from, to] : undefined;
}
