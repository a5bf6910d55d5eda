import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError } from '@/api/problem';
import { type KeptMeasurements, keptMeasurements, measurementsQuery, saveMeasurements } from '@/api/readings';
import { useMe } from '@/app/session';
import { useToast } from '@/ui/toast';
import { isKey, type Measurement } from '@/viewer/measurements.model';
import { dropText, keepText, keptText } from './kept-text';
import { type KeptMarks, merged } from './marks-kept.model';

const pause = 700; // ms after the last change before it is kept
const again = 5000; // ms between tries while the line is down

export interface MarksKept {
  /** What the server keeps, with what this browser could not send the last time; undefined until that is known. */
  kept: readonly Measurement[] | undefined;
  /** What is drawn on the pictures now; key images stand beside the pictures. */
  marks: readonly Measurement[];
  /** Since when something is kept in this browser alone, in ms. */
  unsaved: number | undefined;
  changed: (all: Measurement[]) => void;
  /** Answers when the server has all of them; throws while the line is down. */
  settle: () => Promise<void>;
}

/** The server's measurements as they were seen last, and those of the pictures that belong to them. */
interface Seen {
  version: number;
  server: readonly Measurement[];
  base: readonly Measurement[];
}

/**
 * The measurements of a task: they come back with it, and are kept a moment after they change if the task is ours: on the
 * server, or in this browser until the server has them.
 */
export function useMarksKept(reading: string, writable: boolean): MarksKept {
  const toast = useToast();
  const queries = useQueryClient();
  const { person } = useMe();
  const { data } = useQuery(measurementsQuery(reading));
  const [now, setNow] = useState<readonly Measurement[]>();
  const [unsaved, setUnsaved] = useState<number>();
  const seen = useRef<Seen>({ version: 0, server: [], base: [] });
  const queue = useRef(Promise.resolve());
  const due = useRef<{ timer: ReturnType<typeof setTimeout>; all: readonly Measurement[] } | undefined>(undefined);
  const missed = useRef<unknown>(undefined);
  const may = useRef(writable);
  may.current = writable;
  const whose = useMemo(() => ({ person: person.id, reading, what: 'marks' }) as const, [person.id, reading]);

  const save = useCallback(() => {
    const all = due.current?.all;
    clearTimeout(due.current?.timer);
    due.current = undefined;
    if (!all) return;
    const at = Date.now();
    void keepText<KeptMarks>(whose, { all, base: seen.current.base, at }).catch(() => undefined);
    const later = (error: unknown) => {
      if (!isPassing(error)) return toast.fail(error);
      missed.current = error;
      setUnsaved((since) => since ?? at);
      due.current ??= { all, timer: setTimeout(save, again) };
    };
    // One after the other: each save builds on the version of the one before.
    queue.current = queue.current.then(async () => {
      const kept = await put(reading, seen.current, all);
      seen.current = { version: kept.version, server: kept.items ?? [], base: all };
      queries.setQueryData(['measurements', reading], kept);
      setUnsaved(undefined);
      if (!due.current) await dropText(whose).catch(() => undefined);
    });
    queue.current = queue.current.catch(later);
  }, [reading, queries, toast.fail, whose]);
  const owe = useCallback(
    (all: readonly Measurement[]) => {
      clearTimeout(due.current?.timer);
      due.current = { all, timer: setTimeout(save, pause) };
    },
    [save],
  );
  const settle = useCallback(async () => {
    save();
    await queue.current;
    if (due.current) throw missed.current;
  }, [save]);
  const changed = useCallback(
    (all: Measurement[]) => {
      setNow(all);
      if (may.current) owe(all);
    },
    [owe],
  );
  useEffect(() => {
    window.addEventListener('online', save);
    return () => {
      window.removeEventListener('online', save);
      save(); // what is due is kept when the page is left
    };
  }, [save]);

  const [kept, setKept] = useState<readonly Measurement[]>();
  useEffect(() => {
    if (!data || kept) return;
    const server = data.items ?? [];
    const look = may.current ? keptText<KeptMarks>(whose) : Promise.resolve(undefined);
    void look
      .catch(() => undefined)
      .then((mine) => {
        const all = mine ? merged(server, mine) : server;
        seen.current = { version: data.version, server, base: server };
        setKept(all);
        if (mine) owe(all);
      });
  }, [data, kept, whose, owe]);
  const marks = useMemo(() => (now ?? kept ?? []).filter((m) => !isKey(m)), [now, kept]);
  return { kept, marks, unsaved, changed, settle };
}

/** Saves what is on the pictures; where the server has moved on, beside what has come there since. */
async function put(reading: string, seen: Seen, all: readonly Measurement[]): Promise<KeptMeasurements> {
  const ours = { all, base: seen.base };
  try {
    return await saveMeasurements(reading, seen.version, merged(seen.server, ours));
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'stale')) throw error;
    const fresh = await keptMeasurements(reading);
    return saveMeasurements(reading, fresh.version, merged(fresh.items ?? [], ours));
  }
}

/** The line is down, or the server is not itself: it is worth another try. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
}
