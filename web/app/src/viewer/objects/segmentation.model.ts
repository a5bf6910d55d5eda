/** Segmentations (PS3.3 A.51): which pixels of which pictures belong to what. Pure. */
import { type DicomJson, items, num, numbers, tag, text } from '../dicom.model';
import type { PictureRef, Placement } from './drawing.model';

const t = {
  type: '00620001',
  segments: '00620002',
  number: '00620004',
  label: '00620005',
  colour: '0062000D',
  most: '0062000E',
  identification: '0062000A',
  segment: '0062000B',
  shared: '52009229',
  perFrame: '52009230',
  derivation: '00089124',
  sources: '00082112',
  sopInstance: '00081155',
  frame: '00081160',
  planePosition: '00209113',
  planeOrientation: '00209116',
  measures: '00289110',
  bitsAllocated: '00280100',
} as const;

export type Rgb = readonly [number, number, number];

export interface Segment {
  readonly number: number;
  readonly label: string;
  readonly colour: Rgb;
}

/** Where the pixels of a frame lie in the patient: the middle of the first one, the steps along a row and down a column. */
export interface PixelPlane {
  readonly origin: readonly number[];
  readonly right: readonly number[];
  readonly down: readonly number[];
}

export interface SegmentFrame {
  readonly index: number; // from 0
  readonly segment: number; // 0: the pixels name their segments
  readonly sources: readonly PictureRef[];
  readonly plane?: PixelPlane;
}

export interface Segmentation {
  readonly instance: string;
  readonly kind: 'binary' | 'fractional' | 'labelmap';
  readonly most: number; // of a fractional one: what 100 % is
  readonly bits: number; // of a pixel: 1, 8 or 16
  readonly rows: number;
  readonly columns: number;
  readonly frameOfReference: string;
  readonly segments: readonly Segment[];
  readonly frames: readonly SegmentFrame[];
}

export function segmentationOf(d: DicomJson): Segmentation {
  const shared = items(d, t.shared)[0] ?? {};
  const kinds = { FRACTIONAL: 'fractional', LABELMAP: 'labelmap' } as const;
  const type = text(d, t.type);
  const most = num(d, t.most) ?? 255;
  const frames = items(d, t.perFrame);
  const count = Math.max(1, num(d, tag.frames) ?? 1);
  return {
    instance: text(d, tag.sopInstance),
    kind: type in kinds ? kinds[type as keyof typeof kinds] : 'binary',
    most: most > 0 ? most : 255,
    bits: num(d, t.bitsAllocated) ?? 1,
    rows: num(d, tag.rows) ?? 0,
    columns: num(d, tag.columns) ?? 0,
    frameOfReference: text(d, tag.frameOfReference),
    segments: items(d, t.segments).map((s, i) => {
      const number = num(s, t.number) ?? i + 1;
      return { number, label: text(s, t.label), colour: colourOf(numbers(s, t.colour), number) };
    }),
    frames: frames.slice(0, count).map((f, index) => frameOf(f, shared, index)),
  };
}

function frameOf(own: DicomJson, shared: DicomJson, index: number): SegmentFrame {
  const group = (sequence: string) => items(own, sequence)[0] ?? items(shared, sequence)[0] ?? {};
  const sources = items(own, t.derivation)
    .flatMap((x) => items(x, t.sources))
    .map((s) => ({ instance: text(s, t.sopInstance), frame: numbers(s, t.frame)[0] ?? 1 }));
  return {
    index,
    segment: num(group(t.identification), t.segment) ?? 0,
    sources,
    plane: planeOf({
      position: numbers(group(t.planePosition), tag.position),
      orientation: numbers(group(t.planeOrientation), tag.orientation),
      spacing: numbers(group(t.measures), tag.pixelSpacing),
    }),
  };
}

export function planeOf(p: { position: number[]; orientation: number[]; spacing: number[] }): PixelPlane | undefined {
  const [dy, dx] = p.spacing;
  if (p.position.length !== 3 || p.orientation.length !== 6 || !dx || !dy) return undefined;
  return {
    origin: p.position,
    right: p.orientation.slice(0, 3).map((v) => v * dx),
    down: p.orientation.slice(3).map((v) => v * dy),
  };
}

/** The plane of a picture with one frame. */
export function planeOfPicture(d: DicomJson): PixelPlane | undefined {
  return planeOf({
    position: numbers(d, tag.position),
    orientation: numbers(d, tag.orientation),
    spacing: numbers(d, tag.pixelSpacing),
  });
}

const apart = 0.5; // of the thickness of what lies between two planes, as a share of a pixel's side: nearer is the same plane

