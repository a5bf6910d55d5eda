/** The list as somebody looks at it, and what comes after a report. Pure. */
import type { Priority, ReadingScope, ReadingSummary } from '@/api/readings';
import { type Filter, inOrder, matches } from './reading.model';

type Sort = 'order' | 'newest' | 'oldest';

/** A list as it was left: it is the same when one comes back. */
export interface ListView {
  readonly scope: ReadingScope;
  readonly filter: Filter;
  readonly sort: Sort;
  readonly saved: readonly SavedFilter[];
}

interface SavedFilter {
  readonly name: string;
  readonly filter: Filter;
}

export const firstView: ListView = { scope: 'pool', filter: { text: '' }, sort: 'order', saved: [] };

const scopes: readonly string[] = ['pool', 'mine', 'review', 'released'];
const sorts: readonly string[] = ['order', 'newest', 'oldest'];

/** A view as it was stored; what cannot be read is as at first. */
export function parseView(json: string | null): ListView {
  try {
    const v = JSON.parse(json ?? '{}') as Partial<ListView>;
    return {
      scope: scopes.includes(v.scope ?? '') && v.scope ? v.scope : firstView.scope,
      filter: v.filter && typeof v.filter.text === 'string' ? v.filter : firstView.filter,
      sort: sorts.includes(v.sort ?? '') && v.sort ? v.sort : firstView.sort,
      saved: Array.isArray(v.saved) ? v.saved.filter((f) => typeof f?.name === 'string' && f.filter) : [],
    };
  } catch {
    return firstView;
  }
}

/** What is waiting stands in the order of its urgency, whatever else is asked for: nobody picks cherries. */
export function sortable(scope: ReadingScope): boolean {
  return scope !== 'pool' && scope !== 'review';
}

/** The rows of a list, as the view has them. */
export function rowsOf(
  list: readonly ReadingSummary[],
  v: Pick<ListView, 'scope' | 'filter' | 'sort'>,
): ReadingSummary[] {
  const all = inOrder(list).filter((r) => matches(r, v.filter));
  if (!sortable(v.scope) || v.sort === 'order') return all;
  const turn = v.sort === 'newest' ? -1 : 1;
  return all.sort((a, b) => turn * (a.completeAt ?? '').localeCompare(b.completeAt ?? ''));
}

export function priorityCounts(list: readonly ReadingSummary[]): { priority: Priority; count: number }[] {
  return (['stat', 'urgent', 'routine'] as const)
    .map((priority) => ({ priority, count: list.filter((r) => r.priority === priority).length }))
    .filter((p) => p.count > 0);
}

export function sameFilter(a: Filter, b: Filter): boolean {
  return a.modality === b.modality && a.priority === b.priority && a.text.trim() === b.text.trim();
}

/** Where a report stands in the rows; 0 when it is not among them. */
export function placeIn(rows: readonly ReadingSummary[], id: string): number {
  return rows.findIndex((r) => r.id === id) + 1;
}

/** What is opened after a report: the next row that may be taken, round the end. */
export function nextOf(rows: readonly ReadingSummary[], id: string): ReadingSummary | undefined {
  const at = placeIn(rows, id);
  const turned = [...rows.slice(at), ...rows.slice(0, Math.max(0, at - 1))];
  return turned.find((r) => r.id !== id && r.actions.some((a) => a === 'claim' || a === 'take-review'));
}
