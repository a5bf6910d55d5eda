import { describe, expect, it } from 'vitest';
import { back, changesOf, forward, type History, noHistory, remember } from './history.model';
import { keyImage, type Measurement } from './measurements.model';
import { nextMark } from './tools/tour.model';

const mark = (id: string, x = 0, frame = 1): Measurement => ({
  id,
  tool: 'Length',
  series: 's',
  instance: 'i',
  frame,
  points: [[x], [1]],
});

describe('history', () => {
  it('goes back and forward, and forgets what was taken back at a new step', () => {
    let h: History<number> = noHistory;
    for (const n of [1, 2, 3]) h = remember(h, n);
    const one = back(h);
    expect(one?.step).toBe(3);
    const two = back(one?.history ?? h);
    expect(two?.step).toBe(2);
    expect(forward(two?.history ?? h)?.step).toBe(2);
    expect(forward(remember(two?.history ?? h, 9))).toBeUndefined();
    expect(back(noHistory)).toBeUndefined();
  });
  it('is bounded', () => {
    let h: History<number> = noHistory;
    for (let n = 0; n < 500; n++) h = remember(h, n);
    expect(h.past.length).toBe(100);
    expect(h.past.at(-1)).toBe(499);
  });
});

describe('changesOf', () => {
  it('tells what was made, moved and removed', () => {
    const before = [mark('a'), mark('b'), mark('c')];
    const after = [mark('a'), mark('b', 5), mark('d')];
    expect(changesOf(before, after)).toEqual([
      { before: mark('c') },
      { before: mark('b'), after: mark('b', 5) },
      { before: undefined, after: mark('d') },
    ]);
  });
  it('does not count numbers that were computed again', () => {
    const read = { ...mark('a'), figures: [{ kind: 'length' as const, value: 3, unit: 'mm' }] };
    expect(changesOf([mark('a')], [read])).toEqual([]);
  });
  it('counts the note of a key image', () => {
    const at = { series: 's', instance: 'i', frame: 1 };
    expect(changesOf([keyImage(at)], [keyImage(at, '结节')]).length).toBe(1);
  });
});

describe('nextMark', () => {
  const all = [mark('c', 0, 9), mark('a', 0, 2), mark('b', 0, 5)];
  const order = (m: { frame: number }) => m.frame;
  it.each([
    [undefined, 4, 1, 'b'],
    [undefined, 4, -1, 'a'],
    [undefined, 10, 1, 'a'],
    ['b', 5, 1, 'c'],
    ['c', 9, 1, 'a'],
    ['a', 2, -1, 'c'],
    ['a', 7, 1, 'c'], // turned away by hand since
  ] as const)('from %s at %d by %d is %s', (markId, place, by, wanted) => {
    expect(nextMark(all, order, { mark: markId, place }, by)?.id).toBe(wanted);
  });
  it('is none where there is none', () => {
    expect(nextMark([], order, { mark: undefined, place: 0 }, 1)).toBeUndefined();
  });
});
