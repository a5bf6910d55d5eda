import { describe, expect, it } from 'vitest';
import type { ForwardLine } from '@/api/forward';
import { sortLines, toneOf, waitedFor, words } from './forward.model';

const now = Date.parse('2026-11-22T08:00:00Z');
const line = (over: Partial<ForwardLine>): ForwardLine =>
  ({ peer: 'p', name: 'a', lane: 'l', state: 'idle', waiting: 0, dead: 0, disabled: false, ...over }) as ForwardLine;

describe('a line of the queue', () => {
  it('shows first what is wrong', () => {
    expect(toneOf(line({}), now)).toBe('idle');
    expect(toneOf(line({ waiting: 2, oldest: '2026-11-22T07:50:00Z' }), now)).toBe('busy');
    expect(toneOf(line({ waiting: 2, oldest: '2026-11-22T07:30:00Z' }), now)).toBe('late');
    expect(toneOf(line({ waiting: 2, state: 'down' }), now)).toBe('bad');
    expect(toneOf(line({ dead: 1 }), now)).toBe('bad');
    expect(toneOf(line({ dead: 1, disabled: true }), now)).toBe('off');
  });
  it('comes in the order of need', () => {
    const lines = [
      line({ name: 'b' }),
      line({ name: 'c', disabled: true }),
      line({ name: 'd', state: 'down' }),
      line({ name: 'a' }),
    ];
    expect(sortLines(lines, now).map((one) => one.name)).toEqual(['d', 'a', 'b', 'c']);
  });
  it('has waited since its oldest job', () => {
    expect(waitedFor(line({ oldest: '2026-11-22T07:59:00Z' }), now)).toBe(60);
    expect(waitedFor(line({ oldest: '2026-11-22T08:01:00Z' }), now)).toBe(0);
    expect(waitedFor(line({}), now)).toBe(0);
  });
});

it('reads lists as people write them', () => {
  expect(words(' CT1, CT2，DR*\nUS、MR ')).toEqual(['CT1', 'CT2', 'DR*', 'US', 'MR']);
  expect(words(undefined)).toEqual([]);
});
