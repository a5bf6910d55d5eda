/** A tree of settings as lines: `consult.rescue.l1` and its value. */
export function flatten(tree: unknown, prefix = ''): [key: string, value: string][] {
  if (Array.isArray(tree)) return [[prefix, tree.map(String).join(', ')]];
  if (typeof tree !== 'object' || tree === null) return [[prefix, short(String(tree))]];
  return Object.entries(tree).flatMap(([key, value]) => flatten(value, prefix ? `${prefix}.${key}` : key));
}

/** Go's `1m0s` reads `1m`. */
function short(value: string): string {
  return value.replace(/(\d[hm])0s$/, '$1').replace(/(\dh)0m$/, '$1');
}

/** The object that a text spells, or undefined when it spells none. */
export function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
