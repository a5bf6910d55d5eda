import { queryOptions } from '@tanstack/react-query';
import { http, take } from './client';

/** What a person chose for their pages, by section; what a section means is for its owner to know. */
export interface KeptPreferences {
  /** 0: nothing was ever chosen. */
  readonly version: number;
  readonly sections: Readonly<Record<string, unknown>>;
}

export const preferencesQuery = queryOptions({
  queryKey: ['preferences'],
  staleTime: 5 * 60_000,
  queryFn: ({ signal }) => take<KeptPreferences>(http.GET('/api/me/preferences', { signal })),
});

export const savePreferences = (version: number, sections: KeptPreferences['sections']) =>
  take<KeptPreferences>(http.PUT('/api/me/preferences', { body: { version, sections } }));
