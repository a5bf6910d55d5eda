import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

const after = 4000; // ms: the study that is open comes first

/** Gets the next study ready while this one is read: what it consists of, and its first pictures. */
export function usePrepared(study: string | undefined): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!study) return;
    const timer = setTimeout(
      // What fails is asked for again, and explained, when it is opened.
      () => void import('@/viewer/stream/warm').then((m) => m.warm(queries, study)).catch(() => undefined),
      after,
    );
    return () => clearTimeout(timer);
  }, [queries, study]);
}
