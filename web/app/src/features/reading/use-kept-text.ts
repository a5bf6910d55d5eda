import { useEffect, useMemo, useRef } from 'react';
import type { Draft } from '@/api/readings';
import { afterReturn, type KeptText, type Return } from './kept.model';
import { dropText, keepText, keptText } from './kept-text';

const settle = 250; // ms after a key before the text is kept here

interface Props {
  whose: { person: string; reading: string };
  server: Draft;
  writable: boolean;
  /** What was typed before the page was lost; once, when the report opens for writing. */
  onReturn: (back: Exclude<Return, { kind: 'nothing' }>) => void;
}

/** What this browser keeps of a report that is being written. A browser that keeps nothing (private, full) is no trouble. */
export function useKeptText({ whose, server, writable, onReturn }: Props) {
  const { person, reading } = whose;
  const now = useRef({ server, onReturn });
  now.current = { server, onReturn };
  const asked = useRef(false);
  const kept = useMemo(() => {
    const whose = { person, reading };
    let timer: ReturnType<typeof setTimeout> | undefined;
    let due: KeptText | undefined;
    const write = () => {
      clearTimeout(timer);
      if (due) void keepText(whose, due).catch(() => undefined);
      due = undefined;
    };
    return {
      keep: (text: KeptText) => {
        due = text;
        clearTimeout(timer);
        timer = setTimeout(write, settle);
      },
      write,
      drop: () => {
        clearTimeout(timer);
        due = undefined;
        void dropText(whose).catch(() => undefined);
      },
    };
  }, [person, reading]);

  useEffect(() => {
    if (!writable || asked.current) return;
    asked.current = true;
    void keptText<KeptText>({ person, reading })
      .then((text) => {
        const back = afterReturn(text, now.current.server);
        if (back.kind !== 'nothing') now.current.onReturn(back);
        else if (text) kept.drop();
      })
      .catch(() => undefined);
  }, [writable, person, reading, kept]);

  useEffect(() => {
    window.addEventListener('pagehide', kept.write);
    return () => {
      window.removeEventListener('pagehide', kept.write);
      kept.write();
    };
  }, [kept]);
  return kept;
}
