import { describe, expect, it } from 'vitest';
import { dayOf, endOfDay, moment, startOfDay, timeOf } from './days.model';
import { flatten, parseObject } from './settings.model';

describe('settings', () => {
  it('are shown line by line', () => {
    expect(flatten({ a: { b: '1m', c: [10, 20] }, d: true })).toEqual([
      ['a.b', '1m'],
      ['a.c', '10, 20'],
      ['d', 'true'],
    ]);
    expect(flatten({ a: '1m0s', b: '1h0m0s', c: '1m30s', d: '30s' }).map(([, value]) => value)).toEqual([
      '1m',
      '1h',
      '1m30s',
      '30s',
    ]);
  });

  it('must be an object', () => {
    expect(parseObject('{"a":1}')).toEqual({ a: 1 });
    for (const bad of ['', '{', '[1]', '7', 'null']) expect(parseObject(bad)).toBeUndefined();
  });
});

describe('days', () => {
  it('go to moments and back', () => {
    expect(dayOf(startOfDay('2026-05-01'))).toBe('2026-05-01');
    expect(dayOf(endOfDay('2026-05-01'))).toBe('2026-05-01');
    expect(timeOf(moment('2026-05-01', '08:30'))).toBe('08:30');
    expect(dayOf(moment('2026-05-31', '08:00', 1))).toBe('2026-06-01');
  });

  it('read the zero time as no limit', () => {
    expect(dayOf('0001-01-01T00:00:00Z')).toBe('');
    expect(startOfDay('')).toBeUndefined();
  });
});
