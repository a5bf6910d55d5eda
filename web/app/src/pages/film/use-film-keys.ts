import { useEffect, useRef } from 'react';
import { chordOf, isTyping } from '@/viewer/keys.model';

/** P prints, and so does the browser's own Ctrl+P: it would print past the record. */
export function useFilmKeys(print: () => void) {
  const latest = useRef(print);
  latest.current = print;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      const chord = chordOf(e);
      if (chord !== 'Ctrl+p' && (chord !== 'p' || isTyping(e.target))) return;
      e.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
