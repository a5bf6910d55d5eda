import { queryOptions } from '@tanstack/react-query';
import { http, keyed, setCsrf, take, takeItems } from './client';
import { ApiError } from './problem';
import type {
  Adoption,
  Board,
  ConsultRequest,
  Coverage,
  Duty,
  Me,
  NewRequest,
  OpinionText,
  Presence,
  Reason,
  RequestKind,
  RequestSummary,
} from './types';

/** Session, duty and consult requests: every call of this part, in one place. */

const by = (id: string) => ({ params: { path: { id } } });

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 5 * 60_000,
  retry: (count, error) => !(error instanceof ApiError && error.status === 401) && count < 3,
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      const me = await take<Me>(http.GET('/api/session', { signal }));
      setCsrf(me.csrf);
      return me;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export const signIn = (login: string, password: string) =>
  take<Me>(http.POST('/api/session', { body: { login, password } }));
export const signInKiosk = (link: string) => take<Me>(http.POST('/api/session/kiosk', { body: { link } }));
export const signOut = () => take(http.DELETE('/api/session'));
export const choosePoint = (point: string) => take<Me>(http.PUT('/api/session/point', { body: { point } }));
export const changePassword = (old: string, fresh: string) =>
  take(http.POST('/api/session/password', { body: { old, new: fresh } }));
export const setPresence = (status: 'available' | 'paused' | 'wrapup' | 'off', minutes?: number) =>
  take<Presence>(http.PUT('/api/presence', { body: { status, minutes } }));

export const institutionsQuery = queryOptions({
  queryKey: ['institutions'],
  staleTime: 10 * 60_000,
  queryFn: async ({ signal }) => (await take(http.GET('/api/institutions', { signal }))).items,
});

export const specialtiesQuery = queryOptions({
  queryKey: ['specialties'],
  staleTime: 10 * 60_000,
  queryFn: async ({ signal }) => (await take(http.GET('/api/specialties', { signal }))).items,
});

export const coverageQuery = (kind: RequestKind | undefined, specialty: string | undefined) =>
  queryOptions({
    queryKey: ['coverage', kind ?? '', specialty ?? ''],
    enabled: Boolean(kind && specialty),
    refetchInterval: 20_000,
    queryFn: ({ signal }) =>
      take<Coverage>(http.GET('/api/coverage', { params: { query: { kind, specialty: specialty ?? '' } }, signal })),
  });

export const dutyQuery = queryOptions({
  queryKey: ['duty'],
  refetchInterval: 60_000,
  queryFn: ({ signal }) => take<Duty>(http.GET('/api/duty', { signal })),
});

export const boardQuery = queryOptions({
  queryKey: ['board'],
  refetchInterval: 15_000,
  queryFn: ({ signal }) => take<Board>(http.GET('/api/board', { signal })),
});

export type RequestScope = 'mine' | 'queue' | 'open' | 'done';

export const requestsQuery = (scope: RequestScope) =>
  queryOptions({
    queryKey: ['requests', scope],
    refetchInterval: 30_000,
    queryFn: ({ signal }) =>
      takeItems<RequestSummary>(http.GET('/api/requests', { params: { query: { scope } }, signal })),
  });

export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: ['request', id],
    refetchInterval: 15_000,
    queryFn: ({ signal }) => take<ConsultRequest>(http.GET('/api/requests/{id}', { ...by(id), signal })),
  });

export const requestEventsQuery = (id: string) =>
  queryOptions({
    queryKey: ['request-events', id],
    queryFn: async ({ signal }) => (await take(http.GET('/api/requests/{id}/events', { ...by(id), signal }))).items,
  });

type Asked = Promise<ConsultRequest>;

export const createRequest = (body: NewRequest, key: string): Asked =>
  take(http.POST('/api/requests', { body, ...keyed(key) }) as never);
export const resubmitRequest = (id: string, version: number): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/resubmit', { ...by(id), body: { version } }));
export const cancelRequest = (id: string, version: number, reason: Reason): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/cancel', { ...by(id), body: { version, reason } }));
export const acceptRequest = (id: string, version: number): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/accept', { ...by(id), body: { version } }));
export const declineRequest = (id: string, version: number, reason: Reason): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/decline', { ...by(id), body: { version, reason } }));
export const returnRequest = (id: string, version: number, reason: Reason): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/return', { ...by(id), body: { version, reason } }));
export const assignRequest = (id: string, version: number, person: string): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/assign', { ...by(id), body: { version, person } }));
export const disposeRequest = (id: string, version: number, action: 'phone' | 'refer' | 'close', text: string): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/dispose', { ...by(id), body: { version, action, text } }));
export const takeOverRequest = (id: string, version: number): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/takeover', { ...by(id), body: { version } }));
export const phoneInstead = (id: string, version: number): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/callback', { ...by(id), body: { version } }));
export const endConsult = (id: string, version: number): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/end', { ...by(id), body: { version } }));
export const acknowledgeOpinion = (id: string, version: number, adoption: Adoption, reason: string): Asked =>
  take<ConsultRequest>(
    http.POST('/api/requests/{id}/acknowledge', {
      ...by(id),
      body: { version, adoption, ...(reason ? { reason } : {}) },
    }),
  );

export const saveOpinion = (id: string, version: number, text: OpinionText): Asked =>
  take<ConsultRequest>(http.PUT('/api/requests/{id}/opinion', { ...by(id), body: { version, ...text } }));
export const signOpinion = (id: string, version: number, key: string): Asked =>
  take<ConsultRequest>(http.POST('/api/requests/{id}/opinion/sign', { ...by(id), body: { version }, ...keyed(key) }));
export const amendOpinion = (id: string, version: number, reason: string, text: OpinionText): Asked =>
  take<ConsultRequest>(
    http.POST('/api/requests/{id}/opinion/amend', {
      ...by(id),
      body: { version, reason: { code: 'other', text: reason }, ...text },
    }),
  );

export const fetchTicket = (id: string) => take(http.POST('/api/requests/{id}/ticket', by(id)));

export const attachFile = (id: string, file: File) => {
  const form = new FormData();
  form.set('file', file);
  return take(
    http.POST('/api/requests/{id}/attachments', {
      ...by(id),
      body: form as never,
      bodySerializer: (body: unknown) => body as FormData,
    }),
  );
};
export const attachmentUrl = (id: string, attachment: string) => `/api/requests/${id}/attachments/${attachment}`;
export const opinionPdfUrl = (id: string) => `/api/requests/${id}/opinion.pdf`;
