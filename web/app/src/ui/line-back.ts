import { useSyncExternalStore } from 'react';
import { onBack, timesBack } from '@/api/steady';

/** How often the line has come back: what did not come over it is to be asked for again with each. */
export function useLineBack(): number {
  return useSyncExternalStore(onBack, timesBack);
}
