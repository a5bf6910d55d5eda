/** What a drawn shape measures, from its points. Pure: Cornerstone draws, the numbers are our own. */
import { byTelling, type Figure, figuresOf, rounded, type Stats } from '../figures.model';
import type { Pixel, Refusal, Scale, ScaleSource } from './scale.model';
import { traceReading } from './trace.model';

/** A place in millimetres or pixels, of two or three coordinates. */
export type Point = readonly number[];

export interface Shape {
  readonly tool: string;
  readonly points: readonly Point[];
  /** Of a line drawn by hand: whether it ends where it began. */
  readonly closed?: boolean;
  /** Of a calibration: the true length in millimetres. */
  readonly known?: number;
}

/** The figures of a shape, and the word that belongs beside them: where the scale comes from, or why there is none. */
export interface Reading {
  readonly figures: readonly Figure[];
  readonly known?: number;
  readonly note?: Exclude<ScaleSource, 'calibrated' | 'region'> | Refusal;
}

/** How many points a shape has when it is complete; a shape that is not named here needs one. */
const complete: Readonly<Record<string, number>> = {
  Length: 2,
  Calibration: 2,
  Angle: 3,
  CobbAngle: 4,
  Bidirectional: 4,
  CardiothoracicRatio: 4,
  EllipticalROI: 4,
  RectangleROI: 4,
  PlanarFreehandROI: 3,
  ArrowAnnotate: 2,
};

export function isComplete(s: Shape): boolean {
  return s.points.length >= (complete[s.tool] ?? 1);
}

/** Reads a shape on a picture of a given scale. */
export function readingOf(shape: Shape, pixels: readonly Pixel[], scale: Scale | Refusal, stats?: Stats): Reading {
  if (shape.tool === 'Calibration') return { figures: [], known: shape.known };
  if (typeof scale === 'string') {
    return { figures: figuresOf(stats), note: hasGeometry(shape.tool) ? scale : undefined };
  }
  if (scale.trace) return traceReading(shape, pixels, scale.trace, stats);
  const points = pixels.map(([x, y]) => [x * scale.x, y * scale.y]);
  const figures = byTelling([...geometry({ ...shape, points }, scale.unit), ...figuresOf(stats)]);
  const plain = scale.source === 'calibrated' || scale.source === 'region' || !hasLength(shape.tool);
  return { figures, note: plain ? undefined : (scale.source as Reading['note']) };
}

/** Reads a shape in the millimetres of the patient, as on a plane through a volume. */
export function readingInSpace(shape: Shape, stats?: Stats): Reading {
  return { figures: byTelling([...geometry(shape, 'mm'), ...figuresOf(stats)]) };
}

function hasGeometry(tool: string): boolean {
  return tool !== 'Probe' && tool !== 'ArrowAnnotate' && tool !== 'Label';
}

/** Angles need no scale. */
function hasLength(tool: string): boolean {
  return hasGeometry(tool) && tool !== 'Angle' && tool !== 'CobbAngle';
}

function geometry({ tool, points, closed }: Shape, unit: 'mm' | 'px'): Figure[] {
  if (!isComplete({ tool, points })) return [];
  const p = (i: number): Point => points[i] ?? [];
  const length = (kind: Figure['kind'], value: number): Figure => ({ kind, value: rounded(value, 1), unit });
  const area = (value: number): Figure => ({ kind: 'area', value: rounded(value, 1), unit: `${unit}²` });
  switch (tool) {
    case 'Length':
      return [length('length', distance(p(0), p(1)))];
    case 'Bidirectional': {
      const axes = [distance(p(0), p(1)), distance(p(2), p(3))].sort((a, b) => b - a);
      return [length('length', axes[0] ?? 0), length('width', axes[1] ?? 0)];
    }
    case 'Angle':
      return [degrees(between(minus(p(0), p(1)), minus(p(2), p(1))))];
    case 'CobbAngle':
      return [degrees(between(rightward(p(0), p(1)), rightward(p(2), p(3))))];
    case 'CardiothoracicRatio': {
      const widths = [distance(p(0), p(1)), distance(p(2), p(3))].sort((a, b) => a - b);
      const [heart = 0, thorax = 0] = widths;
      if (thorax === 0) return [];
      const ratio: Figure = { kind: 'ratio', value: rounded(heart / thorax, 2), unit: '' };
      return [ratio, length('heart', heart), length('thorax', thorax)];
    }
    case 'EllipticalROI':
      return [area((Math.PI / 4) * distance(p(0), p(1)) * distance(p(2), p(3)))];
    case 'RectangleROI':
      return [area(distance(p(0), p(1)) * distance(p(0), p(2)))];
    case 'PlanarFreehandROI':
      return closed === false ? [length('length', along(points))] : [area(enclosed(points))];
    default:
      return [];
  }
}

function degrees(radians: number): Figure {
  return { kind: 'angle', value: rounded((radians * 180) / Math.PI, 1), unit: '°' };
}

export function distance(a: Point, b: Point): number {
  return norm(minus(a, b));
}

function along(points: readonly Point[]): number {
  return points.slice(1).reduce((sum, p, i) => sum + distance(p, points[i] ?? p), 0);
}

/** The area within a closed line in a plane: half the length of the summed cross products, which is right in space, too. */
function enclosed(points: readonly Point[]): number {
  const origin = points[0] ?? [];
  const sum = [0, 0, 0];
  points.forEach((p, i) => {
    const next = points[(i + 1) % points.length] ?? p;
    cross(minus(p, origin), minus(next, origin)).forEach((v, k) => {
      sum[k] = (sum[k] ?? 0) + v;
    });
  });
  return norm(sum) / 2;
}

/** A line's direction from the left of the picture to its right: end plates that lean apart by more than 90° stay so. */
function rightward(a: Point, b: Point): Point {
  const d = minus(b, a);
  return (d[0] ?? 0) < 0 ? d.map((v) => -v) : d;
}

function between(a: Point, b: Point): number {
  const sizes = norm(a) * norm(b);
  return sizes === 0 ? 0 : Math.acos(Math.max(-1, Math.min(1, dot(a, b) / sizes)));
}

function minus(a: Point, b: Point): number[] {
  return a.map((v, i) => v - (b[i] ?? 0));
}

function dot(a: Point, b: Point): number {
  return a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
}

function norm(a: Point): number {
  return Math.sqrt(dot(a, a));
}

function cross([ax = 0, ay = 0, az = 0]: Point, [bx = 0, by = 0, bz = 0]: Point): number[] {
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}
