/** The DICOM JSON model (PS3.18 F.2) and the few questions that the viewer asks of it. Pure. */

interface Attribute {
  vr: string;
  Value?: unknown[];
  BulkDataURI?: string;
  InlineBinary?: string;
}

export type DicomJson = Record<string, Attribute | undefined>;

interface PersonName {
  Alphabetic?: string;
  Ideographic?: string;
  Phonetic?: string;
}

export const tag = {
  imageType: '00080008',
  sopClass: '00080016',
  sopInstance: '00080018',
  modality: '00080060',
  manufacturer: '00080070',
  institution: '00080080',
  studyDate: '00080020',
  studyTime: '00080030',
  contentDate: '00080023',
  studyDescription: '00081030',
  seriesDescription: '0008103E',
  patientName: '00100010',
  patientId: '00100020',
  birthDate: '00100030',
  sex: '00100040',
  bodyPart: '00180015',
  kvp: '00180060',
  sliceThickness: '00180050',
  frameTime: '00181063',
  cineRate: '00180040',
  studyUid: '0020000D',
  seriesUid: '0020000E',
  seriesNumber: '00200011',
  instanceNumber: '00200013',
  position: '00200032',
  orientation: '00200037',
  frameOfReference: '00200052',
  laterality: '00200060',
  imageLaterality: '00200062',
  patientOrientation: '00200020',
  viewPosition: '00185101',
  viewCode: '00540220',
  codeMeaning: '00080104',
  sliceLocation: '00201041',
  samples: '00280002',
  photometric: '00280004',
  frames: '00280008',
  transferSyntax: '00083002',
  rows: '00280010',
  columns: '00280011',
  pixelSpacing: '00280030',
  imagerSpacing: '00181164',
  bitsStored: '00280101',
  windowCenter: '00281050',
  windowWidth: '00281051',
  waveforms: '54000100',
  document: '00420011',
  mimeType: '00420012',
} as const;

export function first(d: DicomJson, t: string): unknown {
  return d[t]?.Value?.[0];
}

export function text(d: DicomJson, t: string): string {
  const v = first(d, t);
  return v === undefined || v === null ? '' : String(v);
}

export function num(d: DicomJson, t: string): number | undefined {
  const v = first(d, t);
  if (v === undefined || v === null || v === '') return undefined;
  const n = Number(v);
  return Number.isFinite(n) ? n : undefined;
}

export function numbers(d: DicomJson, t: string): number[] {
  const values = d[t]?.Value ?? [];
  const out = values.map(Number);
  return out.every(Number.isFinite) ? out : [];
}

export function items(d: DicomJson, t: string): DicomJson[] {
  return (d[t]?.Value ?? []) as DicomJson[];
}

/** The name as the patient writes it: ideographic where there is one (PS3.5 6.2.1.1), carets as spaces. */
export function personName(d: DicomJson, t: string): string {
  const v = first(d, t);
  if (typeof v === 'string') return tidyName(v);
  const n = (v ?? {}) as PersonName;
  return tidyName(n.Ideographic || n.Alphabetic || n.Phonetic || '');
}

function tidyName(name: string): string {
  const parts = name.split('^').filter(Boolean);
  const chinese = /\p{Script=Han}/u.test(name);
  return parts.join(chinese ? '' : ' ').trim();
}

/** 20261121 → 2026-11-21; anything else unchanged. */
export function dateText(da: string): string {
  return /^\d{8}$/.test(da) ? `${da.slice(0, 4)}-${da.slice(4, 6)}-${da.slice(6, 8)}` : da;
}
