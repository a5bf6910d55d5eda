/** What a person chose for the viewer: on the server under their name, in this browser at once. */
import { useCallback, useMemo } from 'react';
import { useOwn } from './own/own';
import { type Prefs, readPrefs } from './prefs.model';

/** The choices of the person who is signed in (a guest has this browser's), and how to change them. */
export function usePrefs(): [Prefs, (change: (old: Prefs) => Prefs) => void] {
  const [stored, store] = useOwn('viewer');
  const prefs = useMemo(() => readPrefs(stored), [stored]);
  const change = useCallback((make: (old: Prefs) => Prefs) => store((old) => make(readPrefs(old))), [store]);
  return [prefs, change];
}
