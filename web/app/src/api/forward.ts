import { queryOptions } from '@tanstack/react-query';
import type { Peer } from './admin';
import { http, take, takeItems } from './client';
import type { components } from './schema';

/** Forwarding: peers, rules, the queue and what it gave up. */

type Schemas = components['schemas'];

export type ForwardLine = Schemas['ForwardLine'];
export type ForwardJob = Schemas['ForwardJob'];
export type ForwardChoice = Schemas['ForwardChoice'];
export type JobState = 'waiting' | 'done' | 'dead' | 'cancelled';

export const forwardQueueQuery = queryOptions({
  queryKey: ['admin', 'forward', 'queue'],
  refetchInterval: 3000,
  queryFn: ({ signal }) => takeItems<ForwardLine>(http.GET('/api/admin/forward/queue', { signal })),
});

export const forwardJobsQuery = (state: JobState, peer?: string) =>
  queryOptions({
    queryKey: ['admin', 'forward', 'jobs', state, peer ?? ''],
    refetchInterval: 5000,
    queryFn: ({ signal }) =>
      take(
        http.GET('/api/admin/forward/jobs', {
          params: { query: { state, ...(peer && { peer }), limit: 100 } },
          signal,
        }),
      ),
  });

export const replayJobs = (body: ForwardChoice) => take(http.POST('/api/admin/forward/replay', { body }));
export const cancelJobs = (body: ForwardChoice) => take(http.POST('/api/admin/forward/cancel', { body }));
export const resumePeer = (id: string) => take(http.POST('/api/admin/peers/{id}/resume', { params: { path: { id } } }));
export const testPeer = (peer: Partial<Peer>, secret?: string) =>
  take(http.POST('/api/admin/peers/test', { body: { peer: peer as Peer, ...(secret && { secret }) } }));
export const setPeerSecret = (id: string, secret: string) =>
  take(http.PUT('/api/admin/peers/{id}/secret', { params: { path: { id } }, body: { secret } }));
export const removePeer = (id: string) => take(http.DELETE('/api/admin/peers/{id}', { params: { path: { id } } }));
export const removeRoute = (id: string) => take(http.DELETE('/api/admin/routes/{id}', { params: { path: { id } } }));
export const sendStudy = (peer: string, study: string, urgency: string) =>
  take(http.POST('/api/admin/forward/send', { body: { peer, study, urgency: urgency as 'routine' } }));
export const dryRun = (study: string) => take(http.GET('/api/admin/forward/dry-run', { params: { query: { study } } }));
