/** What a pixel of a picture measures, or why nothing is measured there. Pure. */
import { type DicomJson, items, num, numbers, tag, text } from '../dicom.model';

/**
 * Where a scale comes from. calibrated: in the body; detector: at the detector, where a body is magnified (PS3.3 10.7.1.3);
 * region: an ultrasound region's own; user: a reader's known length; none: pixels only.
 */
export type ScaleSource = 'calibrated' | 'detector' | 'region' | 'user' | 'none';

export interface Scale {
  readonly x: number; // units to a pixel along a row
  readonly y: number; // along a column
  readonly unit: 'mm' | 'px';
  readonly source: ScaleSource;
}

/** outside: of every ultrasound region; across: from one into another; axes: the region's axes are not both lengths. */
export type Refusal = 'outside' | 'across' | 'axes';

/** Column and row of a picture, with fractions. */
export type Pixel = readonly [x: number, y: number];

const calibrationType = '00280A02';
const aspectRatio = '00280034';
const projections = new Set(['CR', 'DX', 'MG', 'IO', 'PX', 'RF', 'XA', 'RG', 'DR', 'XC']);

/** The scale that the file gives to the whole picture. */
export function fileScale(d: DicomJson): Scale {
  const spacing = positive(numbers(d, tag.pixelSpacing));
  const imager = positive(numbers(d, tag.imagerSpacing));
  if (spacing) return { x: spacing[1], y: spacing[0], unit: 'mm', source: inBody(d) ? 'calibrated' : 'detector' };
  if (imager) return { x: imager[1], y: imager[0], unit: 'mm', source: 'detector' };
  const aspect = positive(numbers(d, aspectRatio)); // vertical over horizontal
  return { x: 1, y: aspect ? aspect[0] / aspect[1] : 1, unit: 'px', source: 'none' };
}

/** A projection is calibrated only if it says so (PS3.3 10.7.1.1): many give the detector's spacing twice. */
function inBody(d: DicomJson): boolean {
  const projection = numbers(d, tag.orientation).length !== 6 && projections.has(text(d, tag.modality));
  return !projection || text(d, calibrationType) !== '';
}

function positive(v: readonly number[]): readonly [number, number] | undefined {
  const [a = 0, b = 0] = v;
  return v.length === 2 && a > 0 && b > 0 ? [a, b] : undefined;
}

/** The scale for a figure through these points; factor is a reader's calibration, true length over measured length. */
export function scaleAt(d: DicomJson, points: readonly Pixel[], factor?: number): Scale | Refusal {
  const regions = regionsOf(d);
  if (regions.length > 0) return regionScale(regions, points);
  const file = fileScale(d);
  return factor ? { x: file.x * factor, y: file.y * factor, unit: 'mm', source: 'user' } : file;
}

/** Pictures whose scale is not known in the body, and only those, may be calibrated by a reader. */
export function mayCalibrate(d: DicomJson): boolean {
  return regionsOf(d).length === 0 && fileScale(d).source !== 'calibrated';
}

/** What stands at the corner of a picture whose lengths are not those of the body; nothing where they are. */
export function scaleWarning(d: DicomJson): 'detector' | 'none' | undefined {
  const { source } = fileScale(d);
  return regionsOf(d).length === 0 && (source === 'detector' || source === 'none') ? source : undefined;
}

interface Region {
  readonly low: boolean; // drawn below others where they overlap
  readonly from: Pixel;
  readonly to: Pixel;
  readonly x: number; // mm to a pixel; 0 where the axis is no length
  readonly y: number;
}

/** Sequence of Ultrasound Regions (PS3.3 C.8.5.5). */
function regionsOf(d: DicomJson): Region[] {
  return items(d, '00186011').flatMap((r) => {
    const [x0, y0, x1, y1] = ['00186018', '0018601A', '0018601C', '0018601E'].map((t) => num(r, t));
    if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined) return [];
    const low = ((num(r, '00186016') ?? 0) & 1) === 1;
    return [{ low, from: [x0, y0], to: [x1, y1], x: mm(r, '00186024', '0018602C'), y: mm(r, '00186026', '0018602E') }];
  });
}

function mm(region: DicomJson, unit: string, delta: string): number {
  const centimetres = 3;
  return num(region, unit) === centimetres ? Math.abs(num(region, delta) ?? 0) * 10 : 0;
}

function regionScale(regions: readonly Region[], points: readonly Pixel[]): Scale | Refusal {
  const whole = regions.filter((r) => points.every((p) => inside(r, p))).sort(byPlace)[0];
  if (!whole) return regions.some((r) => points.some((p) => inside(r, p))) ? 'across' : 'outside';
  if (whole.x === 0 || whole.y === 0) return 'axes';
  return { x: whole.x, y: whole.y, unit: 'mm', source: 'region' };
}

function inside(r: Region, [x, y]: Pixel): boolean {
  // A region's last pixel belongs to it, with the half beyond its middle.
  return x >= r.from[0] - 0.5 && x <= r.to[0] + 0.5 && y >= r.from[1] - 0.5 && y <= r.to[1] + 0.5;
}

/** The one on top: high priority first, then the smaller. */
function byPlace(a: Region, b: Region): number {
  const size = (r: Region) => (r.to[0] - r.from[0]) * (r.to[1] - r.from[1]);
  return Number(a.low) - Number(b.low) || size(a) - size(b);
}
