/** What a pixel of a picture measures, or why nothing is measured there. Pure. */
import { type DicomJson, numbers, tag, text } from '../dicom.model';
import { type Region, regionAt, regionsOf, type Trace, touches, traceOf } from './region.model';

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
  /** Time goes to the right here; then x and y are no lengths, and this says what they are. */
  readonly trace?: Trace;
}

/** outside: of every ultrasound region; across: from one into another; axes: what the region's axes are is not known, or is nothing to be measured. */
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

function regionScale(regions: readonly Region[], points: readonly Pixel[]): Scale | Refusal {
  const whole = regionAt(regions, points);
  if (!whole) return touches(regions, points) ? 'across' : 'outside';
  const trace = traceOf(whole);
  if (trace) return { x: 1, y: 1, unit: 'px', source: 'region', trace };
  if (whole.x.unit !== 'cm' || whole.y.unit !== 'cm' || !whole.x.delta || !whole.y.delta) return 'axes';
  const mm = (delta: number) => Math.abs(delta) * 10;
  return { x: mm(whole.x.delta), y: mm(whole.y.delta), unit: 'mm', source: 'region' };
}
