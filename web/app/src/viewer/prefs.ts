/** What a person chose for the viewer, kept in this browser under their own name. */
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { sessionQuery } from '@/api/consults';
import type { Me } from '@/api/types';
import { type Prefs, readPrefs } from './prefs.model';

const changed = 'yilian-viewer-prefs';

/** The choices of the person who is signed in (a guest has this browser's), and how to change them. */
export function usePrefs(): [Prefs, (change: (old: Prefs) => Prefs) => void] {
  const me = useQueryClient().getQueryData<Me | null>(sessionQuery.queryKey);
  const place = `yilian.viewer.${me?.person.id ?? 'guest'}`;
  const stored = useSyncExternalStore(subscribe, () => localStorage.getItem(place));
  const prefs = useMemo(() => readPrefs(stored), [stored]);
  const change = useCallback(
    (make: (old: Prefs) => Prefs) => {
      localStorage.setItem(place, JSON.stringify(make(readPrefs(localStorage.getItem(place)))));
      window.dispatchEvent(new Event(changed));
    },
    [place],
  );
  return [prefs, change];
}

function subscribe(fn: () => void): () => void {
  window.addEventListener(changed, fn);
  window.addEventListener('storage', fn); // another window of the same person
  return () => {
    window.removeEventListener(changed, fn);
    window.removeEventListener('storage', fn);
  };
}
