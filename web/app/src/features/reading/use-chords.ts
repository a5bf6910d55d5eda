import { useEffect, useRef } from 'react';

type Chords = Readonly<Record<string, (() => void) | undefined>>;

/** Keys with Alt, by the place of the key (Digit1, KeyI): they work while somebody types, too. Never while a dialog is open. */
export function useChords(chords: Chords): void {
  const latest = useRef(chords);
  latest.current = chords;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (!e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || e.isComposing || e.repeat) return;
      if (document.querySelector('dialog[open]')) return;
      const act = latest.current[e.code];
      if (!act) return;
      e.preventDefault();
      act();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
