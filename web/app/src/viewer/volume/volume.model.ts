/** Whether a series is a real volume: one orientation, regular spacing, nothing leaning; and if not, why. Pure. */
import { type DicomJson, num, numbers, tag } from '../dicom.model';
import type { Frame, Series } from '../study.model';
import { add, cross, dot, length, scale, sub, unit, type Vec, vec } from '../vector.model';

/** Why no volume can be built, told to the reader below volume.flaw. */
export type Flaw =
  | 'kind' // no stack of pictures, or a cine
  | 'colour'
  | 'few'
  | 'place' // no position or orientation
  | 'size' // rows, columns or pixel spacing differ
  | 'orientation' // more than one
  | 'repeated' // several pictures at one place: phases, echoes
  | 'tilt' // gantry tilt: each slice is shifted against the one before
  | 'uneven'
  | 'missing' // too many slices are
  | 'memory';

/** What is shown beside a volume that is not the whole series, below volume.mark. */
export type Mark = 'missing' | 'thinned';

export interface VolumeShape {
  /** Along the normal, in equal steps. */
  readonly frames: readonly Frame[];
  readonly rows: number;
  readonly columns: number;
  /** Between columns, rows and slices, in mm. */
  readonly spacing: Vec;
  /** The middle of the first voxel. */
  readonly origin: Vec;
  readonly row: Vec;
  readonly column: Vec;
  readonly normal: Vec;
  /** How many slices of the series make one of the volume. */
  readonly step: number;
  /** How far the slice that stands worst is from its place in these steps, in mm. */
  readonly off: number;
  /** Slices that are missing somewhere in the series; the volume is its longest run without a gap. */
  readonly missing: number;
}

export type Verdict =
  | { readonly ok: true; readonly shape: VolumeShape; readonly marks: readonly Mark[] }
  | { readonly ok: false; readonly flaw: Flaw; readonly detail?: number };

export interface Budget {
  readonly bytes: number;
  /** The longest side of a texture. */
  readonly side: number;
}

const least = 3; // slices
const most = 4; // slices that may be made one before a series is said to be too large
const parallel = 0.9999; // cosine: 0.8°
const leaning = 0.5; // degrees
const jitter = 0.25; // of the step: how far a slice may stand from its place
const enough = 0.6; // of the slices must stand in one run without a gap

interface Slice {
  readonly frame: Frame;
  readonly position: Vec;
  readonly at: number; // mm along the normal
}

export function judgeVolume(series: Series, budget: Budget): Verdict {
  if (series.kind !== 'stack' || series.cineRate > 0) return no('kind');
  if ((num(series.metadata, tag.samples) ?? 1) > 1) return no('colour');
  const head = series.frames[0]?.metadata;
  if (!head || series.frames.length < least) return no('few', series.frames.length);
  const plane = planeOf(head);
  if (!plane) return no('place');
  const slices: Slice[] = [];
  for (const frame of series.frames) {
    const d = frame.metadata;
    const here = planeOf(d);
    const position = numbers(d, tag.position);
    if (!here || position.length !== 3) return no('place');
    if (dot(here.row, plane.row) < parallel || dot(here.column, plane.column) < parallel) return no('orientation');
    if (!sameGrid(d, head)) return no('size');
    slices.push({ frame, position: vec(position), at: dot(plane.normal, vec(position)) });
  }
  slices.sort((a, b) => a.at - b.at);
  return regular(slices, plane, head, budget);
}

function regular(all: readonly Slice[], plane: Plane, head: DicomJson, budget: Budget): Verdict {
  const gaps = all.slice(1).map((s, i) => s.at - (all[i]?.at ?? 0));
  const step = median(gaps);
  if (gaps.some((g) => g < 0.01)) return no('repeated');
  const tilt = leanOf(all, plane.normal);
  if (tilt > leaning) return no('tilt', Math.round(tilt * 10) / 10);
  const missing = gaps.reduce((n, g) => n + Math.max(0, Math.round(g / step) - 1), 0);
  const run = longestRun(all, gaps, step);
  if (missing > 0 && run.length < enough * all.length) return no('missing', missing);
  if (run.length < least) return no('few', run.length);
  const pitch = ((run.at(-1)?.at ?? 0) - (run[0]?.at ?? 0)) / (run.length - 1);
  if (run.some((s, i) => Math.abs(s.at - (run[0]?.at ?? 0) - i * pitch) > jitter * pitch)) return no('uneven');
  return fitted(run, pitch, plane, head, missing, budget);
}

/** How far a picture may stand from its place in a volume that is measured: what is written down in tenths of a millimetre does. */
const exact = 0.15; // mm

/** Whether places of a volume are those of the patient as nearly as they are measured. */
export function isExact(s: VolumeShape): boolean {
  return s.off <= exact;
}

function offOf(run: readonly Slice[], pitch: number, normal: Vec): number {
  const first = run[0]?.position ?? [0, 0, 0];
  return Math.max(...run.map((s, i) => length(sub(s.position, add(first, scale(normal, i * pitch))))));
}

