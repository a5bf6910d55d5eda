/** What comes with pictures and is none. Pure. */
import { type DicomJson, tag, text } from '../dicom.model';

export type ObjectKind = 'report' | 'presentation' | 'selection' | 'segmentation';

const classes: readonly [RegExp, ObjectKind][] = [
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.88\.59$/, 'selection'],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.88\./, 'report'],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.11\./, 'presentation'],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.66\.[47]$/, 'segmentation'],
];

export function objectKind(d: DicomJson): ObjectKind | undefined {
  const sop = text(d, tag.sopClass);
  return classes.find(([pattern]) => pattern.test(sop))?.[1];
}
