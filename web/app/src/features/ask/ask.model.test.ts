import { describe, expect, it } from 'vitest';
import {
  type AskDraft,
  acceptableFile,
  emptyDraft,
  emptyPatient,
  missing,
  newPatient,
  patientErrors,
  patientReady,
  readDraft,
  toRequest,
  withIdNumber,
} from './ask.model';

const today = new Date('2026-05-01T00:00:00Z');
const id = '000000196503010014';
const full: AskDraft = {
  ...emptyDraft('k'),
  patient: { id: 'p1', name: '某', sex: 'M' },
  kind: 'rescue',
  specialty: 'cardiology',
  summary: ' 胸痛 40 分钟 ',
  consent: true,
};

describe('the request form', () => {
  it('names everything that is missing, in the order of the page', () => {
    expect(missing(emptyDraft('k'), today)).toEqual(['patient', 'kind', 'specialty', 'summary', 'consent']);
    expect(missing({ ...full, summary: '   ' }, today)).toEqual(['summary']);
    expect(missing(full, today)).toEqual([]);
  });

  it('sends the sentence as summary and purpose', () => {
    expect(toRequest(full, today)).toEqual({
      patient: { id: 'p1' },
      kind: 'rescue',
      specialty: 'cardiology',
      summary: '胸痛 40 分钟',
      purpose: '胸痛 40 分钟',
      consent: { given: true },
      submit: true,
    });
  });

  it('takes an emergency instead of consent only with its reason', () => {
    const emergency = { ...full, consent: false, emergency: true };
    expect(missing(emergency, today)).toEqual(['consent']);
    expect(toRequest({ ...emergency, emergencyReason: '昏迷无家属' }, today)?.consent).toEqual({
      emergencyReason: '昏迷无家属',
    });
  });

  it('leaves empty vitals out', () => {
    expect(toRequest({ ...full, vitals: { pulse: 52, spo2: undefined } }, today)?.vitals).toEqual({ pulse: 52 });
    expect(toRequest(full, today)).not.toHaveProperty('vitals');
  });

  it('sends nothing while incomplete', () => {
    expect(toRequest({ ...full, kind: undefined }, today)).toBeUndefined();
  });
});

describe('a new patient', () => {
  it('is filled from the identity number', () => {
    const patient = withIdNumber({ ...emptyPatient, name: '某' }, id, today);
    expect(patient).toMatchObject({ sex: 'M', birthDate: '1965-03-01' });
    expect(patientReady(patient, today)).toBe(true);
  });

  it('is refused when sex or birth date contradict the number', () => {
    const patient = withIdNumber({ ...emptyPatient, name: '某' }, id, today);
    expect(patientErrors({ ...patient, sex: 'F' }, today)).toEqual({ sex: 'differs' });
    expect(patientErrors({ ...patient, birthDate: '1965-03-02' }, today)).toEqual({ birthDate: 'differs' });
    expect(patientReady({ ...patient, sex: 'F' }, today)).toBe(false);
  });

  it('may have no number', () => {
    expect(patientReady({ ...emptyPatient, name: '某', sex: 'F', birthDate: '1990-01-01' }, today)).toBe(true);
    expect(patientReady({ ...emptyPatient, name: '某', sex: 'F', birthDate: '1990-02-30' }, today)).toBe(false);
  });
});

describe('files and drafts', () => {
  it('takes pictures and PDF up to 20 MB', () => {
    expect(acceptableFile({ type: 'image/png', size: 20 * 1024 * 1024 })).toBe(true);
    expect(acceptableFile({ type: 'image/png', size: 20 * 1024 * 1024 + 1 })).toBe(false);
    expect(acceptableFile({ type: 'image/svg+xml', size: 1 })).toBe(false);
  });

  it('survives a damaged stored draft', () => {
    expect(readDraft(JSON.stringify(full))).toEqual(full);
    for (const bad of [null, '', '{', '[]', '{"key":1}']) expect(readDraft(bad)).toBeUndefined();
  });
});

it('sends the Latin name when there is one', () => {
  const wang = { ...emptyPatient, name: '某', sex: 'M' as const, birthDate: '1990-01-01' };
  expect(newPatient(wang)).not.toHaveProperty('latin');
  expect(newPatient({ ...wang, latin: ' Wang Xiaodong ' }).latin).toBe('Wang Xiaodong');
});
