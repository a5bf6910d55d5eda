import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

const after = 4000; // ms: the study that is open comes first

/** Gets the next study ready while this one is read: what it consists of, and its first pictures. */
export function usePrepared(study: string | undefined): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!study) return;
    const stop = new AbortController();
    const timer = setTimeout(
      () =>
        void import('@/viewer/prepare').then((m) => m.prepareStudy(queries, study, stop.signal)).catch(() => undefined), // it is asked for again, and explained, when it is opened
      after,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [queries, study]);
}
