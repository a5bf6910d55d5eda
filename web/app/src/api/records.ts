import { queryOptions } from '@tanstack/react-query';
import { http, keyed, take, takeItems } from './client';
import type {
  BookableDevice,
  Critical,
  NewOrder,
  Order,
  PatientChart,
  ReadingBrief,
  StudySummary,
} from './record-types';
import type { NewPatient } from './types';

/** Patients, orders, studies and critical findings: every call of this part, in one place. */

const by = (id: string) => ({ params: { path: { id } } });
const byUid = (uid: string) => ({ params: { path: { uid } } });

export const patientsQuery = (q: string) =>
  queryOptions({
    queryKey: ['patients', q],
    queryFn: async ({ signal }) => (await take(http.GET('/api/patients', { params: { query: { q } }, signal }))).items,
  });

export const patientQuery = (id: string) =>
  queryOptions({
    queryKey: ['patient', id],
    queryFn: ({ signal }) => take<PatientChart>(http.GET('/api/patients/{id}', { ...by(id), signal })),
  });

/** Registers the patient, or fills in what was missing of one who is known. */
export const registerPatient = (body: NewPatient & { latin?: string; number?: string }) =>
  take(http.POST('/api/patients', { body }));

/** Devices that make exams of a modality; without an institution those of all. */
export const devicesQuery = (filter: { modality?: string; institution?: string }) =>
  queryOptions({
    queryKey: ['devices', filter],
    staleTime: 5 * 60_000,
    queryFn: ({ signal }) => takeItems<BookableDevice>(http.GET('/api/devices', { params: { query: filter }, signal })),
  });

export interface StudyFilter {
  q?: string;
  modality?: string;
  from?: string;
  to?: string;
  institution?: string;
}

export const studiesQuery = (filter: StudyFilter) =>
  queryOptions({
    queryKey: ['studies', filter],
    queryFn: ({ signal }) => takeItems<StudySummary>(http.GET('/api/studies', { params: { query: filter }, signal })),
  });

export const studyQuery = (uid: string) =>
  queryOptions({
    queryKey: ['study', uid],
    queryFn: ({ signal }) => take<StudySummary>(http.GET('/api/studies/{uid}', { ...byUid(uid), signal })),
  });

export const unmatchedQuery = queryOptions({
  queryKey: ['unmatched'],
  refetchInterval: 30_000,
  queryFn: ({ signal }) => takeItems<StudySummary>(http.GET('/api/unmatched', { signal })),
});

/** What is done with images that came without an order: they are the exam that was ordered, or an earlier exam of that patient. */
export type PlacedBy = 'link' | 'file';

export const linkStudy = (uid: string, order: string, version: number) =>
  take<StudySummary>(http.POST('/api/studies/{uid}/link', { ...byUid(uid), body: { order, version } }));

export const fileStudy = (uid: string, patient: string, version: number) =>
  take<StudySummary>(http.POST('/api/studies/{uid}/file', { ...byUid(uid), body: { patient, version } }));

export const displaceStudy = (how: PlacedBy, uid: string, reason: string, version: number) =>
  take<StudySummary>(http.POST(`/api/studies/{uid}/un${how}`, { ...byUid(uid), body: { reason, version } }));

export const ordersQuery = (scope: 'mine' | 'site' | 'results') =>
  queryOptions({
    queryKey: ['orders', scope],
    refetchInterval: 30_000,
    queryFn: ({ signal }) => takeItems<Order>(http.GET('/api/orders', { params: { query: { scope } }, signal })),
  });

export const orderQuery = (id: string) =>
  queryOptions({
    queryKey: ['order', id],
    queryFn: ({ signal }) => take<Order>(http.GET('/api/orders/{id}', { ...by(id), signal })),
  });

export const createOrder = (body: NewOrder, key: string) =>
  take<Order>(http.POST('/api/orders', { body, ...keyed(key) }));
/** Without a start: whenever the patient comes. */
export const bookOrder = (id: string, version: number, booking: { device?: string; start?: string }) =>
  take<Order>(http.POST('/api/orders/{id}/book', { ...by(id), body: { version, ...booking } }));
export const abandonOrder = (id: string, version: number, reason: string) =>
  take<Order>(http.POST('/api/orders/{id}/abandon', { ...by(id), body: { version, reason } }));
export const cancelOrder = (id: string, version: number, reason: string) =>
  take<Order>(http.POST('/api/orders/{id}/cancel', { ...by(id), body: { version, reason } }));
export const acknowledgeOrder = (id: string, version: number) =>
  take<Order>(http.POST('/api/orders/{id}/acknowledge', { ...by(id), body: { version } }));
export const reportPdfUrl = (reading: string) => `/api/readings/${reading}/report.pdf`;

/** The head of a reading list, for the work page; the list itself belongs to the reading pages. */
export const readingsQuery = (scope: 'pool' | 'mine' | 'review') =>
  queryOptions({
    queryKey: ['readings', scope, 'brief'],
    refetchInterval: 30_000,
    queryFn: ({ signal }) =>
      takeItems<ReadingBrief>(http.GET('/api/readings', { params: { query: { scope } }, signal })),
  });

export const criticalsQuery = (scope: 'mine' | 'open') =>
  queryOptions({
    queryKey: ['criticals', scope],
    refetchInterval: 20_000,
    queryFn: ({ signal }) => takeItems<Critical>(http.GET('/api/criticals', { params: { query: { scope } }, signal })),
  });

export const criticalDelivered = (id: string, version: number) =>
  take<Critical>(http.POST('/api/criticals/{id}/delivered', { ...by(id), body: { version } }));
export const readBackCritical = (id: string, version: number, readBack: string) =>
  take<Critical>(http.POST('/api/criticals/{id}/acknowledge', { ...by(id), body: { version, readBack } }));
export const actOnCritical = (id: string, version: number, action: string) =>
  take<Critical>(http.POST('/api/criticals/{id}/act', { ...by(id), body: { version, action } }));
