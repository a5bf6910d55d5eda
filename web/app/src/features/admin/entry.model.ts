/** Leaves out what a form has left empty, inside of groups, too: an empty word is none of a closed list. */
export function withoutEmpty<T extends object>(entry: T): T {
  const kept = Object.entries(entry).flatMap(([key, value]): [string, unknown][] => {
    if (value === '' || value === null || value === undefined) return [];
    if (typeof value === 'object' && !Array.isArray(value)) return [[key, withoutEmpty(value)]];
    return [[key, value]];
  });
  return Object.fromEntries(kept) as T;
}
