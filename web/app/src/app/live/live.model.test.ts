import { describe, expect, it } from 'vitest';
import { backoff, doubtful, firstState, type LiveState, lostSince, next, parseMessage } from './live.model';

describe('backoff', () => {
  it('doubles up to 15 s and stays within 30 %', () => {
    for (let attempt = 0; attempt < 40; attempt++) {
      const middle = Math.min(15_000, 500 * 2 ** attempt);
      expect(backoff(attempt, 0)).toBe(Math.round(middle * 0.7));
      expect(backoff(attempt, 1)).toBe(Math.round(middle * 1.3));
    }
  });
});

describe('live connection', () => {
  const lost = (now: number, heard = now) => ({ type: 'lost', now, heard, chance: 0.5 }) as const;

  it('remembers since when it is lost through all attempts', () => {
    let state: LiveState = next(firstState, { type: 'hello' });
    expect(lostSince(state)).toBeUndefined();
    state = next(state, lost(1000));
    expect(state).toEqual({ phase: 'waiting', attempt: 0, lostAt: 1000, retryAt: 1500 });
    state = next(state, { type: 'retry' });
    state = next(state, lost(2000));
    expect(state).toMatchObject({ attempt: 1, lostAt: 1000, retryAt: 3000 });
    expect(lostSince(state)).toBe(1000);
    state = next(next(state, { type: 'retry' }), { type: 'hello' });
    expect(state).toEqual({ phase: 'online' });
  });

  it('starts the waiting anew after a good connection', () => {
    let state: LiveState = { phase: 'connecting', attempt: 7, lostAt: 5 };
    state = next(state, { type: 'hello' });
    expect(next(state, lost(9))).toMatchObject({ attempt: 0, lostAt: 9 });
  });

  it('counts from what was heard last, not from when the silence was noticed', () => {
    expect(lostSince(next({ phase: 'online' }, lost(30_000, 12_000)))).toBe(12_000);
  });

  it('hears one loss once, and nothing after sign-out', () => {
    const waiting = next({ phase: 'online' }, lost(10));
    expect(next(waiting, lost(20))).toBe(waiting);
    const stopped = next(waiting, { type: 'signedOut' });
    expect(next(stopped, { type: 'retry' })).toBe(stopped);
    expect(next(stopped, { type: 'hello' })).toBe(stopped);
  });

  it('has nothing to retry while it is trying', () => {
    expect(next(firstState, { type: 'retry' })).toBe(firstState);
  });
});

describe('messages', () => {
  it('takes known ones and drops the rest', () => {
    expect(parseMessage('{"type":"uninvite","request":"r"}')).toEqual({ type: 'uninvite', request: 'r' });
    expect(parseMessage('{"type":"pong","serverTime":"x"}')).toEqual({ type: 'pong', serverTime: 'x' });
    for (const bad of ['', '[', 'null', '7', '{}', '{"type":"new-thing"}']) expect(parseMessage(bad)).toBeUndefined();
  });

  it('doubts the lists and the one entity', () => {
    expect(doubtful('request', 'r1')).toContainEqual(['request', 'r1']);
    expect(doubtful('something', 'x')).toEqual([['something']]);
  });
});
