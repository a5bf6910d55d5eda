/** How a recording of several files is played as one: decisions without React or media elements. Times are milliseconds on the time line. */

export interface Piece {
  name: string;
  person: string;
  source: string;
  mime: string;
  offsetMs: number;
  durationMs: number;
}

export interface Tile {
  key: string;
  person: string;
  source: string;
  pieces: Piece[];
}

/** One tile for each person and source, screens first; a person who came back has several pieces in one tile. */
export function tilesOf(files: readonly Piece[]): Tile[] {
  const tiles = new Map<string, Tile>();
  for (const file of files) {
    const key = `${file.person}/${file.source}`;
    const tile = tiles.get(key) ?? { key, person: file.person, source: file.source, pieces: [] };
    tile.pieces.push(file);
    tiles.set(key, tile);
  }
  const rank = (tile: Tile) => (tile.source === 'main' ? 1 : 0);
  return [...tiles.values()].sort((a, b) => rank(a) - rank(b) || firstOf(a) - firstOf(b));
}

const firstOf = (tile: Tile) => Math.min(...tile.pieces.map((piece) => piece.offsetMs));

export const covers = (piece: Piece, at: number) => at >= piece.offsetMs && at < piece.offsetMs + piece.durationMs;

/** The piece of a tile that is seen and heard at a moment. */
export const pieceAt = (tile: Tile, at: number) => tile.pieces.find((piece) => covers(piece, at));

export interface Element {
  /** ms */
  time: number;
  paused: boolean;
  ready: boolean;
}

export type Order =
  | { do: 'nothing' }
  | { do: 'pause'; time: number | undefined }
  | { do: 'play'; time: number | undefined; rate: number };

/** Beyond this an element jumps, beyond `noticed` it hurries or dawdles, until it is in step. */
const lost = 400;
const noticed = 45;
const hurry = 0.06;

/** What one media element is to do so that it is where the clock is. */
export function orderFor(piece: Piece, at: number, playing: boolean, rate: number, element: Element): Order {
  const inside = covers(piece, at);
  const want = Math.min(Math.max(at - piece.offsetMs, 0), Math.max(piece.durationMs - 40, 0));
  const drift = element.time - want;
  if (!inside || !playing) {
    const seek = Math.abs(drift) > (playing ? lost : noticed) ? want : undefined;
    return element.paused && seek === undefined ? { do: 'nothing' } : { do: 'pause', time: seek };
  }
  if (Math.abs(drift) > lost) return { do: 'play', time: want, rate };
  const nudge = Math.abs(drift) <= noticed ? 0 : drift > 0 ? -hurry : hurry;
  return { do: 'play', time: undefined, rate: rate * (1 + nudge) };
}

export interface Clock {
  at: number;
  playing: boolean;
  rate: number;
  /** Since when an element lacks data, in ms of the wall; the clock waits for it a while. */
  waiting: number | undefined;
}

export type ClockEvent =
  | { type: 'tick'; elapsed: number; now: number; hungry: boolean }
  | { type: 'play' }
  | { type: 'pause' }
  | { type: 'seek'; to: number }
  | { type: 'rate'; rate: number };

export const firstClock: Clock = { at: 0, playing: false, rate: 1, waiting: undefined };

export const rates = [0.5, 1, 1.25, 1.5, 2] as const;

/** A line that does not bring the next second is waited for; a file that does not come at all holds nobody up for ever. */
const patience = 8000;

export function nextClock(clock: Clock, event: ClockEvent, duration: number): Clock {
  switch (event.type) {
    case 'play':
      return { ...clock, playing: true, at: clock.at >= duration ? 0 : clock.at };
    case 'pause':
      return { ...clock, playing: false, waiting: undefined };
    case 'seek':
      return { ...clock, at: Math.min(Math.max(event.to, 0), duration), waiting: undefined };
    case 'rate':
      return { ...clock, rate: event.rate };
    case 'tick': {
      if (!clock.playing) return clock;
      if (event.hungry) {
        const since = clock.waiting ?? event.now;
        if (event.now - since < patience) return clock.waiting === since ? clock : { ...clock, waiting: since };
      }
      const at = clock.at + event.elapsed * clock.rate;
      const waiting = event.hungry ? clock.waiting : undefined;
      return at >= duration
        ? { ...clock, at: duration, playing: false, waiting: undefined }
        : { ...clock, at, waiting };
    }
  }
}

export const faster = (rate: number) => rates.find((other) => other > rate) ?? rate;
export const slower = (rate: number) => rates.findLast((other) => other < rate) ?? rate;

/** 1:02:03 or 2:03, of milliseconds. */
export function clockText(ms: number): string {
  const seconds = Math.floor(Math.max(ms, 0) / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${hours > 0 ? two(Math.floor(seconds / 60) % 60) : Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

export interface Happening {
  atMs: number;
  type: string;
  person?: string;
  name?: string;
  source?: string;
  text?: string;
}

/** Events that somebody may want to go to; the rest is noise of the line. */
const told = [
  'mark',
  'joined',
  'left',
  'chat',
  'shared',
  'presenter',
  'muted',
  'consent',
  'interrupted',
  'resumed',
  'moved',
];

/** Those worth a line, in order; a topic that is shared again and again is told once until another one is. */
export function worthTelling<E extends Happening>(events: readonly E[]): E[] {
  const out: E[] = [];
  for (const event of [...events].sort((a, b) => a.atMs - b.atMs)) {
    if (!told.includes(event.type)) continue;
    const last = out.findLast((other) => other.type === 'shared');
    if (event.type === 'shared' && last && last.text === event.text && last.person === event.person) continue;
    out.push(event);
  }
  return out;
}

/** The mark after (or before) a moment. */
export function markBeside(events: readonly Happening[], at: number, step: 1 | -1): number | undefined {
  const marks = events.filter((event) => event.type === 'mark').map((event) => event.atMs);
  return step > 0
    ? marks.toSorted((a, b) => a - b).find((mark) => mark > at + 250)
    : marks.toSorted((a, b) => b - a).find((mark) => mark < at - 1500);
}

/** Where a span lies on the time line, in percent. */
export function span(from: number, until: number, duration: number): { left: string; width: string } {
  const part = (ms: number) => (duration > 0 ? (Math.min(Math.max(ms, 0), duration) / duration) * 100 : 0);
  return { left: `${part(from)}%`, width: `${Math.max(part(until) - part(from), 0.3)}%` };
}
