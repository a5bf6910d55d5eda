import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { ApiError } from '@/api/problem';
import { type Draft, type Reading, readingQuery, saveReport } from '@/api/readings';
import { useMe } from '@/app/session';
import { saveIn } from './kept.model';
import { inserted } from './marks.model';
import { draftOf, nextSaving, type Saving, sameDraft } from './reading.model';
import { useKeptText } from './use-kept-text';

const again = 5000; // ms between tries while the line is down

/** Where the writer stands: in which part, and what is selected there. */
interface Spot {
  readonly part: keyof Draft;
  readonly from: number;
  readonly to: number;
}

export interface ReportEditor {
  draft: Draft;
  saving: Saving;
  edit: (change: Partial<Draft>) => void;
  /** Puts words where the writer stood last, or at the end of the findings. */
  insert: (words: string) => void;
  /** Where the writer stands after words were put: the page moves them there. */
  put: Spot | undefined;
  /** Remembers where the writer stands. */
  stand: (spot: Spot) => void;
  replace: (draft: Draft) => void;
  /** Saves what is not saved yet; answers the version to sign, or throws. */
  flush: () => Promise<number>;
  /** After a conflict: go on with the server's text, or with ours (or what was made of both), which is saved over it. */
  settle: (keep: 'theirs' | Draft) => void;
  /** Signed or given away: nothing is kept here any more. */
  done: () => void;
}

