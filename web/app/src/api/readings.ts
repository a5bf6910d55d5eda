import { queryOptions } from '@tanstack/react-query';
import type { Measurement } from '@/viewer/measurements.model';
import { api } from './client';
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
  images?: number;
  late?: boolean;
  actions: string[];
}

export interface ReportVersion {
  version: number;
  state: string;
  author?: PersonRef;
  at?: string;
  technique?: string;
  findings: string;
  impression: string;
  reason?: string;
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

export interface Reading extends ReadingSummary {
  report?: Report;
  order?: { id: string; number?: string; exam: string; clinical?: string; orderedBy?: PersonRef };
  priors?: Prior[];
  template?: string;
  returnedReason?: string;
  addenda?: { id: string; state: string; text?: string }[];
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

interface List<T> {
  items: T[] | null;
  next?: string;
}

export const readingListQuery = (scope: ReadingScope) =>
  queryOptions({
    queryKey: ['readings', scope],
    refetchInterval: 20_000,
    queryFn: async ({ signal }) =>
      (await api.get<List<ReadingSummary>>('/api/readings', { scope }, signal)).items ?? [],
  });

export const readingQuery = (id: string) =>
  queryOptions({
    queryKey: ['reading', id],
    queryFn: ({ signal }) => api.get<Reading>(`/api/readings/${id}`, undefined, signal),
  });

export type ReadingCommand =
  | 'claim'
  | 'heartbeat'
  | 'aside'
  | 'submit'
  | 'take-review'
  | 'return'
  | 'release'
  | 'addendum'
  | 'recall';

export const commandReading = (id: string, command: ReadingCommand, body: Record<string, unknown>, key?: string) =>
  api.post<Reading>(`/api/readings/${id}/${command}`, body, key);

export interface Draft {
  technique: string;
  findings: string;
  impression: string;
}

export const saveReport = (id: string, version: number, draft: Draft) =>
  api.put<Reading>(`/api/readings/${id}/report`, { version, ...draft });

export const templatesQuery = (modality: string, bodyPart: string) =>
  queryOptions({
    queryKey: ['templates', modality, bodyPart],
    staleTime: 60 * 60_000,
    queryFn: async ({ signal }) => {
      const answer = await api.get<List<Template> | Template[]>('/api/templates', { modality, bodyPart }, signal);
      return Array.isArray(answer) ? answer : (answer.items ?? []);
    },
  });

export interface KeptMeasurements {
  version: number;
  items: Measurement[] | null;
}

export const measurementsQuery = (id: string) =>
  queryOptions({
    queryKey: ['measurements', id],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get<KeptMeasurements>(`/api/readings/${id}/measurements`, undefined, signal),
  });

export const saveMeasurements = (id: string, version: number, items: Measurement[]) =>
  api.put<KeptMeasurements>(`/api/readings/${id}/measurements`, { version, items });

export const flagCritical = (id: string, version: number, category: number, text: string) =>
  api.post<unknown>(`/api/readings/${id}/critical`, { version, category, text });
