import { useEffect, useRef, useState } from 'react';
import { Autosave, type SaveState } from './autosave';

/** An Autosave for the life of a component; leaving the page saves what is left. */
export function useAutosave<T>(place: string, save: (value: T) => Promise<unknown>) {
  const [state, setState] = useState<SaveState>('saved');
  const latest = useRef(save);
  latest.current = save;
  const [autosave] = useState(
    () => new Autosave<T>({ place, memory: localStorage, save: (value) => latest.current(value), changed: setState }),
  );
  useEffect(() => () => void autosave.flush(), [autosave]);
  return { state, autosave };
}
