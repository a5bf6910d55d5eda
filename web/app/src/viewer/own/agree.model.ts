/** How this browser's copy of a person's preferences and the server's become one. Pure. */

type Sections = Readonly<Record<string, unknown>>;

export interface Agreement {
  /** What stands in this browser from now on. */
  readonly local: Sections;
  /** What the server is to keep; undefined: it has it all. */
  readonly push: Sections | undefined;
  /** Sections that were changed here and elsewhere: this one, the later one, holds. */
  readonly overtaken: readonly string[];
}

/**
 * `base` is what both last agreed on; undefined in a browser that never met the server: there the server's word holds.
 * What was changed here since is kept and sent; what was changed elsewhere comes.
 */
export function agree(base: Sections | undefined, server: Sections, local: Sections): Agreement {
  const changedHere = (name: string) => (base ? !same(local[name], base[name]) : server[name] === undefined);
  const mine = Object.keys(local).filter((name) => changedHere(name) && !same(local[name], server[name]));
  const own = Object.fromEntries(mine.map((name) => [name, local[name]]));
  const overtaken = base ? mine.filter((name) => server[name] !== undefined && !same(server[name], base[name])) : [];
  const all = { ...server, ...own };
  return { local: all, push: mine.length > 0 ? all : undefined, overtaken };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
