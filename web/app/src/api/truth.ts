import { queryOptions } from '@tanstack/react-query';
import { http, take, takeItems } from './client';
import type { components } from './schema';

/** What is wrong with images, who sets it right, and who has to know. */

type Schemas = components['schemas'];

export type Side = Schemas['Side'];
export type Correction = Schemas['Correction'];
export type KeptSides = Schemas['KeptSides'];
export type Notice = Schemas['Notice'];
export type NewCorrection = Schemas['NewCorrection'];
export const stepAdminCorrection = (id: string, action: StepAction, version: number, reason: string) =>
  take(
    http.POST('/api/admin/corrections/{id}/steps', {
      params: { path: { id } },
      body: { action, version, ...(reason && { reason }) },
    }),
  );

export type StepAction = Schemas['NewStep']['action'];

export const sidesQuery = (uid: string) =>
  queryOptions({
    queryKey: ['truth', 'sides', uid],
    queryFn: ({ signal }) =>
      takeItems<Side>(http.GET('/api/reconcile/studies/{uid}', { params: { path: { uid } }, signal })),
  });

export const correctionsQuery = (filter: { study?: string; state?: 'open' }) =>
  queryOptions({
    queryKey: ['truth', 'corrections', filter],
    refetchInterval: 30_000,
    queryFn: ({ signal }) =>
      takeItems<Correction>(http.GET('/api/reconcile/corrections', { params: { query: filter }, signal })),
  });

export const keptSidesQuery = queryOptions({
  queryKey: ['truth', 'kept'],
  refetchInterval: 60_000,
  queryFn: ({ signal }) => takeItems<KeptSides>(http.GET('/api/reconcile/conflicts', { signal })),
});

export const propose = (body: NewCorrection) => take(http.POST('/api/reconcile/corrections', { body }));
export const stepCorrection = (id: string, action: StepAction, version: number, reason: string) =>
  take(
    http.POST('/api/reconcile/corrections/{id}/steps', {
      params: { path: { id } },
      body: { action, version, ...(reason && { reason }) },
    }),
  );

export const noticesQuery = queryOptions({
  queryKey: ['truth', 'notices'],
  refetchInterval: 60_000,
  queryFn: ({ signal }) => takeItems<Notice>(http.GET('/api/notices', { signal })),
});
export const acknowledgeNotice = (id: string) =>
  take(http.POST('/api/notices/{id}/acknowledge', { params: { path: { id } } }));

/** What a second administrator has to say the same of. */
export const adminCorrectionsQuery = queryOptions({
  queryKey: ['admin', 'conflicts', 'decisions'],
  queryFn: ({ signal }) =>
    takeItems<Correction>(http.GET('/api/admin/corrections', { params: { query: { state: 'open' } }, signal })),
});
