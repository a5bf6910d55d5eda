// Whether anything of the others still arrives: a browser itself says so only after five seconds. Pure, with time as an argument.

export interface Quiet {
  /** What arrived last, as one number that changes with every packet. */
  mark: number;
  /** When that changed, ms; 0 while nothing has arrived yet. */
  heardAt: number;
  /** That it is quiet was told already. */
  told: boolean;
}

export const unheard: Quiet = { mark: 0, heardAt: 0, told: false };

const quietAfterMs = 900; // silence that is left out still sends a packet every 400 ms

/** Folds one look in. `told` of the answer becomes true when the line has just turned quiet. */
export function hear(q: Quiet, mark: number, at: number): Quiet {
  if (mark !== q.mark) return { mark, heardAt: at, told: false };
  return !q.told && q.heardAt > 0 && at - q.heardAt > quietAfterMs ? { ...q, told: true } : q;
}
