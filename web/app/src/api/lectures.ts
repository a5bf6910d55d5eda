import { queryOptions } from '@tanstack/react-query';
import { http, take, takeItems } from './client';
import type { components } from './schema';
import type { ConsultRequest } from './types';

/** Consults to which colleagues of the consortium may listen. */

export type LectureNotice = components['schemas']['LectureNotice'];
export type Heard = components['schemas']['RequestHeard'];

const by = (id: string) => ({ params: { path: { id } } });

/** What one could listen to now. A lecture of another institution sends no hint here: it is asked for. */
export const lecturesQuery = queryOptions({
  queryKey: ['lectures'],
  refetchInterval: 15_000,
  queryFn: ({ signal }) => takeItems<LectureNotice>(http.GET('/api/lectures', { signal })),
});

export const openLecture = (request: string, title: string) =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/lecture', { ...by(request), body: { title, agreed: true } }));

export const closeLecture = (request: string) =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/lecture/close', by(request)));

export const fetchListenTicket = (lecture: string) => take(http.POST('/api/lectures/{id}/ticket', by(lecture)));

/** Who listened to the lecture of a consult, and when. */
export const audienceQuery = (request: string) =>
  queryOptions({
    queryKey: ['audience', request],
    refetchInterval: 5000,
    queryFn: async ({ signal }): Promise<Heard[]> =>
      (await take(http.GET('/api/requests/{id}/talk', { ...by(request), signal }))).audience ?? [],
  });
