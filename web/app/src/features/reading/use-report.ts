import { useQueryClient } from '@tanstack/react-query';
import { type RefObject, useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { ApiError } from '@/api/problem';
import { type Draft, type Reading, saveReport } from '@/api/readings';
import { inserted } from './marks.model';
import { draftOf, nextSaving, type Saving, sameDraft } from './reading.model';

const pause = 2000; // ms of quiet before a draft is saved
const again = 5000; // ms between tries while the line is down

export interface ReportEditor {
  draft: Draft;
  saving: Saving;
  edit: (change: Partial<Draft>) => void;
  /** Puts words into the findings where the writer stood last, or at their end. */
  insert: (words: string) => void;
  /** Where the writer stands in the findings. */
  caret: RefObject<number | undefined>;
  replace: (draft: Draft) => void;
  /** Saves what is not saved yet; answers the version to sign, or throws. */
  flush: () => Promise<number>;
  /** After a conflict: take the server's text, or keep ours and save it over. */
  settle: (keep: 'ours' | 'theirs') => void;
}

/** Keeps a report's draft: saved a moment after the last key, again while the line is down, and before signing. */
export function useReport(reading: Reading, writable: boolean): ReportEditor {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(reading.report));
  const [saving, dispatch] = useReducer(nextSaving, { phase: 'clean' } as Saving);
  const version = useRef(reading.version);
  const latest = useRef(draft);
  latest.current = draft;
  const caret = useRef<number | undefined>(undefined);
  const busy = useRef<Promise<number> | undefined>(undefined);

  // What the server holds is taken over only while nothing here is unsaved.
  useEffect(() => {
    if (reading.version <= version.current) return;
    version.current = reading.version;
    if (saving.phase === 'clean') setDraft(draftOf(reading.report));
  }, [reading, saving.phase]);

  const save = useCallback(async (): Promise<number> => {
    if (busy.current) await busy.current.catch(() => undefined);
    const sent = latest.current;
    dispatch({ type: 'start' });
    busy.current = saveReport(reading.id, version.current, sent).then(
      (answer) => {
        version.current = answer.version;
        queries.setQueryData(['reading', reading.id], answer);
        dispatch({ type: 'saved', at: Date.now() });
        return answer.version;
      },
      (error: unknown) => {
        const stale = error instanceof ApiError && error.status === 409;
        dispatch(stale ? { type: 'stale' } : { type: 'failed', at: Date.now() });
        throw error;
      },
    );
    return busy.current.finally(() => {
      busy.current = undefined;
    });
  }, [queries, reading.id]);

  // Typing makes the draft dirty again and starts the pause anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what restarts the pause
  useEffect(() => {
    if (!writable || (saving.phase !== 'dirty' && saving.phase !== 'failed')) return;
    const timer = setTimeout(() => void save().catch(() => undefined), saving.phase === 'dirty' ? pause : again);
    return () => clearTimeout(timer);
  }, [saving, writable, save, draft]);

  useLeaveGuard(saving.phase !== 'clean');

  return {
    draft,
    saving,
    edit: (change) => {
      setDraft((d) => ({ ...d, ...change }));
      dispatch({ type: 'typed' });
    },
    caret,
    insert: (words) => {
      const { findings } = latest.current;
      const put = inserted(findings, words, caret.current ?? findings.length);
      caret.current = put.caret;
      setDraft((d) => ({ ...d, findings: put.text }));
      dispatch({ type: 'typed' });
    },
    replace: (next) => {
      if (sameDraft(next, latest.current)) return;
      setDraft(next);
      dispatch({ type: 'typed' });
    },
    flush: async () => (saving.phase === 'clean' && !busy.current ? version.current : save()),
    settle: (keep) => {
      if (keep === 'theirs') setDraft(draftOf(reading.report));
      version.current = reading.version;
      dispatch({ type: 'settled', dirty: keep === 'ours' });
    },
  };
}

/** Asks before the window closes over unsaved words. */
function useLeaveGuard(unsaved: boolean) {
  useEffect(() => {
    if (!unsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [unsaved]);
}
