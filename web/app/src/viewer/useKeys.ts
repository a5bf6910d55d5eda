import { useEffect, useRef } from 'react';
import type { Command } from './keys.model';

/** The viewer's keys, wherever the focus is; never while a dialog is open. */
export function useKeys(commandFor: (e: KeyboardEvent) => Command | undefined, run: (c: Command) => void) {
  const handler = useRef<(e: KeyboardEvent) => void>(() => undefined);
  handler.current = (e) => {
    if (e.defaultPrevented || document.querySelector('dialog[open]')) return;
    const c = commandFor(e);
    if (!c) return;
    e.preventDefault();
    run(c);
  };
  useEffect(() => {
    const listen = (e: KeyboardEvent) => handler.current(e);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
