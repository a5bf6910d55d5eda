import { useEffect, useState } from 'react';
import { useKeys } from './keys';

/** j and k move through a list, Enter or o opens the row. Returns the index of the current row, -1 for none. */
export function useListCursor<T>(items: T[], open: (item: T) => void): [number, (index: number) => void] {
  const [index, setIndex] = useState(-1);
  const last = items.length - 1;
  useEffect(() => {
    if (index > last) setIndex(last);
  }, [index, last]);
  const current = items[index];
  useKeys({
    j: () => setIndex((i) => Math.min(last, i + 1)),
    k: () => setIndex((i) => Math.max(0, i - 1)),
    o: current ? () => open(current) : undefined,
    Enter: current ? () => open(current) : undefined,
  });
  useEffect(() => {
    if (index >= 0) document.querySelector('[data-cursor="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [index]);
  return [index, setIndex];
}
