import { useSyncExternalStore } from 'react';
import type { Call, LookingState } from '@/call';

export function useLooking(call: Call): LookingState {
  return useSyncExternalStore(call.looking.subscribe, call.looking.snapshot);
}
