import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type Reading, renewLock } from '@/api/readings';

const beat = 60_000; // ms; the lease is minutes long, so several beats may be lost

/** Renews the lease of a task that is ours for as long as its page is open. */
export function useLock(reading: Reading, mine: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!mine) return;
    const renew = () =>
      void renewLock(reading.id).catch(() => {
        // Whether the lock is still ours is the server's to say.
        void queries.invalidateQueries({ queryKey: ['reading', reading.id] });
      });
    const timer = setInterval(renew, beat);
    return () => clearInterval(timer);
  }, [queries, reading.id, mine]);
}