/** Thins a series that is larger than the budget; what would be too coarse then is refused. */
function fitted(
  run: readonly Slice[],
  pitch: number,
  plane: Plane,
  head: DicomJson,
  missing: number,
  budget: Budget,
): Verdict {
  const rows = num(head, tag.rows) ?? 0;
  const columns = num(head, tag.columns) ?? 0;
  const bytes = rows * columns * run.length * 2;
  const step = Math.max(Math.ceil(bytes / budget.bytes), Math.ceil(run.length / budget.side), 1);
  if (step > most || rows > budget.side || columns > budget.side) return no('memory', Math.round(bytes / 1e6));
  const [between = 1, along = 1] = numbers(head, tag.pixelSpacing);
  const shape: VolumeShape = {
    frames: run.map((s) => s.frame),
    rows,
    columns,
    spacing: [along, between, pitch],
    origin: run[0]?.position ?? [0, 0, 0],
    row: plane.row,
    column: plane.column,
    normal: plane.normal,
    step: 1,
    off: offOf(run, pitch, plane.normal),
    missing,
  };
  const marks: Mark[] = [...(missing > 0 ? (['missing'] as const) : []), ...(step > 1 ? (['thinned'] as const) : [])];
  return { ok: true, shape: thinned(shape, step), marks };
}

/** Every n-th slice of a volume: the same place with a longer step. */
export function thinned(shape: VolumeShape, by: number): VolumeShape {
  if (by <= 1) return shape;
  const [x, y, z] = shape.spacing;
  return {
    ...shape,
    frames: shape.frames.filter((_, i) => i % by === 0),
    spacing: [x, y, z * by],
    step: shape.step * by,
  };
}

/** By how much a volume is thinned for a first look while the rest loads; 1: not worth it. */
export function previewStep(slices: number): number {
  return [8, 4, 2].find((by) => slices / by >= 16) ?? 1;
}

/** The middle of the volume. */
export function middle(s: VolumeShape): Vec {
  const half = (n: number, mm: number) => ((n - 1) / 2) * mm;
  const [x, y, z] = s.spacing;
  const way = [scale(s.row, half(s.columns, x)), scale(s.column, half(s.rows, y))];
  way.push(scale(s.normal, half(s.frames.length, z)));
  return way.reduce((at, v) => [at[0] + v[0], at[1] + v[1], at[2] + v[2]], s.origin) as Vec;
}

/** A place within the volume, in steps of its voxels. */
export function voxelAt(s: VolumeShape, place: Vec): Vec {
  const way = sub(place, s.origin);
  return [dot(way, s.row) / s.spacing[0], dot(way, s.column) / s.spacing[1], dot(way, s.normal) / s.spacing[2]];
}

/** The nearest place inside. */
export function within(s: VolumeShape, place: Vec): Vec {
  const [i, j, k] = voxelAt(s, place);
  const clamp = (v: number, n: number) => Math.max(0, Math.min(n - 1, v));
  const at: Vec = [clamp(i, s.columns), clamp(j, s.rows), clamp(k, s.frames.length)];
  const back = [
    scale(s.row, at[0] * s.spacing[0]),
    scale(s.column, at[1] * s.spacing[1]),
    scale(s.normal, at[2] * s.spacing[2]),
  ];
  return back.reduce((p, v) => [p[0] + v[0], p[1] + v[1], p[2] + v[2]], s.origin) as Vec;
}

/** The frame whose plane is nearest to a place; undefined where none says where it lies. */
export function nearestFrame(frames: readonly Frame[], place: readonly number[]): Frame | undefined {
  let best: { frame: Frame; mm: number } | undefined;
  for (const frame of frames) {
    const plane = planeOf(frame.metadata);
    const position = numbers(frame.metadata, tag.position);
    if (!plane || position.length !== 3) continue;
    const mm = Math.abs(dot(plane.normal, sub(vec(place), vec(position))));
    if (!best || mm < best.mm) best = { frame, mm };
  }
  return best?.frame;
}

interface Plane {
  readonly row: Vec;
  readonly column: Vec;
  readonly normal: Vec;
}

function planeOf(d: DicomJson): Plane | undefined {
  const o = numbers(d, tag.orientation);
  if (o.length !== 6 || numbers(d, tag.pixelSpacing).length !== 2) return undefined;
  const row = unit(vec(o));
  const column = unit(vec(o.slice(3)));
  return { row, column, normal: unit(cross(row, column)) };
}

function sameGrid(a: DicomJson, b: DicomJson): boolean {
  const [ay = 0, ax = 0] = numbers(a, tag.pixelSpacing);
  const [by = 0, bx = 0] = numbers(b, tag.pixelSpacing);
  const same = num(a, tag.rows) === num(b, tag.rows) && num(a, tag.columns) === num(b, tag.columns);
  return same && Math.abs(ay - by) < 1e-3 && Math.abs(ax - bx) < 1e-3;
}

/** The angle between the way from the first slice to the last and the normal, in degrees. */
function leanOf(all: readonly Slice[], normal: Vec): number {
  const way = sub(all.at(-1)?.position ?? [0, 0, 0], all[0]?.position ?? [0, 0, 0]);
  const along = dot(way, normal);
  return (Math.atan2(length(sub(way, scale(normal, along))), Math.abs(along)) * 180) / Math.PI;
}

function longestRun(all: readonly Slice[], gaps: readonly number[], step: number): readonly Slice[] {
  let best: readonly Slice[] = [];
  let from = 0;
  for (let i = 0; i <= gaps.length; i++) {
    if (i < gaps.length && (gaps[i] ?? 0) < 1.5 * step) continue;
    if (i + 1 - from > best.length) best = all.slice(from, i + 1);
    from = i + 1;
  }
  return best;
}

function median(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
}

function no(flaw: Flaw, detail?: number): Verdict {
  return { ok: false, flaw, detail };
}