/** Keeps a report's draft: in this browser at once, on the server every few seconds, again while the line is down. */
export function useReport(reading: Reading, writable: boolean): ReportEditor {
  const queries = useQueryClient();
  const me = useMe();
  const [draft, setDraft] = useState(() => draftOf(reading.report));
  const [saving, dispatch] = useReducer(nextSaving, { phase: 'clean' } as Saving);
  const version = useRef(reading.version);
  const base = useRef(draftOf(reading.report)); // what the server holds, as far as the writer has seen it
  const unanswered = useRef<readonly Draft[]>([]); // sent when the line broke: the server may hold them
  const latest = useRef(draft);
  latest.current = draft;
  const unsavedSince = useRef(0);
  const spot = useRef<Spot | undefined>(undefined);
  const [caret, setCaret] = useState<Spot>();
  const busy = useRef<Promise<number> | undefined>(undefined);
  const typed = useCallback(() => dispatch({ type: 'typed', at: Date.now() }), []);
  const put = useCallback(
    (next: Draft) => {
      latest.current = next;
      setDraft(next);
      typed();
    },
    [typed],
  );

  const kept = useKeptText({
    whose: { person: me.person.id, reading: reading.id },
    server: draftOf(reading.report),
    writable,
    onReturn: (back) => {
      latest.current = back.draft;
      setDraft(back.draft);
      if (back.kind === 'conflict') base.current = back.base; // until it is settled
      dispatch(back.kind === 'conflict' ? { type: 'stale' } : { type: 'typed', at: back.at });
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: every change of the text is kept
  useEffect(() => {
    if (!writable || saving.phase === 'clean') return;
    kept.keep({ draft, base: base.current, at: Date.now() });
  }, [draft, saving.phase, writable]);

  // What the server holds is taken over only while nothing here is unsaved; what the writer has not seen is never written over.
  useEffect(() => {
    if (reading.version <= version.current) return;
    const server = draftOf(reading.report);
    if (saving.phase === 'clean') {
      version.current = reading.version;
      base.current = server;
      setDraft(server);
    } else if ([base.current, latest.current, ...unanswered.current].some((d) => sameDraft(d, server))) {
      version.current = reading.version;
      base.current = server;
    } else if (saving.phase !== 'saving') dispatch({ type: 'stale' });
  }, [reading, saving.phase]);

  /** Where the server holds a text of ours whose answer was lost, that is written over: it is nobody else's. */
  const send = useCallback(
    async (sent: Draft) => {
      try {
        return await saveReport(reading.id, version.current, sent);
      } catch (error) {
        if (ApiError.isOffline(error)) unanswered.current = [...unanswered.current, sent];
        const stale = error instanceof ApiError && error.stale;
        if (!stale || unanswered.current.length === 0) throw error;
        const fresh = await queries.fetchQuery({ ...readingQuery(reading.id), staleTime: 0 });
        const server = draftOf(fresh.report);
        if (!unanswered.current.some((d) => sameDraft(d, server))) throw error;
        [version.current, base.current] = [fresh.version, server];
        return saveReport(reading.id, fresh.version, sent);
      }
    },
    [queries, reading.id],
  );
  const save = useCallback(async (): Promise<number> => {
    if (busy.current) await busy.current.catch(() => undefined);
    const sent = latest.current;
    dispatch({ type: 'start' });
    busy.current = send(sent).then(
      (answer) => {
        unanswered.current = [];
        version.current = answer.version;
        base.current = sent;
        queries.setQueryData(['reading', reading.id], answer);
        dispatch({ type: 'saved', at: Date.now() });
        if (sameDraft(sent, latest.current)) kept.drop();
        return answer.version;
      },
      (error: unknown) => {
        const stale = error instanceof ApiError && error.stale;
        if (stale) void queries.invalidateQueries({ queryKey: readingQuery(reading.id).queryKey });
        dispatch(stale ? { type: 'stale' } : { type: 'failed', at: Date.now() });
        throw error;
      },
    );
    return busy.current.finally(() => {
      busy.current = undefined;
    });
  }, [queries, reading.id, kept, send]);

  // A pause in the typing saves, and so does typing on and on.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what restarts the pause
  useEffect(() => {
    if (saving.phase === 'clean') unsavedSince.current = 0;
    if (!writable || (saving.phase !== 'dirty' && saving.phase !== 'failed')) return;
    unsavedSince.current ||= Date.now();
    const wait = saving.phase === 'dirty' ? saveIn(Date.now(), unsavedSince.current) : again;
    const timer = setTimeout(() => {
      unsavedSince.current = 0;
      void save().catch(() => undefined);
    }, wait);
    return () => clearTimeout(timer);
  }, [saving, writable, save, draft]);
  useLeaving(saving.phase === 'dirty' || saving.phase === 'failed', writable, save);

  return {
    draft,
    saving,
    put: caret,
    edit: (change) => put({ ...latest.current, ...change }),
    stand: (at) => {
      spot.current = at;
    },
    insert: (words) => {
      const { part = 'findings', to = latest.current.findings.length } = spot.current ?? {};
      const next = inserted(latest.current[part], words, to);
      spot.current = { part, from: next.caret, to: next.caret };
      setCaret(spot.current);
      put({ ...latest.current, [part]: next.text });
    },
    replace: (next) => {
      if (!sameDraft(next, latest.current)) put(next);
    },
    flush: async () => (saving.phase === 'clean' && !busy.current ? version.current : save()),
    settle: (keep) => {
      base.current = draftOf(reading.report);
      version.current = reading.version;
      const next = keep === 'theirs' ? base.current : keep;
      latest.current = next;
      setDraft(next);
      const dirty = !sameDraft(next, base.current);
      if (!dirty) kept.drop();
      dispatch({ type: 'settled', dirty, at: Date.now() });
    },
    done: kept.drop,
  };
}

/** Saves when the line comes back, when the window is left, and when another page of ours opens; asks before words get lost. */
function useLeaving(unsaved: boolean, writable: boolean, save: () => Promise<number>) {
  const now = useRef(() => {});
  now.current = () => {
    if (unsaved && writable) void save().catch(() => undefined);
  };
  useEffect(() => {
    const go = () => now.current();
    const hidden = () => document.visibilityState === 'hidden' && go();
    window.addEventListener('online', go);
    document.addEventListener('visibilitychange', hidden);
    return () => {
      window.removeEventListener('online', go);
      document.removeEventListener('visibilitychange', hidden);
      go();
    };
  }, []);
  useEffect(() => {
    if (!unsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [unsaved]);
}
