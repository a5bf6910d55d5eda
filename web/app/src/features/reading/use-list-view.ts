import { useCallback, useState } from 'react';
import { useMe } from '@/app/session';
import { type ListView, parseView } from './flow.model';

const stored = (person: string) => `yilian.reading.list/${person}`;

/** The list as this person left it on this machine. */
export function useListView(): [ListView, (change: Partial<ListView>) => void] {
  const { person } = useMe();
  const [view, setView] = useState(() => parseView(localStorage.getItem(stored(person.id))));
  const change = useCallback(
    (part: Partial<ListView>) =>
      setView((v) => {
        const next = { ...v, ...part };
        localStorage.setItem(stored(person.id), JSON.stringify(next));
        return next;
      }),
    [person.id],
  );
  return [view, change];
}
