import type { Space } from '@/api/retention';

/** What to say of the room that is left; nothing while there is enough of it, or where no bound is known. Bytes. */
export function spaceWarning(space: Space | undefined): { level: 'low' | 'full'; part: number } | undefined {
  if (!space || (space.level !== 'low' && space.level !== 'full')) return undefined;
  return { level: space.level, part: space.total > 0 ? Math.round((100 * space.free) / space.total) : 0 };
}
