import { useQuery, useQueryClient } from '@tanstack/react-query';
import { loadStudy } from './dicomweb';
import type { Series } from './study.model';

const none: readonly Series[] = [];

/** The series of a study; they appear one after the other while the rest is still under way. Without a study there are none. */
export function useStudy(study: string | undefined): {
  series: readonly Series[];
  pending: boolean;
  error: Error | null;
} {
  const client = useQueryClient();
  const partial = ['viewer', 'partial', study];
  const whole = useQuery({
    queryKey: ['viewer', 'study', study],
    queryFn: ({ signal }) => loadStudy(study ?? '', (all) => client.setQueryData(partial, all), signal),
    enabled: study !== undefined,
    staleTime: 60_000,
  });
  const soFar = useQuery<readonly Series[]>({
    queryKey: partial,
    queryFn: () => none,
    enabled: false,
    initialData: none,
  });
  return { series: whole.data ?? soFar.data, pending: whole.isPending, error: whole.error };
}
