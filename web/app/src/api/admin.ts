import { queryOptions } from '@tanstack/react-query';
import { http, take, takeItems } from './client';
import type { components } from './schema';

/** The registers: institutions, people, devices, shifts, agreements, tokens, and the audit trail. */

type Schemas = components['schemas'];
type Edit<T> = { -readonly [K in keyof T]?: T[K] };

export type Institution = Schemas['DirectoryInstitution'];
export type Person = Schemas['DirectoryPerson'];
export type Device = Schemas['DirectoryDevice'];
export type Shift = Schemas['DirectoryShift'];
export type Agreement = Schemas['DirectoryAgreement'];
export type Peer = Schemas['DirectoryPeer'];
export type Route = Schemas['DirectoryRoute'];
export type Token = Schemas['TokenInfo'];
export type AuditEvent = Schemas['YilianEvent'];

interface Registers {
  institutions: Institution;
  people: Person;
  devices: Device;
  shifts: Shift;
  agreements: Agreement;
  peers: Peer;
  routes: Route;
}

export type RegisterName = keyof Registers;
export type Entry<N extends RegisterName> = Registers[N];
export type Draft<N extends RegisterName> = Edit<Registers[N]>;

/** All entries of one register. They have the same three calls; their names are the only difference. */
export const registerQuery = <N extends RegisterName>(name: N) =>
  queryOptions({
    queryKey: ['admin', name],
    queryFn: ({ signal }) =>
      takeItems<Registers[N]>(http.GET(`/api/admin/${name}` as '/api/admin/devices', { signal })),
  });

/** Adds what has no id yet, replaces what has one. */
export function saveEntry<N extends RegisterName>(name: N, draft: Draft<N>): Promise<Entry<N>> {
  // The path says which register it is; the service refuses a body of another one.
  const body = draft as unknown as Device;
  if (!draft.id) return take<Entry<N>>(http.POST(`/api/admin/${name}` as '/api/admin/devices', { body }));
  const params = { path: { id: draft.id } };
  return take<Entry<N>>(http.PUT(`/api/admin/${name}/{id}` as '/api/admin/devices/{id}', { params, body }));
}

export const givePassword = (id: string, password: string) =>
  take(http.POST('/api/admin/people/{id}/password', { params: { path: { id } }, body: { password } }));
export const unlockPerson = (id: string) =>
  take(http.POST('/api/admin/people/{id}/unlock', { params: { path: { id } } }));

export const tokensQuery = queryOptions({
  queryKey: ['admin', 'tokens'],
  queryFn: async ({ signal }) => (await take(http.GET('/api/admin/tokens', { signal }))).items,
});
export const createToken = (body: Schemas['PostAdminTokensRequest']) => take(http.POST('/api/admin/tokens', { body }));
export const createKiosk = (name: string, institution: string) =>
  take(http.POST('/api/admin/kiosks', { body: { name, institution } }));
export const revokeToken = (id: string) => take(http.DELETE('/api/admin/tokens/{id}', { params: { path: { id } } }));

export const eventsQuery = (entity: string, id: string) =>
  queryOptions({
    queryKey: ['admin', 'events', entity, id],
    enabled: entity !== '' && id !== '',
    queryFn: async ({ signal }) =>
      (await take(http.GET('/api/admin/events', { params: { query: { entity, id } }, signal }))).items,
  });
export const verifyChain = (id: string) => take(http.GET('/api/admin/chains/{id}', { params: { path: { id } } }));

export const settingsQuery = (institution: string) =>
  queryOptions({
    queryKey: ['admin', 'settings', institution],
    queryFn: ({ signal }) =>
      take(http.GET('/api/admin/settings', { params: { query: institution ? { institution } : {} }, signal })),
  });
export const saveSettings = (institution: string, version: number, values: unknown) =>
  take(
    http.PUT('/api/admin/settings', {
      params: { query: institution ? { institution } : {} },
      body: { version, values },
    }),
  );

export type Conflict = Schemas['Kept'];

export const conflictsQuery = queryOptions({
  queryKey: ['admin', 'conflicts'],
  refetchInterval: 60_000,
  queryFn: ({ signal }) => takeItems<Conflict>(http.GET('/api/admin/conflicts', { signal })),
});
export const resolveConflict = (id: string, replace: boolean, reason: string) =>
  take(http.POST('/api/admin/conflicts/{id}/resolve', { params: { path: { id } }, body: { replace, reason } }));
