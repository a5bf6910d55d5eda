import type { NewPatient, NewRequest, RequestKind, Sex, Vitals } from '@/api/types';
import { type IdProblem, isDate, normalId, readIdNumber } from '@/features/patient/id-number.model';

/** The request form as a value: what was entered, what is missing, what is sent. Pure. */

export interface ChosenPatient {
  id: string;
  name: string;
  sex: Sex;
  age?: string;
  idTail?: string;
}

export interface PatientDraft {
  name: string;
  sex?: Sex;
  birthDate: string;
  idNumber: string;
  phone: string;
  /** A draft that an older version kept has none. */
  latin?: string;
}

export interface AskDraft {
  /** Idempotency key: made once a draft, so that pressing twice sends once. */
  key: string;
  patient?: ChosenPatient;
  fresh?: PatientDraft;
  kind?: RequestKind;
  specialty?: string;
  summary: string;
  consent: boolean;
  emergency: boolean;
  emergencyReason: string;
  vitals: Vitals;
}

export type Missing = 'patient' | 'kind' | 'specialty' | 'summary' | 'consent';

export const emptyPatient: PatientDraft = { name: '', birthDate: '', idNumber: '', phone: '' };

export function emptyDraft(key: string): AskDraft {
  return { key, summary: '', consent: false, emergency: false, emergencyReason: '', vitals: {} };
}

export interface PatientErrors {
  idNumber?: IdProblem;
  birthDate?: 'bad' | 'differs';
  sex?: 'differs';
}

/** What is wrong with a new patient; an empty field is missing, not wrong. */
export function patientErrors(patient: PatientDraft, today = new Date()): PatientErrors {
  const errors: PatientErrors = {};
  if (patient.birthDate && !isDate(patient.birthDate, today)) errors.birthDate = 'bad';
  if (!patient.idNumber.trim()) return errors;
  const id = readIdNumber(patient.idNumber, today);
  if (!id.ok) return { ...errors, idNumber: id.problem };
  if (!errors.birthDate && patient.birthDate && patient.birthDate !== id.birthDate) errors.birthDate = 'differs';
  if (patient.sex && patient.sex !== id.sex) errors.sex = 'differs';
  return errors;
}

/** A complete identity number fills sex and birth date. */
export function withIdNumber(patient: PatientDraft, idNumber: string, today = new Date()): PatientDraft {
  const id = readIdNumber(idNumber, today);
  return id.ok ? { ...patient, idNumber, sex: id.sex, birthDate: id.birthDate } : { ...patient, idNumber };
}

export function patientReady(patient: PatientDraft, today = new Date()): boolean {
  const filled = patient.name.trim() !== '' && patient.sex !== undefined && patient.birthDate !== '';
  return filled && Object.keys(patientErrors(patient, today)).length === 0;
}

export function missing(draft: AskDraft, today = new Date()): Missing[] {
  const list: Missing[] = [];
  if (!draft.patient && !(draft.fresh && patientReady(draft.fresh, today))) list.push('patient');
  if (!draft.kind) list.push('kind');
  if (!draft.specialty) list.push('specialty');
  if (draft.summary.trim() === '') list.push('summary');
  if (!consentOf(draft)) list.push('consent');
  return list;
}

function consentOf(draft: AskDraft): NewRequest['consent'] | undefined {
  if (draft.emergency) {
    const reason = draft.emergencyReason.trim();
    return reason ? { emergencyReason: reason } : undefined;
  }
  return draft.consent ? { given: true } : undefined;
}

export function newPatient(patient: PatientDraft): NewPatient {
  const fresh: NewPatient = { name: patient.name.trim(), sex: patient.sex ?? 'O', birthDate: patient.birthDate };
  if (patient.idNumber.trim()) fresh.idNumber = normalId(patient.idNumber);
  if (patient.phone.trim()) fresh.phone = patient.phone.trim();
  if (patient.latin?.trim()) fresh.latin = patient.latin.trim();
  return fresh;
}

/** What is sent, or undefined while something is missing. The one sentence serves as summary and purpose. */
export function toRequest(draft: AskDraft, today = new Date()): NewRequest | undefined {
  const consent = consentOf(draft);
  if (missing(draft, today).length > 0 || !draft.kind || !draft.specialty || !consent) return undefined;
  const patient = draft.patient ? { id: draft.patient.id } : newPatient(draft.fresh ?? emptyPatient);
  const summary = draft.summary.trim();
  const vitals = Object.fromEntries(Object.entries(draft.vitals).filter(([, value]) => value !== undefined));
  return {
    patient,
    kind: draft.kind,
    specialty: draft.specialty,
    summary,
    purpose: summary,
    consent,
    ...(Object.keys(vitals).length > 0 ? { vitals } : {}),
    submit: true,
  };
}

export const fileLimit = 20 * 1024 * 1024;

export function acceptableFile(file: { type: string; size: number }): boolean {
  return ['image/jpeg', 'image/png', 'application/pdf'].includes(file.type) && file.size <= fileLimit;
}

/** A draft from storage, or undefined when it is not one (an older version wrote it, someone edited it). */
export function readDraft(text: string | null): AskDraft | undefined {
  if (!text) return undefined;
  try {
    const value = JSON.parse(text) as Partial<AskDraft>;
    if (typeof value.key !== 'string' || typeof value.summary !== 'string') return undefined;
    return { ...emptyDraft(value.key), ...value };
  } catch {
    return undefined;
  }
}
