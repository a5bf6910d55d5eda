import type { NewOrder } from '@/api/record-types';
import type { Sex } from '@/api/types';

/** What a device and the people at it have to know so that nobody is harmed, and when it is asked. Pure. */

export type SafetyField = 'laterality' | 'contrast' | 'allergies' | 'pregnancy' | 'weightKg';

export interface SafetyDraft {
  laterality?: 'L' | 'R' | 'B';
  contrast: string;
  allergies: string;
  pregnancy?: 'no' | 'possible' | 'yes';
  weightKg: string;
}

export const noSafety: SafetyDraft = { contrast: '', allergies: '', weightKg: '' };

export interface Examined {
  modality: string;
  bodyPart: string;
  exam: string;
  sex?: Sex;
  /** Years; undefined: not known. */
  age?: number;
}

const rays = ['DX', 'CR', 'CT', 'MG', 'RF', 'XA'];
const pairedParts = ['HAND', 'WRIST', 'ELBOW', 'SHOULDER', 'HIP', 'KNEE', 'ANKLE', 'FOOT', 'BREAST', 'EYE', 'EAR'];
const pairedWords =
  /[手腕肘肩髋膝踝足脚眼耳乳臂腿]|股骨|胫|腓|桡|尺骨|肱骨|锁骨|\b(hand|wrist|elbow|shoulder|hip|knee|ankle|foot|breast|eye|ear|arm|leg)\b/i;

/** What is asked of this exam of this patient, in the order of the form. */
export function safetyFields(of: Examined, contrast: string): SafetyField[] {
  const fields: SafetyField[] = [];
  if (of.modality !== 'ECG' && (pairedParts.includes(of.bodyPart) || pairedWords.test(of.exam)))
    fields.push('laterality');
  const injects = of.modality === 'CT' || of.modality === 'MR';
  if (injects) fields.push('contrast');
  if (injects && contrast.trim()) fields.push('allergies');
  if (of.modality === 'MR' || (injects && contrast.trim())) fields.push('weightKg');
  if ((rays.includes(of.modality) || of.modality === 'MR') && mayBePregnant(of)) fields.push('pregnancy');
  return fields;
}

const mayBePregnant = ({ sex, age }: Examined) => sex !== 'M' && (age === undefined || (age >= 12 && age <= 55));

/** A weight as typed; undefined: none, NaN: not one. */
export function weightOf(text: string): number | undefined {
  if (!text.trim()) return undefined;
  const value = Number(text.replace(',', '.'));
  return value > 0 && value <= 500 ? value : Number.NaN;
}

/** Of what was filled in only what is still asked; nothing empty is sent. */
export function safetyOf(draft: SafetyDraft, asked: readonly SafetyField[]): Partial<Pick<NewOrder, SafetyField>> {
  const all = {
    laterality: draft.laterality,
    contrast: draft.contrast.trim() || undefined,
    allergies: draft.allergies.trim() || undefined,
    pregnancy: draft.pregnancy,
    weightKg: weightOf(draft.weightKg),
  };
  return Object.fromEntries(asked.filter((field) => all[field] !== undefined).map((field) => [field, all[field]]));
}

/** `36岁` as the service says it, or the years since a birth date. */
export function yearsOf(
  age: string | undefined,
  birthDate: string | undefined,
  today = new Date(),
): number | undefined {
  const said = /^(\d+)\s*(岁|月|天)$/.exec(age ?? '');
  if (said) return said[2] === '岁' ? Number(said[1]) : 0;
  const born = birthDate ? new Date(birthDate) : undefined;
  if (!born || Number.isNaN(born.getTime())) return undefined;
  const passed = today.getMonth() * 31 + today.getDate() >= born.getMonth() * 31 + born.getDate();
  return today.getFullYear() - born.getFullYear() - (passed ? 0 : 1);
}
