import { describe, expect, it } from 'vitest';
import { featuresOf, heard, placeFor, present } from './screens.model';

describe('presence', () => {
  it('lasts while a window speaks', () => {
    const one = heard(new Map(), { kind: 'hello', screen: 2 }, 1000);
    expect([...present(one, 7000).keys()]).toEqual([2]);
    expect(present(one, 8000).size).toBe(0);
    expect(heard(one, { kind: 'bye', screen: 2 }, 1500).size).toBe(0);
    expect(heard(one, { kind: 'gone' }, 1500)).toBe(one);
  });
});

describe('placeFor', () => {
  const own = { left: 0, top: 0, width: 1440, height: 900 };
  const other = { left: 1440, top: 0, width: 2048, height: 2560 };
  it('is where the window stood, else the other monitor, else beside', () => {
    const there = { left: 1500, top: 10, width: 1000, height: 800 };
    expect(placeFor(JSON.stringify(there), other, own)).toEqual(there);
    expect(placeFor(null, other, own)).toEqual(other);
    expect(placeFor('{"left":1}', undefined, own)).toEqual({ left: 60, top: 60, width: 1440, height: 900 });
    expect(placeFor('nonsense', other, own)).toEqual(other);
  });
  it('is said as the browser asks', () => {
    expect(featuresOf(other)).toBe('popup,left=1440,top=0,width=2048,height=2560');
  });
});
