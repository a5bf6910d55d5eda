/** What a pixel of a picture measures, or why nothing is measured there. Pure. */
import { type DicomJson, num, numbers, tag, text } from '../dicom.model';
import { type Region, regionAt, regionsOf, type Trace, touches, traceOf } from './region.model';

/**
 * Where a scale comes from. calibrated: in the body; estimated: in the body, by the file's own magnification, or in a way that it does not say;
 * detector: at the detector, where a body is magnified (PS3.3 10.7.1.3); projected: known there alone and magnified so much that it is no
 * length, pixels only; region: an ultrasound region's own; user: a reader's known length; none: pixels only.
 */
export type ScaleSource = 'calibrated' | 'estimated' | 'detector' | 'projected' | 'region' | 'user' | 'none';

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
/** The body stands in the middle between source and detector. */
const far = new Set(['XA', 'RF']);
const projections = new Set(['CR', 'DX', 'MG', 'IO', 'PX', 'RF', 'XA', 'RG', 'DR', 'XC']);

/** The scale that the file gives to the whole picture. */
export function fileScale(d: DicomJson): Scale {
  const spacing = positive(numbers(d, tag.pixelSpacing));
  const imager = positive(numbers(d, tag.imagerSpacing));
  if (spacing && inBody(d)) return { x: spacing[1], y: spacing[0], unit: 'mm', source: 'calibrated' };
  if ((spacing || imager) && far.has(text(d, tag.modality))) return farScale(d, spacing, imager);
  if (spacing) return { x: spacing[1], y: spacing[0], unit: 'mm', source: 'detector' };
  if (imager) return { x: imager[1], y: imager[0], unit: 'mm', source: 'detector' };
  const aspect = positive(numbers(d, aspectRatio)); // vertical over horizontal
  return { x: 1, y: aspect ? aspect[0] / aspect[1] : 1, unit: 'px', source: 'none' };
}

/** A projection is calibrated only if it says so (PS3.3 10.7.1.1): many give the detector's spacing twice. */
function inBody(d: DicomJson): boolean {
  const projection = numbers(d, tag.orientation).length !== 6 && projections.has(text(d, tag.modality));
  return !projection || text(d, calibrationType) !== '';
}

type Spacing = readonly [rows: number, columns: number];

/** A body far from the detector: in its own scale as far as the file gives one, else in pixels. */
function farScale(d: DicomJson, spacing: Spacing | undefined, imager: Spacing | undefined): Scale {
  const mm = (s: Spacing, times: number): Scale => ({
    x: s[1] / times,
    y: s[0] / times,
    unit: 'mm',
    source: 'estimated',
  });
  const plate = imager ?? spacing ?? [1, 1];
  // Other than the detector's own, it was made for the body, though nothing says how (PS3.3 10.7.1.1).
  if (spacing && (!imager || Math.abs(spacing[0] / imager[0] - 1) > 0.01)) return mm(spacing, 1);
  const times = magnification(d);
  return times ? mm(plate, times) : { x: 1, y: plate[0] / plate[1], unit: 'px', source: 'projected' };
}

/** How much larger a body stands on the detector, by what the device estimated or by the distances of source, patient and detector. */
function magnification(d: DicomJson): number | undefined {
  const [estimated, detector, patient] = ['00181114', '00181110', '00181111'].map((t) => num(d, t) ?? 0);
  const times = estimated || (detector && patient ? detector / patient : 0);
  return times >= 1 ? times : undefined;
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
export function scaleWarning(d: DicomJson): Exclude<ScaleSource, 'calibrated' | 'region' | 'user'> | undefined {
  const { source } = fileScale(d);
  if (source === 'calibrated' || source === 'region' || source === 'user') return undefined;
  return regionsOf(d).length === 0 ? source : undefined;
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
