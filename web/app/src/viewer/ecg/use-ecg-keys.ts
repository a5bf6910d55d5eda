import { useEffect, useRef } from 'react';
import { chordOf, isTyping } from '../keys.model';
import type { EcgKey } from './look.model';

/** Keys of the paper, before the viewer and the page around it have theirs. */
export function useEcgKeys(keyFor: (chord: string) => EcgKey | undefined, run: (k: EcgKey) => boolean) {
  const handler = useRef<(e: KeyboardEvent) => void>(() => undefined);
  handler.current = (e) => {
    if (isTyping(e.target) || document.querySelector('dialog[open]')) return;
    const chord = chordOf(e);
    const key = chord && keyFor(chord);
    if (!key || !run(key)) return;
    e.preventDefault();
    e.stopImmediatePropagation();
  };
  useEffect(() => {
    const listen = (e: KeyboardEvent) => handler.current(e);
    window.addEventListener('keydown', listen, { capture: true });
    return () => window.removeEventListener('keydown', listen, { capture: true });
  }, []);
}
