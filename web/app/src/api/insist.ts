import type { QueryClient } from '@tanstack/react-query';
import { requestQuery } from './consults';
import { ApiError } from './problem';
import type { ConsultRequest } from './types';

const tries = 4;

/**
 * Does what was asked at the version the request has now. While it rings or a call runs, the service's own news move the
 * version on every few seconds; a press must not fail for that. What has become impossible is still refused by its state.
 */
export async function insist(
  queries: QueryClient,
  id: string,
  act: (version: number) => Promise<ConsultRequest>,
): Promise<ConsultRequest> {
  const query = requestQuery(id);
  for (let attempt = 1; ; attempt++) {
    const { version } = await queries.fetchQuery({ ...query, staleTime: 0 });
    try {
      const changed = await act(version);
      queries.setQueryData(query.queryKey, changed);
      return changed;
    } catch (error) {
      const moved = error instanceof ApiError && error.code === 'stale';
      if (!moved || attempt === tries) throw error;
    }
  }
}
