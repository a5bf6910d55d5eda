import { queryOptions } from '@tanstack/react-query';
import { http, take, takeItems } from './client';
import type { components } from './schema';

/** What may not be deleted, and how much room is left. */

type Schemas = components['schemas'];

export type Hold = Schemas['Hold'];
export type Space = Schemas['SpaceAnswer'];

/** The holds of a study that have not been released. */
export const holdsQuery = (study: string) =>
  queryOptions({
    queryKey: ['holds', study],
    queryFn: ({ signal }) =>
      takeItems<Hold>(http.GET('/api/retention/holds', { params: { query: { study } }, signal })),
  });

export const setHold = (study: string, reason: string) =>
  take(http.POST('/api/retention/holds', { body: { study, reason } }));
export const releaseHold = (id: string, reason: string) =>
  take(http.POST('/api/retention/holds/{id}/release', { params: { path: { id } }, body: { reason } }));

export const spaceQuery = queryOptions({
  queryKey: ['space'],
  refetchInterval: 60_000,
  queryFn: ({ signal }) => take(http.GET('/api/retention/space', { signal })),
});
