import { expect, it } from 'vitest';
import {
  type Clock,
  clockText,
  faster,
  firstClock,
  markBeside,
  nextClock,
  orderFor,
  type Piece,
  pieceAt,
  slower,
  span,
  tilesOf,
  worthTelling,
} from './playback.model';

const piece = (person: string, offsetMs: number, durationMs: number, source = 'main'): Piece => ({
  name: `${person}${offsetMs}`,
  person,
  source,
  mime: 'video/webm',
  offsetMs,
  durationMs,
});

it('makes one tile of a person who came back, and shows screens first', () => {
  const tiles = tilesOf([
    piece('ann', 0, 1000),
    piece('bob', 500, 9000),
    piece('ann', 5000, 2000),
    piece('bob', 900, 9, 'screen'),
  ]);
  expect(tiles.map((tile) => tile.key)).toEqual(['bob/screen', 'ann/main', 'bob/main']);
  const ann = tiles[1];
  expect(ann && pieceAt(ann, 999)?.offsetMs).toBe(0);
  expect(ann && pieceAt(ann, 1000)).toBeUndefined();
  expect(ann && pieceAt(ann, 5000)?.offsetMs).toBe(5000);
});

it('keeps an element in step: gently when it is near, by a jump when it is lost', () => {
  const file = piece('ann', 2000, 10_000);
  const at = (time: number, paused = false) => ({ time, paused, ready: true });
  expect(orderFor(file, 5000, true, 1, at(3010))).toEqual({ do: 'play', time: undefined, rate: 1 });
  expect(orderFor(file, 5000, true, 1.5, at(3200))).toEqual({ do: 'play', time: undefined, rate: 1.5 * 0.94 });
  expect(orderFor(file, 5000, true, 1, at(2800))).toEqual({ do: 'play', time: undefined, rate: 1.06 });
  expect(orderFor(file, 5000, true, 1, at(1000))).toEqual({ do: 'play', time: 3000, rate: 1 });
  expect(orderFor(file, 1000, true, 1, at(0, true))).toEqual({ do: 'nothing' });
  expect(orderFor(file, 13_000, true, 1, at(9960))).toEqual({ do: 'pause', time: undefined });
  expect(orderFor(file, 5000, false, 1, at(4000, true))).toEqual({ do: 'pause', time: 3000 });
  expect(orderFor(file, 5000, false, 1, at(3000, true))).toEqual({ do: 'nothing' });
});

it('runs, waits for data a while, ends, and begins anew', () => {
  const run = (clock: Clock, ...events: Parameters<typeof nextClock>[1][]) =>
    events.reduce((c, e) => nextClock(c, e, 10_000), clock);
  const tick = (elapsed: number, now = 0, hungry = false) => ({ type: 'tick', elapsed, now, hungry }) as const;
  let clock = run(firstClock, tick(500), { type: 'play' }, { type: 'rate', rate: 2 }, tick(500));
  expect(clock).toMatchObject({ at: 1000, playing: true });
  clock = run(clock, tick(100, 1000, true), tick(100, 3000, true));
  expect(clock).toMatchObject({ at: 1000, waiting: 1000 });
  expect(run(clock, tick(100, 9100, true)).at).toBe(1200);
  expect(run(clock, tick(100, 3100))).toMatchObject({ at: 1200, waiting: undefined });
  expect(run(clock, { type: 'seek', to: 99_000 }).at).toBe(10_000);
  const over = run(clock, tick(60_000));
  expect(over).toMatchObject({ at: 10_000, playing: false });
  expect(run(over, { type: 'play' })).toMatchObject({ at: 0, playing: true });
});

it('tells what is worth it', () => {
  const events = [
    { atMs: 9, type: 'mark', text: 'a' },
    { atMs: 1, type: 'joined', person: 'ann' },
    { atMs: 2, type: 'shared', person: 'ann', text: 'viewer' },
    { atMs: 3, type: 'live', person: 'ann' },
    { atMs: 4, type: 'shared', person: 'ann', text: 'viewer' },
    { atMs: 5, type: 'shared', person: 'bob', text: 'viewer' },
  ];
  expect(worthTelling(events).map((event) => event.atMs)).toEqual([1, 2, 5, 9]);
  const marks = [3000, 8000].map((atMs) => ({ atMs, type: 'mark' }));
  expect(markBeside(marks, 0, 1)).toBe(3000);
  expect(markBeside(marks, 3000, 1)).toBe(8000);
  expect(markBeside(marks, 9000, 1)).toBeUndefined();
  expect(markBeside(marks, 8500, -1)).toBe(3000);
});

it('writes times and places', () => {
  expect([0, 61_500, 3_723_000].map(clockText)).toEqual(['0:00', '1:01', '1:02:03']);
  expect(span(2500, 5000, 10_000)).toEqual({ left: '25%', width: '25%' });
  expect(span(0, 0, 0)).toEqual({ left: '0%', width: '0.3%' });
  expect([faster(1), faster(2), slower(1), slower(0.5)]).toEqual([1.25, 2, 0.5, 0.5]);
});
