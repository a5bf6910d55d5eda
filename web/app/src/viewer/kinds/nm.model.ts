/** Scintigrams: what each frame of an object is, by the vectors that index its frames (PS3.3 C.8.4.8). Pure. */
import { type DicomJson, items, num, numbers, tag, text } from '../dicom.model';
import { add, cross, scale, vec } from '../vector.model';

export type FrameKind =
  | 'window'
  | 'detector'
  | 'phase'
  | 'rotation'
  | 'interval'
  | 'slot'
  | 'slice'
  | 'view'
  | 'timeSlice';

/** A frame is the n-th of so many of a kind; name is what the device calls it. */
export interface FrameLabel {
  readonly kind: FrameKind;
  readonly n: number;
  readonly of: number;
  readonly name?: string;
}

const sliceVector = '00540080';
const detectors = '00540022';
const spacing = '00180088';

const vectors: readonly (readonly [FrameKind, string])[] = [
  ['window', '00540010'],
  ['detector', '00540020'],
  ['phase', '00540030'],
  ['rotation', '00540050'],
  ['interval', '00540060'],
  ['slot', '00540070'],
  ['view', '00540090'],
  ['slice', sliceVector],
  ['timeSlice', '00540100'],
];

/** What tells a frame (from 1) apart from the others of its object; what is the same for all is left out. */
export function labelsOf(d: DicomJson, frame: number): FrameLabel[] {
  return vectors.flatMap(([kind, vector]): FrameLabel[] => {
    const all = numbers(d, vector);
    const n = all[frame - 1];
    const of = all.reduce((most, v) => Math.max(most, v), 0);
    if (n === undefined || of < 2) return [];
    const name = nameOf(d, kind, n);
    return [name ? { kind, n, of, name } : { kind, n, of }];
  });
}

/** Energy Window Name; from where a detector looks, by its View Code. */
function nameOf(d: DicomJson, kind: FrameKind, n: number): string {
  if (kind === 'window') return text(items(d, '00540012')[n - 1] ?? {}, '00540018');
  const view = kind === 'detector' ? items(items(d, detectors)[n - 1] ?? {}, tag.viewCode)[0] : undefined;
  return view ? text(view, tag.codeMeaning) : '';
}

/** Its frames are slices that were made of views: they are one body. */
export function isReconstructed(d: DicomJson): boolean {
  return /^RECON /.test(String(d[tag.imageType]?.Value?.[2] ?? ''));
}

/**
 * The headers of the slices of a reconstruction, each with its place: the first lies where the detector says, the others behind it along its normal, or
 * before it where the spacing is negative (PS3.3 C.8.4.11, C.8.4.15). Undefined where that is not said.
 */
export function placedSlices(d: DicomJson, count: number): DicomJson[] | undefined {
  const detector = items(d, detectors)[0];
  if (!detector || !isReconstructed(d)) return undefined;
  const [position, orientation] = [numbers(detector, tag.position), numbers(detector, tag.orientation)];
  if (position.length !== 3 || orientation.length !== 6) return undefined;
  const step = scale(cross(vec(orientation), vec(orientation.slice(3))), num(d, spacing) ?? 0);
  const slices = numbers(d, sliceVector);
  const { [tag.frames]: _, ...root } = d; // each is as an object of one frame
  return Array.from({ length: count }, (_, i) => ({
    ...root,
    [tag.orientation]: { vr: 'DS', Value: orientation },
    [tag.position]: { vr: 'DS', Value: [...add(vec(position), scale(step, (slices[i] ?? i + 1) - 1))] },
  }));
}
