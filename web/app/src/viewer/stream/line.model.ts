/** What the line gives, by what has come over it. Pure. */

/** One transfer: what came, from when to when it came, in ms. Those that ran at the same time overlap. */
export interface Transfer {
  readonly bytes: number;
  readonly asked: number;
  readonly began: number; // first byte
  readonly ended: number;
}

export interface Line {
  readonly rate?: number; // bytes a second
  readonly wait?: number; // ms from question to first byte, as it is now
}

/** Above this, a picture without compression is there sooner than one that has to be compressed and decoded. In bytes a second. */
const fastRate = 8_000_000;

const enough = 100_000; // bytes: less says little about a rate
const window = 4_000; // ms

/** The rate of all that came together within the last seconds. */
export function lineOf(recent: readonly Transfer[]): Line {
  const end = Math.max(0, ...recent.map((t) => t.ended));
  const counted = recent.filter((t) => t.ended > end - window);
  const bytes = counted.reduce((n, t) => n + t.bytes, 0);
  const waits = recent.slice(-3).map((t) => t.began - t.asked);
  const wait = waits.sort((a, b) => a - b)[waits.length >> 1];
  const rate = bytes < enough ? undefined : (bytes * 1000) / Math.max(1, busy(counted));
  return { ...(rate === undefined ? {} : { rate }), ...(wait === undefined ? {} : { wait }) };
}

/** How long at least one of them was under way, the first wait left out. */
function busy(all: readonly Transfer[]): number {
  const sorted = [...all].sort((a, b) => a.asked - b.asked);
  let total = 0;
  let upTo = Number.NEGATIVE_INFINITY;
  for (const t of sorted) {
    const from = t.asked > upTo ? t.began : Math.max(upTo, t.asked);
    total += Math.max(0, t.ended - from);
    upTo = Math.max(upTo, t.ended);
  }
  return total;
}

const far = 60; // ms to the first byte: one picture after the other would mostly wait

/** Whether pictures come as they are kept, at once, instead of small ones first. Before much has come, by how long the last answers took. */
export function isFast({ rate, wait }: Line): boolean {
  if (wait === undefined || wait >= far) return false;
  return rate === undefined ? wait < 25 : rate >= fastRate;
}
