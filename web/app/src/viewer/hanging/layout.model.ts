/** How many panes stand in how many rows. Pure. */

export interface Layout {
  readonly rows: number;
  readonly columns: number;
}

const most = 4;

export const single: Layout = { rows: 1, columns: 1 };

/** Those that one key goes through. */
const common: readonly Layout[] = [single, { rows: 1, columns: 2 }, { rows: 2, columns: 1 }, { rows: 2, columns: 2 }];

export function countOf(l: Layout): number {
  return l.rows * l.columns;
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return a.rows === b.rows && a.columns === b.columns;
}

/** 2×3 for people, rows first. */
export function layoutText(l: Layout): string {
  return `${l.rows}×${l.columns}`;
}

export function nextLayout(now: Layout): Layout {
  return common[(common.findIndex((l) => sameLayout(l, now)) + 1) % common.length] ?? single;
}

/** The smallest layout that holds so many panes, wider than high as screens are. */
export function layoutFor(count: number): Layout {
  const columns = Math.min(most, Math.max(1, Math.ceil(Math.sqrt(count))));
  return { rows: Math.min(most, Math.max(1, Math.ceil(count / columns))), columns };
}

/** What was stored, if it is a layout. */
export function readLayout(v: unknown): Layout | undefined {
  if (typeof v !== 'object' || v === null) return undefined;
  const { rows, columns } = v as Partial<Layout>;
  const good = (n: unknown): n is number => typeof n === 'number' && Number.isInteger(n) && n >= 1 && n <= most;
  return good(rows) && good(columns) ? { rows, columns } : undefined;
}
