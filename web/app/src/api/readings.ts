import { queryOptions } from '@tanstack/react-query';
import type { Measurement } from '@/viewer/measurements.model';
import { http, keyed, take, takeItems } from './client';
import type { PatientBrief, PersonRef, Sex } from './types';

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
  /** The side that the images name. */
  laterality?: string;
  description?: string;
  institution: { id: string; short: string };
  study: string;
  completeAt?: string;
  dueAt?: string;
  slaPercent?: number;
  reader?: PersonRef;
  reviewer?: PersonRef;
  lock?: { person: PersonRef; until: string; since?: string };
  keptFor?: string;
  keptUntil?: string;
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
  /** In what an exam from elsewhere contradicts the patient. */
  differs?: string[];
  modality: string;
  description?: string;
  technique?: string;
  findings?: string;
  impression?: string;
  writer?: string;
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

/** An abnormal text for an organ, and the sentence it offers for the impression. */
interface TemplateVariant {
  name: string;
  text: string;
  impression?: string;
}

/** What the findings say of one organ. */
export interface TemplateLine {
  organ: string;
  normal: string;
  variants?: TemplateVariant[];
}

/** A report to start from; its texts may hold blanks (see blanks.model). */
export interface Template extends TemplateFacts {
  id: string;
  owner: TemplateOwner | 'program';
  version: number;
}

/** Whose a template is that somebody here may change. */
export type TemplateOwner = 'person' | 'institution';

export interface TemplateFacts {
  name: string;
  language?: 'zh' | 'en';
  modality: string;
  bodyPart: string;
  sex?: Sex;
  minAge?: number;
  maxAge?: number;
  technique: string;
  lines: TemplateLine[];
  impression: string;
}

export interface Macro {
  key: string;
  text: string;
}

export type ReadingScope = 'pool' | 'mine' | 'review' | 'released';

const by = (id: string) => ({ params: { path: { id } } });

export const readingListQuery = (scope: ReadingScope) =>
  queryOptions({
    queryKey: ['readings', scope],
    refetchInterval: 20_000,
    queryFn: ({ signal }) =>
      takeItems<ReadingSummary>(http.GET('/api/readings', { params: { query: { scope, limit: 200 } }, signal })),
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
  /** Codes of warnings that stop a signature and that were looked into. */
  confirmed?: string[];
}

type Run = (id: string, body: CommandBody, key: string) => Promise<Reading>;

const commands = {
  claim: (id, body, key) => take<Reading>(http.POST('/api/readings/{id}/claim', { ...by(id), ...keyed(key), body })),
  aside: (id, body, key) => take<Reading>(http.POST('/api/readings/{id}/aside', { ...by(id), ...keyed(key), body })),
  skip: (id, body, key) => take<Reading>(http.POST('/api/readings/{id}/skip', { ...by(id), ...keyed(key), body })),
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

export interface TemplateQuery {
  modality?: string;
  bodyPart?: string;
  language?: 'zh' | 'en';
  sex?: Sex;
  age?: number;
}

export const templatesQuery = (query: TemplateQuery) =>
  queryOptions({
    queryKey: ['templates', query],
    staleTime: 10 * 60_000,
    queryFn: ({ signal }) => takeItems<Template>(http.GET('/api/templates', { params: { query }, signal })),
  });

/** Keeps a new template, or changes one (with its identifier and the version that was seen). */
export const saveTemplate = (owner: TemplateOwner, facts: TemplateFacts, id?: string, version?: number) =>
  id
    ? take<Template>(http.PUT('/api/templates/{id}', { ...by(id), body: { ...facts, owner, version } }))
    : take<Template>(http.POST('/api/templates', { body: { ...facts, owner } }));

export const retireTemplate = (owner: TemplateOwner, id: string) =>
  take(http.DELETE('/api/templates/{id}', { params: { path: { id }, query: { owner } } }));

export interface Macros {
  version: number;
  items: Macro[];
}

export const macrosQuery = queryOptions({
  queryKey: ['macros'],
  staleTime: 10 * 60_000,
  queryFn: ({ signal }) => take<Macros>(http.GET('/api/macros', { signal })),
});

export const saveMacros = (version: number, items: Macro[]) =>
  take<Macros>(http.PUT('/api/macros', { body: { version, items } }));

export interface KeptMeasurements {
  version: number;
  items: Measurement[] | null;
}

export const measurementsQuery = (id: string) =>
  queryOptions({
    queryKey: ['measurements', id],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => keptMeasurements(id, signal),
  });

export const keptMeasurements = (id: string, signal?: AbortSignal) =>
  take<KeptMeasurements>(http.GET('/api/readings/{id}/measurements', { ...by(id), signal }));

export const saveMeasurements = (id: string, version: number, items: Measurement[]) =>
  take<KeptMeasurements>(http.PUT('/api/readings/{id}/measurements', { ...by(id), body: { version, items } }));

export const flagCritical = (id: string, version: number, category: number, text: string) =>
  take(http.POST('/api/readings/{id}/critical', { ...by(id), body: { version, category, text } }));
