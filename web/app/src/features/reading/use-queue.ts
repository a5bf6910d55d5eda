import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { type ReadingScope, type ReadingSummary, readingListQuery } from '@/api/readings';
import { nextOf, placeIn, rowsOf } from './flow.model';
import { useListView } from './use-list-view';
import { useOpening } from './use-opening';

export interface Queue {
  /** Where this report stands in the list, from 1; 0 when it does not. */
  place: number;
  of: number;
  next: ReadingSummary | undefined;
  /** Opens the next one of the list as it is now; an empty list is shown itself. */
  openNext: (scope?: ReadingScope) => Promise<void>;
}

/** The list from which a report was opened, and the way on through it. */
export function useQueue(id: string): Queue {
  const [view] = useListView();
  const queries = useQueryClient();
  const open = useOpening();
  const { data = [] } = useQuery(readingListQuery(view.scope));
  const rows = rowsOf(data, view);
  const openNext = useCallback(
    async (scope: ReadingScope = view.scope) => {
      const fresh = await queries.fetchQuery({ ...readingListQuery(scope), staleTime: 0 }).catch(() => []);
      await open(nextOf(rowsOf(fresh, { ...view, scope }), id));
    },
    [queries, open, view, id],
  );
  return { place: placeIn(rows, id), of: rows.length, next: nextOf(rows, id), openNext };
}