/** How the pixels of a frame lie on those of a picture, corner to corner; the same grid where one of the planes is not known. */
export function gridOn(frame: PixelPlane | undefined, picture: PixelPlane | undefined): Placement {
  if (!frame || !picture) return { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };
  const along = (axis: readonly number[], v: readonly number[]) => dot(axis, v) / dot(axis, axis);
  const to = (v: readonly number[]) => [along(picture.right, v), along(picture.down, v)] as const;
  const [a, b] = to(frame.right);
  const [c, d] = to(frame.down);
  const [x, y] = to(frame.origin.map((v, i) => v - (picture.origin[i] ?? 0)));
  // Middles of pixels are half a pixel from their corners.
  return { a, b, c, d, e: x + 0.5 - (a + c) / 2, f: y + 0.5 - (b + d) / 2 };
}

/** The frames that lie on a picture: those that were made of it, or whose plane is its plane. */
export function framesOn(s: Segmentation, p: PictureRef, metadata: DicomJson): readonly SegmentFrame[] {
  const made = s.frames.filter((f) => f.sources.some((r) => r.instance === p.instance && r.frame === p.frame));
  if (made.length > 0 || s.frames.some((f) => f.sources.length > 0)) return made;
  const plane = planeOfPicture(metadata);
  if (!plane || text(metadata, tag.frameOfReference) !== s.frameOfReference) return [];
  return s.frames.filter((f) => f.plane && together(f.plane, plane));
}

function together(a: PixelPlane, b: PixelPlane): boolean {
  const normal = cross(b.right, b.down);
  const size = Math.hypot(...normal);
  const lean = Math.abs(dot(cross(a.right, a.down), normal)) / (Math.hypot(...cross(a.right, a.down)) * size);
  const away =
    Math.abs(
      dot(
        a.origin.map((v, i) => v - (b.origin[i] ?? 0)),
        normal,
      ),
    ) / size;
  return lean > 0.999 && away < apart * Math.hypot(...b.right) + 0.01;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
}

function cross(a: readonly number[], b: readonly number[]): number[] {
  const [x = 0, y = 0, z = 0] = a;
  const [u = 0, v = 0, w = 0] = b;
  return [y * w - z * v, z * u - x * w, x * v - y * u];
}

/** How much of each pixel of a frame belongs to a segment, 0–255; data are the frame's own. Bits are packed, the lowest first (PS3.5 8.1.1). */
export function coverageOf(s: Segmentation, frame: SegmentFrame, segment: number, data: ArrayBuffer): Uint8Array {
  const size = s.rows * s.columns;
  const out = new Uint8Array(size);
  if (s.kind === 'labelmap') {
    const words = s.bits === 16 ? new Uint16Array(data, 0, Math.floor(data.byteLength / 2)) : new Uint8Array(data);
    for (let i = 0; i < size; i++) out[i] = words[i] === segment ? 255 : 0;
    return out;
  }
  if (frame.segment !== segment) return out;
  const bytes = new Uint8Array(data);
  if (s.bits === 1) {
    for (let i = 0; i < size; i++) {
      out[i] = ((bytes[i >> 3] ?? 0) >> (i & 7)) & 1 ? 255 : 0;
    }
    return out;
  }
  const most = s.kind === 'fractional' ? s.most : 1;
  for (let i = 0; i < size; i++) out[i] = Math.min(255, Math.round(((bytes[i] ?? 0) * 255) / most));
  return out;
}

/** Puts a colour where a segment is, over what is there already. */
export function paint(rgba: Uint8ClampedArray, coverage: Uint8Array, colour: Rgb): void {
  for (let i = 0; i < coverage.length; i++) {
    const alpha = coverage[i] ?? 0;
    if (alpha === 0) continue;
    rgba.set([...colour, alpha], i * 4);
  }
}

// Told apart on grey, also by those who see colours differently.
const palette: readonly Rgb[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [204, 121, 167],
  [213, 94, 0],
  [0, 114, 178],
  [170, 220, 120],
];

function colourOf(lab: readonly number[], number: number): Rgb {
  const [l, a, b] = lab;
  if (l === undefined || a === undefined || b === undefined || l === 0) {
    return palette[(Math.max(1, number) - 1) % palette.length] ?? [230, 159, 0];
  }
  return fromLab((l / 65535) * 100, (a / 65535) * 255 - 128, (b / 65535) * 255 - 128);
}

/** CIELab of D50 (PS3.3 C.10.7.1.1) as sRGB (IEC 61966-2-1). */
export function fromLab(l: number, a: number, b: number): Rgb {
  const y = (l + 16) / 116;
  const un = (v: number) => (v > 6 / 29 ? v ** 3 : 3 * (6 / 29) ** 2 * (v - 4 / 29));
  const [x, Y, z] = [0.9642 * un(y + a / 500), un(y), 0.8249 * un(y - b / 200)];
  const linear = [
    3.1339 * x - 1.6169 * Y - 0.4906 * z,
    -0.9785 * x + 1.916 * Y + 0.0333 * z,
    0.072 * x - 0.229 * Y + 1.4057 * z,
  ];
  const [r = 0, g = 0, bl = 0] = linear.map((v) => {
    const c = Math.min(1, Math.max(0, v));
    return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
  });
  return [r, g, bl];
}
