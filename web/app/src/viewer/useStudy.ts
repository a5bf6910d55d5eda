import { type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { loadStudy } from './dicomweb';
import type { Series } from './study.model';

const none: readonly Series[] = [];

const partialOf = (study: string | undefined) => ['viewer', 'partial', study];

export const studyQuery = (study: string | undefined, client: QueryClient) =>
  queryOptions({
    queryKey: ['viewer', 'study', study],
    queryFn: ({ signal }) => loadStudy(study ?? '', (all) => client.setQueryData(partialOf(study), all), signal),
    enabled: study !== undefined,
    staleTime: 60_000,
  });

/** The series of a study; they appear one after the other while the rest is still under way. Without a study there are none. */
export function useStudy(study: string | undefined): {
  series: readonly Series[];
  pending: boolean;
  error: Error | null;
} {
  const client = useQueryClient();
  const whole = useQuery(studyQuery(study, client));
  const soFar = useQuery<readonly Series[]>({
    queryKey: partialOf(study),
    queryFn: () => none,
    enabled: false,
    initialData: none,
  });
  return { series: whole.data ?? soFar.data, pending: whole.isPending, error: whole.error };
}
