import { useQuery, useQueryClient } from '@tanstack/react-query';
import { loadStudy } from './dicomweb';
import type { Series } from './study.model';

/** The series of a study; they appear one after the other while the rest is still under way. */
export function useStudy(study: string): { series: readonly Series[]; pending: boolean; error: Error | null } {
  const client = useQueryClient();
  const partial = ['viewer', 'partial', study];
  const whole = useQuery({
    queryKey: ['viewer', 'study', study],
    queryFn: ({ signal }) => loadStudy(study, (all) => client.setQueryData(partial, all), signal),
    staleTime: 60_000,
  });
  const soFar = useQuery<readonly Series[]>({ queryKey: partial, queryFn: () => [], enabled: false, initialData: [] });
  return { series: whole.data ?? soFar.data, pending: whole.isPending, error: whole.error };
}
