import { useCallback, useEffect, useRef, useState } from 'react';

export type SaveState = 'saved' | 'dirty' | 'saving' | 'failed';

/**
 * Saves a value some time after the last change, one save at a time, the newest last; `flush` saves at once.
 * What is not saved yet also lies in this browser, so that a crash loses at most nothing.
 */
export function useAutosave<T>(place: string, save: (value: T) => Promise<unknown>, waitMs = 1200) {
  const [state, setState] = useState<SaveState>('saved');
  const pending = useRef<{ value: T } | undefined>(undefined);
  const running = useRef<Promise<void> | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(save);
  latest.current = save;

  const run = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    await running.current;
    const job = pending.current;
    if (!job) return;
    pending.current = undefined;
    setState('saving');
    running.current = (async () => {
      try {
        await latest.current(job.value);
        if (!pending.current) {
          localStorage.removeItem(place);
          setState('saved');
        }
      } catch {
        pending.current ??= job;
        setState('failed');
        timer.current = setTimeout(() => void run(), 5_000);
      } finally {
        running.current = undefined;
      }
    })();
    await running.current;
  }, [place]);

  const change = useCallback(
    (value: T) => {
      pending.current = { value };
      localStorage.setItem(place, JSON.stringify(value));
      setState('dirty');
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void run(), waitMs);
    },
    [place, run, waitMs],
  );

  useEffect(() => () => void run(), [run]);
  return { state, change, flush: run };
}

/** What lay unsaved in this browser when the page was closed or crashed. */
export function leftover<T>(place: string): T | undefined {
  try {
    const text = localStorage.getItem(place);
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}
