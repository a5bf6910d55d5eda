import { describe, expect, it } from 'vitest';
import { clockText, durationParts, pressure, secondsBetween, secondsUntil, usedShare } from './time.model';

const at = (text: string) => Date.parse(text);

describe('waiting clocks', () => {
  it.each([
    [0, '00:00'],
    [42, '00:42'],
    [725, '12:05'],
    [3725, '1:02:05'],
    [-3, '00:00'],
  ])('%d s reads %s', (seconds, text) => expect(clockText(seconds)).toBe(text));

  it('counts up from the start and never below zero', () => {
    expect(secondsBetween('2026-05-01T08:00:00Z', at('2026-05-01T08:01:30.900Z'))).toBe(90);
    expect(secondsBetween('2026-05-01T08:00:00Z', at('2026-05-01T07:59:00Z'))).toBe(0);
    expect(secondsBetween(undefined, 0)).toBe(0);
  });

  it('counts down to the second in which it is due', () => {
    expect(secondsUntil('2026-05-01T08:00:00Z', at('2026-05-01T07:59:59.100Z'))).toBe(1);
    expect(secondsUntil('2026-05-01T08:00:00Z', at('2026-05-01T08:00:00Z'))).toBe(0);
  });

  it('turns at 50, 75 and 100 % of the time to the next escalation', () => {
    const share = (now: string) => usedShare('2026-05-01T08:00:00Z', '2026-05-01T08:01:00Z', at(now));
    expect(pressure(share('2026-05-01T08:00:29Z'))).toBe('calm');
    expect(pressure(share('2026-05-01T08:00:30Z'))).toBe('half');
    expect(pressure(share('2026-05-01T08:00:45Z'))).toBe('late');
    expect(pressure(share('2026-05-01T08:01:00Z'))).toBe('over');
    expect(pressure(usedShare('2026-05-01T08:00:00Z', undefined, 0))).toBe('calm');
  });

  it('splits a duration for the words of a language', () => {
    expect(durationParts(93784)).toEqual({ days: 1, hours: 2, minutes: 3, seconds: 4 });
  });
});
