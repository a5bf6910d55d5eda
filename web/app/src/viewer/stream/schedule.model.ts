/** What to fetch next, given where people look, what is there, and the line. Pure. */

/** Of one picture: what of it is here or on its way. */
export const Part = { none: 0, asked: 1, here: 2, never: 3 } as const;
export type PartState = (typeof Part)[keyof typeof Part];

/** One series that somebody looks at, or may look at next. */
export interface Shelf {
  readonly key: string;
  readonly previews: Uint8Array; // PartState by picture
  readonly pixels: Uint8Array;
  /** Where panes show it, and which way they were turned last (-1, 0, 1). None: it is only fetched ahead. */
  readonly looks: readonly { readonly at: number; readonly way: number; readonly rests: boolean }[];
  readonly loop: boolean; // it plays: what comes next counts
  readonly opens: boolean; // its first picture is not drawn yet
}

export interface Situation {
  readonly shelves: readonly Shelf[];
  readonly fast: boolean;
  readonly guessed: boolean; // how fast it is was not measured yet
  readonly running: readonly Under[];
  readonly batch: number; // previews that the line brings in a second, and those of one job
  readonly room: boolean; // memory for pictures that nobody looks at yet
}

export type Job =
  | { readonly kind: 'previews'; readonly key: string; readonly indexes: readonly number[] }
  | { readonly kind: 'pixels'; readonly key: string; readonly index: number };

/** A job under way, for so many ms. */
export interface Under {
  readonly job: Job;
  readonly ms: number;
}

const lanes = { fast: 4, slow: 3, urgent: 1 }; // on a slow line one is kept for what somebody looks at
const patience = 1_500; // ms before a job is judged
const near = 24; // pictures on each side that are fetched even where memory is short

/** The next thing to fetch; undefined while there is nothing, or enough is under way. */
export function next(s: Situation): Job | undefined {
  const most = s.fast ? (s.guessed ? 1 : lanes.fast) : lanes.slow + lanes.urgent;
  if (s.running.length >= most) return undefined;
  const shown = s.shelves.filter((x) => x.looks.length > 0);
  const ahead = s.shelves.filter((x) => x.looks.length === 0);
  // The first picture of a series goes alone: whatever else comes, and is decoded, would only hold it up.
  if (s.fast && shown.some((x) => x.opens)) return looked(shown);
  if (!s.fast && shown.some(isAwaited)) return undefined;
  // What is decoded for later would take the processor from whoever turns now.
  const settled = shown.every((x) => x.looks.every((l) => l.rests));
  if (s.fast) return pixelsOf(shown, s.room) ?? (s.room && settled ? pixelsOf(ahead, true) : undefined);
  const urgent = nearestPreviews(shown, s.batch) ?? current(shown);
  if (urgent || s.running.length >= lanes.slow) return urgent;
  return (
    previewsOf(shown, s.batch) ??
    shareOf(shown, s) ??
    pixelsOf(shown, false) ??
    previewsOf(ahead, s.batch) ??
    pixelsOf(shown, s.room) ??
    (s.room ? pixelsOf(ahead, true) : undefined)
  );
}

/** Its first picture is on its way, small. */
function isAwaited({ opens, looks, previews, pixels }: Shelf): boolean {
  return opens && looks.some((l) => previews[l.at] === Part.asked && pixels[l.at] !== Part.here);
}

/** What panes show now, and nothing else. */
function looked(all: readonly Shelf[]): Job | undefined {
  for (const shelf of all) {
    const look = shelf.looks.find((l) => shelf.pixels[l.at] === Part.none);
    if (look) return { kind: 'pixels', key: shelf.key, index: look.at };
  }
  return undefined;
}

/** What panes show now has nothing of it here: that comes first, with its neighbours. */
function nearestPreviews(all: readonly Shelf[], batch: number): Job | undefined {
  for (const shelf of all) {
    for (const look of shelf.looks) {
      if (shelf.previews[look.at] !== Part.none || shelf.pixels[look.at] === Part.here) continue;
      return { kind: 'previews', key: shelf.key, indexes: wantedPreviews(shelf, [look], Math.max(1, batch >> 3)) };
    }
  }
  return undefined;
}

/** Who rests at a picture reads it: its pixels come before the previews of the rest. */
function current(all: readonly Shelf[]): Job | undefined {
  for (const shelf of all) {
    for (const look of shelf.looks) {
      const seen = shelf.previews[look.at] === Part.here || shelf.previews[look.at] === Part.never;
      if (seen && look.rests && shelf.pixels[look.at] === Part.none)
        return { kind: 'pixels', key: shelf.key, index: look.at };
    }
  }
  return undefined;
}

function previewsOf(all: readonly Shelf[], batch: number): Job | undefined {
  for (const shelf of all) {
    const indexes = coarseToFine(shelf, batch);
    if (indexes.length > 0) return { kind: 'previews', key: shelf.key, indexes };
  }
  return undefined;
}

/**
 * Previews that another job has asked for and brings far too slowly: the last half of what it has still to bring, each asked twice at most. Three
 * connections share a poor line so unfairly that one of them may stand still for seconds while whole pictures come over the others.
 */
