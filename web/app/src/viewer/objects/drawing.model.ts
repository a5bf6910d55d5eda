/** What objects draw over pictures: shapes in pixels, 0,0 being the outer corner of the first one (PS3.3 C.18.6.1.2, C.10.5.1). Pure. */

export type Pixel = readonly [number, number];

export interface Shape {
  /** ellipse: the ends of the major axis, then of the minor one; circle: the middle, then a place on it. */
  readonly kind: 'polyline' | 'ellipse' | 'circle' | 'point';
  readonly points: readonly Pixel[];
  readonly filled?: boolean;
  /** Points are shares of the shown area instead of pixels. */
  readonly onDisplay?: boolean;
}

/** One picture, by its instance and frame. */
export interface PictureRef {
  readonly instance: string;
  readonly frame: number;
  readonly series?: string;
  /** No frame of it was named: all of them are meant. */
  readonly whole?: true;
}

export interface Drawing {
  readonly picture: PictureRef;
  readonly shapes: readonly Shape[];
  /** Lines of text at the first point of the first shape, or at `at`. */
  readonly words: readonly string[];
  readonly at?: Pixel;
  readonly onDisplay?: boolean;
  /** Follows a measurement through the versions of reports. */
  readonly tracking?: string;
}

/** How pixels of a picture lie on an element: x' = a·x + c·y + e, y' = b·x + d·y + f. */
export interface Placement {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

export function placed(m: Placement, [x, y]: Pixel): Pixel {
  return [m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f];
}

/** The pixel at a place of the element; undefined where the placement is flat. */
export function pixelAt(m: Placement, [x, y]: Pixel): Pixel | undefined {
  const det = m.a * m.d - m.b * m.c;
  if (Math.abs(det) < 1e-12) return undefined;
  const [dx, dy] = [x - m.e, y - m.f];
  return [(m.d * dx - m.c * dy) / det, (m.a * dy - m.b * dx) / det];
}

const steps = 64; // of a round line

/** The points of a shape's line, so that any placement can bend it. */
export function lineOf(s: Shape): Pixel[] {
  const [p, q, r, t] = s.points;
  if (s.kind === 'circle' && p && q) return round(p, [q[0] - p[0], q[1] - p[1]], [p[1] - q[1], q[0] - p[0]]);
  if (s.kind === 'ellipse' && p && q && r && t) {
    const half = (u: Pixel, v: Pixel): Pixel => [(v[0] - u[0]) / 2, (v[1] - u[1]) / 2];
    return round([(p[0] + q[0]) / 2, (p[1] + q[1]) / 2], half(p, q), half(r, t));
  }
  return [...s.points];
}

function round(middle: Pixel, u: Pixel, v: Pixel): Pixel[] {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const turn = (2 * Math.PI * i) / steps;
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    return [middle[0] + c * u[0] + s * v[0], middle[1] + c * u[1] + s * v[1]] as const;
  });
}

const cross = 5; // px: half the size of a point's mark

/** The path (SVG 2 9.3) of a shape on the element. */
export function pathOf(s: Shape, place: (p: Pixel) => Pixel): string {
  const at = (p: Pixel) =>
    place(p)
      .map((v) => v.toFixed(1))
      .join(' ');
  const [p] = s.points;
  if (!p) return '';
  if (s.kind === 'point') {
    const [x, y] = place(p).map((v) => Math.round(v * 10) / 10) as [number, number];
    return `M${x - cross} ${y}H${x + cross}M${x} ${y - cross}V${y + cross}`;
  }
  return `M${lineOf(s).map(at).join('L')}`;
}

/** Pairs out of a flat list. */
export function pairs(flat: readonly number[]): Pixel[] {
  const out: Pixel[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) out.push([flat[i] ?? 0, flat[i + 1] ?? 0]);
  return out;
}

export function samePicture(a: PictureRef, b: PictureRef): boolean {
  return a.instance === b.instance && a.frame === b.frame;
}

/** The frames that a Referenced SOP Sequence item means; without a number the first. */
export function framesOf(numbers: readonly number[]): readonly number[] {
  return numbers.length > 0 ? numbers : [1];
}
