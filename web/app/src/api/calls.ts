import { queryOptions } from '@tanstack/react-query';
import { http, take, takeItems } from './client';
import type { components } from './schema';
import type { ConsultRequest } from './types';

/** Guests by link, and the test of a line: what is open to people who are not signed in, too. */

export type GuestInvitation = components['schemas']['GuestInvitation'];
export type Guest = components['schemas']['Guest'];
export type GuestKind = Guest['kind'];
export type Colleague = components['schemas']['Invitable'];

const by = (id: string) => ({ params: { path: { id } } });

export const invitationQuery = (token: string, key: string) =>
  queryOptions({
    queryKey: ['guest', token],
    retry: false,
    refetchInterval: (query) => (query.state.data?.open ? false : 10_000),
    queryFn: () => take(http.POST('/api/guest/look', { body: { token, key } })),
  });

export const enterAsGuest = (token: string, key: string) =>
  take(http.POST('/api/guest/enter', { body: { token, key } }));

export const guestsQuery = (request: string) =>
  queryOptions({
    queryKey: ['guests', request],
    queryFn: async ({ signal }) =>
      (await take(http.GET('/api/requests/{id}/guests', { ...by(request), signal }))).items,
  });

export const inviteGuest = (request: string, name: string, kind: GuestKind) =>
  take(http.POST('/api/requests/{id}/guests', { ...by(request), body: { name, kind } }));

export const revokeGuest = (request: string, guest: string) =>
  take(http.POST('/api/requests/{id}/guests/{guest}/revoke', { params: { path: { id: request, guest } } }));

/** Whom the specialist could ask in; who is invited already stands in the request's panel. */
export const colleaguesQuery = (request: string) =>
  queryOptions({
    queryKey: ['invitable', request],
    queryFn: ({ signal }) =>
      takeItems<Colleague>(http.GET('/api/requests/{id}/colleagues', { ...by(request), signal })),
  });

export const inviteColleague = (request: string, person: string) =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/invite', { ...by(request), body: { person } }));

export const uninviteColleague = (request: string, person: string) =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/uninvite', { ...by(request), body: { person } }));

/** This person was asked in and cannot come. */
export const excuseFrom = (request: string) =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/excuse', by(request)));

/** How the lines of the calls were. The last figures arrive some seconds after everybody has left. */
export const callSummaryQuery = (request: string) =>
  queryOptions({
    queryKey: ['call-summary', request],
    refetchInterval: 30_000,
    queryFn: ({ signal }) => take(http.GET('/api/requests/{id}/call-summary', { ...by(request), signal })),
  });

export const fetchTestTicket = () => take(http.POST('/api/linetest', {}));
