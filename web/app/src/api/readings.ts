import { queryOptions } from '@tanstack/react-query';
import type { Measurement } from '@/viewer/measurements.model';
import { http, keyed, take, takeItems } from './client';
import type { PatientBrief, PersonRef } from './types';

/** Read tasks and their reports (see /api/openapi.json). */

export type ReadingState =
  | 'created'
  | 'eligible'
  | 'offered'
  | 'claimed'
  | 'reading'
  | 'submitted'
  | 'in_review'
  | 'returned'
  | 'released'
  | 'closed'
  | 'put_aside'
  | 'unassigned'
  | 'cancelled';

export type Priority = 'stat' | 'urgent' | 'routine';

export interface ReadingSummary {
  id: string;
  version: number;
  state: ReadingState;
  /** Absent for a first read. */
  kind?: 'addendum' | 'correction';
  parent?: string;
  priority: Priority;
  patient: PatientBrief;
  accession?: string;
  modality: string;
  bodyPart?: string;
  description?: string;
  institution: { id: string; short: string };
  study: string;
  completeAt?: string;
  dueAt?: string;
  slaPercent?: number;
  reader?: PersonRef;
  reviewer?: PersonRef;
  lock?: { person: PersonRef; until: string };
  critical?: boolean;
  criticalState?: CriticalState;
  images?: number;
  late?: boolean;
  corrected?: boolean;
  actions: string[];
}

export type CriticalState =
  | 'flagged'
  | 'notifying'
  | 'delivered'
  | 'acknowledged'
  | 'acted'
  | 'closed'
  | 'escalated'
  | 'downgraded';

/** How a signed version came about. */
export type ReportStep = 'submitted' | 'preliminary' | 'returned' | 'final' | 'addendum' | 'correction';

export interface ReportVersion {
  version: number;
  state: ReportStep;
  reading: string;
  author?: PersonRef;
  at?: string;
  technique?: string;
  findings: string;
  impression: string;
  reason?: string;
  discrepancy?: number;
}

export interface Report {
  state: string;
  version: number;
  technique?: string;
  findings: string;
  impression: string;
  positive?: boolean;
  critical?: boolean;
  writer?: PersonRef;
  writtenAt?: string;
  reviewer?: PersonRef;
  reviewedAt?: string;
  history?: ReportVersion[];
  /** Why a correction is being written. */
  recalled?: string;
  /** An emergency report with one signature. */
  preliminary?: boolean;
  warnings?: { code: string; word: string }[] | null;
}

export interface Prior {
  study: string;
  reading?: string;
  date?: string;
  modality: string;
  description?: string;
  impression?: string;
}

export interface Addendum {
  id: string;
  kind: 'addendum' | 'correction';
  state: ReadingState;
  text?: string;
  by?: PersonRef;
  at?: string;
}

export interface Reading extends ReadingSummary {
  report?: Report;
  order?: { id: string; number?: string; exam: string; clinical?: string; orderedBy?: PersonRef };
  priors?: Prior[];
  template?: string;
  returnedReason?: string;
  addenda?: Addendum[];
}

export interface Template {
  id: string;
  name: string;
  modality: string;
  bodyPart: string;
  technique: string;
  findings: string;
  impression: string;
}

export type ReadingScope = 'pool' | 'mine' | 'review' | 'released';

const by = (id: string) => ({ params: { path: { id } } });

export const readingListQuery = (scope: ReadingScope) =>
  queryOptions({
    queryKey: ['readings', scope],
    refetchInterval: 20_000,
    queryFn: ({ signal }) =>
      takeItems<ReadingSummary>(http.GET('/api/readings', { params: { query: { scope } }, signal })),
  });

export const readingQuery = (id: string) =>
  queryOptions({
    queryKey: ['reading', id],
    queryFn: ({ signal }) => take<Reading>(http.GET('/api/readings/{id}', { ...by(id), signal })),
  });

/** What a command carries beside the version that was seen. */
export interface CommandBody {
  version: number;
  reason?: string;
  discrepancy?: number;
  preliminary?: boolean;
}

type Run = (id: string, body: CommandBody, key: string) => Promise<Reading>;

const commands = {
  claim: (id, body, key) => take<Reading>(http.POST('/api/readings/{id}/claim', { ...by(id), ...keyed(key), body })),
  aside: (id, body, key) => take<Reading>(http.POST('/api/readings/{id}/aside', { ...by(id), ...keyed(key), body })),
  submit: (id, body, key) => take<Reading>(http.POST('/api/readings/{id}/submit', { ...by(id), ...keyed(key), body })),
  'take-review': (id, body, key) =>
    take<Reading>(http.POST('/api/readings/{id}/take-review', { ...by(id), ...keyed(key), body })),
  return: (id, body, key) => take<Reading>(http.POST('/api/readings/{id}/return', { ...by(id), ...keyed(key), body })),
  release: (id, body, key) =>
    take<Reading>(http.POST('/api/readings/{id}/release', { ...by(id), ...keyed(key), body })),
  recall: (id, body, key) => take<Reading>(http.POST('/api/readings/{id}/recall', { ...by(id), ...keyed(key), body })),
  addendum: (id, body, key) =>
    take<Reading>(http.POST('/api/readings/{id}/addendum', { ...by(id), ...keyed(key), body })),
} satisfies Record<string, Run>;

export type ReadingCommand = keyof typeof commands;

export const commandReading = (id: string, command: ReadingCommand, body: CommandBody, key: string) =>
  commands[command](id, body, key);

/** Renews the lock of a task that is ours. */
export const renewLock = (id: string) => take(http.POST('/api/readings/{id}/heartbeat', { ...by(id), body: {} }));

export interface Draft {
  technique: string;
  findings: string;
  impression: string;
}

export const saveReport = (id: string, version: number, draft: Draft) =>
  take<Reading>(http.PUT('/api/readings/{id}/report', { ...by(id), body: { version, ...draft } }));

export const templatesQuery = (modality: string, bodyPart: string) =>
  queryOptions({
    queryKey: ['templates', modality, bodyPart],
    staleTime: 60 * 60_000,
    queryFn: ({ signal }) =>
      takeItems<Template>(http.GET('/api/templates', { params: { query: { modality, bodyPart } }, signal })),
  });

export interface KeptMeasurements {
  version: number;
  items: Measurement[] | null;
}

export const measurementsQuery = (id: string) =>
  queryOptions({
    queryKey: ['measurements', id],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => take<KeptMeasurements>(http.GET('/api/readings/{id}/measurements', { ...by(id), signal })),
  });

export const saveMeasurements = (id: string, version: number, items: Measurement[]) =>
  take<KeptMeasurements>(http.PUT('/api/readings/{id}/measurements', { ...by(id), body: { version, items } }));

export const flagCritical = (id: string, version: number, category: number, text: string) =>
  take(http.POST('/api/readings/{id}/critical', { ...by(id), body: { version, category, text } }));
