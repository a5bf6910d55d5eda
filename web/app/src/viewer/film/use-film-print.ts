import { useCallback, useEffect, useRef, useState } from 'react';
import type { PictureState } from '@/ui/use-picture';
import type { Cell } from './film.model';

type Stage = { at: 'still' } | { at: 'loading' } | { at: 'missing'; left: number };

const patience = 60_000; // ms in which another picture is to come

const key = (c: Cell) => `${c.instance}/${c.frame}`;

/** Which pictures of some sheets have come. */
export function useSeen() {
  const [states, setStates] = useState<ReadonlyMap<string, PictureState>>(new Map());
  const count = (cells: readonly Cell[], ...wanted: readonly PictureState[]) =>
    cells.filter((c) => wanted.includes(states.get(key(c)) ?? 'loading')).length;
  return {
    put: useCallback((c: Cell, state: PictureState) => setStates((old) => new Map(old).set(key(c), state)), []),
    clear: useCallback(() => setStates(new Map()), []),
    /** Those that are there, or that the server does not give. */
    done: (cells: readonly Cell[]) => count(cells, 'done', 'failed'),
    failed: (cells: readonly Cell[]) => count(cells, 'failed'),
    offline: (cells: readonly Cell[]) => count(cells, 'offline'),
  };
}

/**
 * Shows the sheets for printing, waits until their pictures are there, puts it on record, and prints them. Where the line does not bring them nothing
 * is printed: a film with holes looks like one that is whole.
 */
export function useFilmPrint(cells: readonly Cell[], record: () => Promise<unknown>, fail: (error: unknown) => void) {
  const [stage, setStage] = useState<Stage>({ at: 'still' });
  const seen = useSeen();
  const printing = stage.at === 'loading';
  const done = seen.done(cells);
  const left = cells.length - done;
  const end = useCallback(() => setStage({ at: 'still' }), []);
  const latest = useRef({ record, fail });
  latest.current = { record, fail };
  useEffect(() => {
    if (!printing) return;
    window.addEventListener('afterprint', end);
    return () => window.removeEventListener('afterprint', end);
  }, [printing, end]);
  useEffect(() => {
    if (!printing) return;
    if (left > 0) {
      const timer = setTimeout(() => setStage({ at: 'missing', left }), patience);
      return () => clearTimeout(timer);
    }
    let gone = false;
    void (async () => {
      try {
        await decoded();
        if (gone) return;
        await latest.current.record();
        if (!gone) window.print();
      } catch (error) {
        if (gone) return;
        latest.current.fail(error);
        end();
      }
    })();
    return () => {
      gone = true;
    };
  }, [printing, left, end]);
  const print = () => {
    seen.clear();
    setStage({ at: 'loading' });
  };
  return { stage, printing, done, put: seen.put, print };
}

/** The pictures of the sheets can be painted at once. */
async function decoded(): Promise<void> {
  const pictures = [...document.querySelectorAll<HTMLImageElement>('.printed img')];
  await Promise.all(pictures.map((p) => p.decode().catch(() => undefined)));
}
