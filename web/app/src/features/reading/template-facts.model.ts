/** A template while it is edited. Pure. */
import type { Draft, Reading, Template, TemplateFacts } from '@/api/readings';
import { linesOfText, parseLines, printLines } from './notation.model';

/** The fields of the form: everything as text. */
export interface TemplateForm {
  readonly name: string;
  readonly modality: string;
  readonly bodyPart: string;
  readonly sex: '' | 'M' | 'F';
  readonly minAge: string;
  readonly maxAge: string;
  readonly technique: string;
  readonly lines: string; // in the notation
  readonly impression: string;
}

/** What is being written, as the beginning of a template of one's own. */
export function factsOf(reading: Reading, d: Draft): Template {
  return {
    id: '',
    owner: 'person',
    version: 0,
    name: '',
    modality: reading.modality,
    bodyPart: reading.bodyPart ?? '',
    technique: d.technique,
    lines: linesOfText(d.findings),
    impression: d.impression,
  };
}

export function formOf(t: TemplateFacts | undefined): TemplateForm {
  const years = (n: number | undefined) => (n ? String(n) : '');
  return {
    name: t?.name ?? '',
    modality: t?.modality ?? 'DX',
    bodyPart: t?.bodyPart ?? '',
    sex: t?.sex === 'M' || t?.sex === 'F' ? t.sex : '',
    minAge: years(t?.minAge),
    maxAge: years(t?.maxAge),
    technique: t?.technique ?? '',
    lines: printLines(t?.lines ?? []),
    impression: t?.impression ?? '',
  };
}

type FormTrouble =
  | { readonly field: 'name' | 'modality' | 'lines' | 'ages'; readonly why: 'missing' | 'ages' }
  | { readonly field: 'lines'; readonly why: 'colon' | 'orphan'; readonly line: number };

/** The template of a form, or what is wrong with it. */
export function factsOfForm(f: TemplateForm): TemplateFacts | FormTrouble {
  const parsed = parseLines(f.lines);
  if (f.name.trim() === '') return { field: 'name', why: 'missing' };
  if (f.modality.trim() === '') return { field: 'modality', why: 'missing' };
  if (!parsed.ok) return { field: 'lines', why: parsed.why, line: parsed.line };
  if (parsed.lines.length === 0 && f.impression.trim() === '') return { field: 'lines', why: 'missing' };
  const minAge = Number(f.minAge) || undefined;
  const maxAge = Number(f.maxAge) || undefined;
  if (maxAge !== undefined && maxAge <= (minAge ?? 0)) return { field: 'ages', why: 'ages' };
  return {
    name: f.name.trim(),
    modality: f.modality.trim().toUpperCase(),
    bodyPart: f.bodyPart.trim(),
    ...(f.sex && { sex: f.sex }),
    ...(minAge && { minAge }),
    ...(maxAge && { maxAge }),
    technique: f.technique.trim(),
    lines: parsed.lines,
    impression: f.impression.trim(),
  };
}

export function isTrouble(x: TemplateFacts | FormTrouble): x is FormTrouble {
  return 'why' in x;
}
