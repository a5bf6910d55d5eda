import type { Correction, Side } from '@/api/truth';

/** The rows of the comparison, in the order in which people check a patient. */
export const rows = [
  'patientName',
  'sex',
  'birthDate',
  'patientId',
  'patientIssuer',
  'accession',
  'accessionIssuer',
  'studyDate',
  'description',
  'device',
] as const;

export type Row = (typeof rows)[number];

/** The rows that some side fills, each with whether the sides disagree; an empty side says nothing. */
export function compare(sides: readonly Side[]): { row: Row; values: string[]; differs: boolean }[] {
  return rows
    .map((row) => {
      const values = sides.map((side) => side[row] ?? '');
      const said = new Set(values.filter(Boolean).map((value) => folded(row, value)));
      return { row, values, differs: identifying(row) && said.size > 1 };
    })
    .filter(({ values }) => values.some(Boolean));
}

/** An exam is often named otherwise by the device than by the order: that is no contradiction. */
const identifying = (row: Row) => row !== 'description' && row !== 'device';

/** Names agree when any of their groups does: a device may write Latin letters only. */
function folded(row: Row, value: string): string {
  if (row !== 'patientName') return value;
  const { latin, chinese } = splitName(value);
  return (chinese || latin).replace(/[\s^]+/g, '').toLowerCase();
}

/** Alphabetic=Ideographic=Phonetic (PS3.5 6.2.1.1). Chinese that stands in the first group counts as Chinese. */
export function splitName(name: string): { latin: string; chinese: string } {
  const [first = '', second = ''] = name.split('=');
  const plain = (group: string) => group.replace(/\^+/g, ' ').trim();
  if (!second && /\p{Script=Han}/u.test(first)) return { latin: '', chinese: plain(first).replace(/\s/g, '') };
  return { latin: plain(first), chinese: plain(second).replace(/\s/g, '') };
}

/** The value of Patient Name for both groups as typed. */
export function joinName({ latin, chinese }: { latin: string; chinese: string }): string {
  const group = latin.trim().replace(/\s+/g, '^');
  const han = chinese.trim();
  return han ? `${group}=${han}` : group;
}

export interface Identity {
  latin: string;
  chinese: string;
  sex: string;
  birthDate: string;
  patientId: string;
  accession: string;
  description: string;
}

export function identityOf(side: Side | undefined): Identity {
  return {
    ...splitName(side?.patientName ?? ''),
    sex: side?.sex ?? '',
    birthDate: side?.birthDate ?? '',
    patientId: side?.patientId ?? '',
    accession: side?.accession ?? '',
    description: side?.description ?? '',
  };
}

/** What differs from what is shown now, by DICOM keyword. */
export function changes(from: Identity, to: Identity): Record<string, string[]> {
  const set: Record<string, string[]> = {};
  const put = (keyword: string, before: string, after: string) => {
    if (before !== after.trim()) set[keyword] = after.trim() ? [after.trim()] : [];
  };
  if (from.latin !== to.latin.trim() || from.chinese !== to.chinese.trim()) set.PatientName = [joinName(to)];
  put('PatientSex', from.sex, to.sex);
  put('PatientBirthDate', from.birthDate, to.birthDate.replace(/-/g, ''));
  put('PatientID', from.patientId, to.patientId);
  put('AccessionNumber', from.accession, to.accession);
  put('StudyDescription', from.description, to.description);
  return set;
}

/** One line for what a correction does. */
export function correctionFacts(c: Correction): { code?: string; count?: number; values: string[] } {
  switch (c.kind) {
    case 'amend':
      return {
        values: Object.entries(c.amend?.set ?? {}).map(([key, value]) => `${key}: ${(value ?? []).join('\\') || '—'}`),
      };
    case 'merge':
      return { values: [`${c.merge?.from.id ?? ''} → ${c.merge?.into.id ?? ''}`] };
    case 'move':
      return { count: c.move?.from.length ?? 0, values: [] };
    case 'reject':
      return { code: c.reject?.code ?? '', count: c.reject?.instances.length ?? 0, values: [] };
    default:
      return { values: [] };
  }
}
