import { describe, expect, it } from 'vitest';
import { Close } from './protocol';
import { backoff, recover, repair } from './recovery.model';

const attempt = { tries: 0, outMs: 0, graceMs: 30_000, random: 0.5 };

describe('recover', () => {
  it.each([
    [Close.unauthorized, 'ticket', true],
    [Close.forbidden, 'forbidden', false],
    [Close.gone, 'gone', true],
    [Close.moved, 'moved', false],
    [Close.ended, 'ended', false],
    [Close.full, 'full', true],
    [Close.badRequest, 'refused', false],
    [Close.tooLarge, 'refused', false],
  ])('ends on %i', (code, reason, again) => {
    expect(recover({ code }, attempt)).toEqual({ do: 'end', ended: { reason, again } });
  });

  it('tells what the server said', () => {
    const end = { code: Close.unauthorized, problem: { code: 'ticket', text: 'used' } };
    expect(recover(end, attempt)).toEqual({
      do: 'end',
      ended: { reason: 'ticket', again: true, code: 'ticket', text: 'used' },
    });
    expect(recover({ code: Close.gone, bye: { reason: 'lost' } }, attempt)).toMatchObject({
      ended: { reason: 'lost' },
    });
  });

  it('comes again after a broken line, a restart, a flood', () => {
    expect(recover({ code: 1006 }, attempt)).toEqual({ do: 'retry', afterMs: 250 });
    expect(recover({ code: 1006, tested: true }, attempt)).toEqual({ do: 'retry', afterMs: 0 });
    expect(recover({ code: 1006, tested: true }, { ...attempt, tries: 1 })).toEqual({ do: 'retry', afterMs: 500 });
    expect(recover({ code: Close.restart, bye: { reason: 'restart', afterMs: 900 } }, attempt)).toEqual({
      do: 'retry',
      afterMs: 900,
    });
    expect(recover({ code: Close.tooFast }, attempt)).toEqual({ do: 'retry', afterMs: 5000 });
    expect(recover({ code: Close.timeout }, attempt).do).toBe('retry');
  });

  it('gives up when the grace is over', () => {
    expect(recover({ code: 1006 }, { ...attempt, outMs: 29_900 })).toEqual({
      do: 'end',
      ended: { reason: 'unreachable', again: true },
    });
    expect(recover({ code: 1006 }, { ...attempt, outMs: 1e9, graceMs: Number.POSITIVE_INFINITY }).do).toBe('retry');
  });

  it('waits longer each time, within bounds', () => {
    let before = 0;
    for (let tries = 0; tries < 5; tries++) {
      const pause = backoff(tries, 0.5);
      expect(pause).toBeGreaterThan(before);
      before = pause;
    }
    expect(backoff(1000, 0.99)).toBeLessThanOrEqual(6250);
    expect(backoff(0, 0)).toBeGreaterThan(100);
  });
});

describe('repair', () => {
  it.each([
    ['a short silence', 400, Number.POSITIVE_INFINITY, 0, false, 'wait'],
    ['a longer one', 700, Number.POSITIVE_INFINITY, 0, false, 'restart'],
    ['a failure', 0, Number.POSITIVE_INFINITY, 0, true, 'restart'],
    ['a restart under way', 5000, 2000, 1, true, 'wait'],
    ['a restart that did not help', 9000, 6500, 1, true, 'renew'],
    ['and again', 16_000, 6500, 2, true, 'renew'],
    ['and a restart again', 23_000, 6500, 3, true, 'restart'],
  ] as const)('%s', (_, lost, since, restarts, failed, want) => {
    expect(repair(lost, since, restarts, failed)).toBe(want);
  });
});
