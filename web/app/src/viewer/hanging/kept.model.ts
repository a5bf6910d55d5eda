/** What was stored of kept hangings. Pure. */
import { readLayout } from './layout.model';
import type { Kept, Wish } from './wishes.model';

export type All = Readonly<Partial<Record<string, Kept>>>;

/** Reads what was stored; what is not understood was never kept. */
export function readKept(stored: string | null): All {
  let found: unknown;
  try {
    found = JSON.parse(stored ?? '{}');
  } catch {
    return {};
  }
  if (typeof found !== 'object' || found === null) return {};
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, v]) => {
      const { layout: l, wishes, linked } = (v ?? {}) as Partial<Record<keyof Kept, unknown>>;
      const layout = readLayout(l);
      if (!layout || !Array.isArray(wishes) || !wishes.every(isWish)) return [];
      return [[name, { layout, wishes, linked: linked === true }]];
    }),
  );
}

function isWish(v: unknown): v is Wish {
  if (typeof v !== 'object' || v === null) return false;
  const { prior, description, nth, index, view } = v as Partial<Record<keyof Wish, unknown>>;
  if (typeof prior !== 'boolean' || typeof description !== 'string' || typeof nth !== 'number') return false;
  return ['undefined', 'number'].includes(typeof index) && ['undefined', 'string'].includes(typeof view);
}
