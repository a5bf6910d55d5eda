import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Hints } from './hints';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('makes one fetch of many hints, and loses none that comes later', () => {
  const flushed: string[][] = [];
  const hints = new Hints((key) => flushed.push(key));
  for (let i = 0; i < 500; i++) hints.add([['studies'], ['study', 'a']]);
  expect(flushed).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(flushed).toEqual([['studies'], ['study', 'a']]);
  hints.add([['studies']]);
  vi.advanceTimersByTime(200);
  expect(flushed).toHaveLength(3);
  hints.add([['board']]);
  hints.stop();
  vi.advanceTimersByTime(200);
  expect(flushed).toHaveLength(3);
});