function shareOf(all: readonly Shelf[], { running, batch }: Situation): Job | undefined {
  for (const shelf of all) {
    const asked = running.filter(({ job }) => job.kind === 'previews' && job.key === shelf.key);
    const missing = asked
      .filter((u) => isStarved(u, shelf, batch))
      .map(({ job }) => missingOf(job, shelf).filter((i) => asked.filter((u) => asksFor(u.job, i)).length === 1))
      .sort((a, b) => b.length - a.length)[0];
    if (missing && missing.length > 0)
      return { kind: 'previews', key: shelf.key, indexes: missing.slice(missing.length >> 1) };
  }
  return undefined;
}

const asksFor = (job: Job, i: number) => job.kind === 'previews' && job.indexes.includes(i);
const missingOf = (job: Job, { previews }: Pick<Shelf, 'previews'>) =>
  job.kind === 'previews' ? job.indexes.filter((i) => previews[i] === Part.asked) : [];

/** It has for a while less than half of its share of the line. */
function isStarved({ job, ms }: Under, shelf: Shelf, perSecond: number): boolean {
  if (job.kind !== 'previews' || ms < patience) return false;
  const came = job.indexes.length - missingOf(job, shelf).length;
  return (came * 1000) / ms < perSecond / lanes.slow / 2;
}

/** Whether a job has nothing to bring any more: another one has brought it. */
export function isOutrun(job: Job, shelf: Pick<Shelf, 'key' | 'previews'>): boolean {
  return job.kind === 'previews' && job.key === shelf.key && job.indexes.every((i) => shelf.previews[i] === Part.here);
}

const gaps = [16, 8, 4, 2, 1];

/** Previews that are missing: every 16th, then every 8th … outward from where it is looked at; a loop from there on. */
function coarseToFine(shelf: Shelf, batch: number): number[] {
  const from = shelf.looks[0]?.at ?? (shelf.loop ? 0 : shelf.previews.length >> 1);
  if (shelf.loop) return wantedPreviews(shelf, [{ at: from, way: 1, rests: false }], batch);
  for (const gap of gaps) {
    const missing = outwardFrom(from, shelf.previews.length, 0)
      .filter((i) => i % gap === 0 && wanted(shelf, i))
      .slice(0, batch);
    if (missing.length > 0) return missing;
  }
  return [];
}

const wanted = (shelf: Shelf, i: number) => shelf.previews[i] === Part.none && shelf.pixels[i] !== Part.here;

function wantedPreviews(shelf: Shelf, looks: Shelf['looks'], batch: number): number[] {
  const look = looks[0];
  if (!look) return [];
  return outwardFrom(look.at, shelf.previews.length, shelf.loop ? 1 : look.way, shelf.loop)
    .filter((i) => wanted(shelf, i))
    .slice(0, batch);
}

/** Pixels that are missing, the nearest to any look first, two in the direction of turning for one behind. */
function pixelsOf(all: readonly Shelf[], room: boolean): Job | undefined {
  for (const shelf of all) {
    const middle = { at: shelf.loop ? 0 : shelf.pixels.length >> 1, way: 0 };
    const found = (shelf.looks.length > 0 ? shelf.looks : [middle])
      .map((look) => nearestMissing(shelf, look))
      .filter((x) => x !== undefined && (room || x.rank <= 2 * near))
      .sort((a, b) => (a?.rank ?? 0) - (b?.rank ?? 0))[0];
    if (found) return { kind: 'pixels', key: shelf.key, index: found.index };
  }
  return undefined;
}

function nearestMissing(shelf: Shelf, look: { at: number; way: number }): { index: number; rank: number } | undefined {
  const order = outwardFrom(look.at, shelf.pixels.length, shelf.loop ? 1 : look.way, shelf.loop);
  const rank = order.findIndex((i) => shelf.pixels[i] === Part.none);
  const index = order[rank];
  return index === undefined ? undefined : { index, rank };
}

/**
 * All places of n in the order of their nearness to `at`: without a way alternately on both sides, with one two ahead for each behind; round about
 * in a loop, where what comes next is nearest.
 */
export function outwardFrom(at: number, n: number, way: number, loop = false): number[] {
  if (loop) return Array.from({ length: n }, (_, i) => (at + i) % n);
  const side = (step: number) => {
    const out: number[] = [];
    for (let i = at + step; i >= 0 && i < n; i += step) out.push(i);
    return out;
  };
  const ahead = side(way || 1);
  const behind = side(-(way || 1));
  const out = at >= 0 && at < n ? [at] : [];
  const stride = way === 0 ? 1 : 2;
  for (let a = 0, b = 0; a < ahead.length || b < behind.length; ) {
    for (let k = 0; k < stride && a < ahead.length; k++) out.push(ahead[a++] as number);
    if (b < behind.length) out.push(behind[b++] as number);
  }
  return out;
}

/**
 * Pixels on their way that nobody is near any more, on a line where they hold up others. Only what is nearer may take their place: what is
 * far is what comes next while nothing nearer is missing, and given up, it would be asked for again at once, for ever.
 */
export function isLeftBehind(job: Job, shelves: readonly Shelf[], fast: boolean): boolean {
  if (fast || job.kind !== 'pixels') return false;
  const shelf = shelves.find((s) => s.key === job.key);
  if (!shelf) return true;
  if (shelf.looks.length === 0) return false;
  const far = shelf.loop ? 60 : 7; // pictures in the order of nearness
  const orders = shelf.looks.map((l) => outwardFrom(l.at, shelf.pixels.length, shelf.loop ? 1 : l.way, shelf.loop));
  if (orders.some((order) => order.slice(0, far).includes(job.index))) return false;
  return orders.some((order) => order.slice(0, far).some((i) => shelf.pixels[i] === Part.none));
}
