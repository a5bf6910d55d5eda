import { queryOptions } from '@tanstack/react-query';
import { http, keyed, slowly, soon, take } from './client';
import { ApiError } from './problem';
import type { components } from './schema';

/** Studies that leave the house: by a link that opens once, and as copies without identity. */

export type Share = components['schemas']['Share'];
export type NewShare = components['schemas']['NewShare'];
export type SharedStudy = components['schemas']['SharedStudy'];
export type Options = components['schemas']['ShareOptions'];
export type Review = components['schemas']['Review'];
export type ReviewRisk = components['schemas']['ReviewRisk'];

const of = (uid: string) => ({ params: { path: { uid } } });

export const sharesQuery = (study: string) =>
  queryOptions({
    queryKey: ['shares', study],
    refetchInterval: 15_000,
    queryFn: async ({ signal }) => (await take(http.GET('/api/studies/{uid}/shares', { ...of(study), signal }))).items,
  });

interface Wish {
  for: string;
  hours: number;
  download: boolean;
  report: boolean;
}

export const makeShare = (study: string, body: Wish, key: string) =>
  take(http.POST('/api/studies/{uid}/shares', { ...of(study), body, ...keyed(key) }));

export const revokeShare = (id: string) => take(http.POST('/api/shares/{id}/revoke', { params: { path: { id } } }));

/** What a link is for; asked again and again, so that an open page notices that the link has ended. */
export const sharedQuery = (token: string) =>
  queryOptions({
    queryKey: ['shared', token],
    retry: false,
    refetchInterval: ({ state }) =>
      ApiError.isOffline(state.error) || (state.data?.here && !state.error) ? 5_000 : false,
    queryFn: () => take(http.POST('/api/share/look', { body: { token }, ...soon })),
  });

export const openShared = (token: string, code: string) =>
  take(http.POST('/api/share/open', { body: { token, code } }));

/** Each time this is asked is one look in the list of its house. */
export const enterSharedQuery = (token: string) =>
  queryOptions({
    queryKey: ['shared', token, 'study'],
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => take(http.POST('/api/share/enter', { body: { token } })),
  });

export const reviewStudy = (study: string, options: Options) =>
  take(http.POST('/api/studies/{uid}/deidentify/review', { ...of(study), body: options, ...slowly }));

export const releaseStudy = (study: string, options: Options, looked: string[], excluded: string[]) =>
  take(http.POST('/api/studies/{uid}/deidentify', { ...of(study), body: { options, looked, excluded }, ...slowly }));
