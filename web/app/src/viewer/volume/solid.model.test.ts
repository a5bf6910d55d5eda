import { describe, expect, it } from 'vitest';
import { nextDistance, presetOf, solidLooks } from './solid.model';

describe('presetOf', () => {
  it.each(solidLooks)('%s counts its own figures and rises in HU', (look) => {
    const { scalarOpacity, colorTransfer } = presetOf(look);
    for (const [text, every] of [
      [scalarOpacity, 2],
      [colorTransfer, 4],
    ] as const) {
      const [count = 0, ...figures] = text.split(' ').map(Number);
      expect(figures).toHaveLength(count);
      const hu = figures.filter((_, i) => i % every === 0);
      expect([...hu].sort((a, b) => a - b)).toEqual(hu);
    }
  });
  it('shows air nowhere', () => {
    for (const look of solidLooks) expect(presetOf(look).scalarOpacity).toMatch(/^\d+ -1024 0 /);
  });
});

describe('nextDistance', () => {
  it('gets coarser while pictures take long, and finer again', () => {
    expect(nextDistance(1, 1000)).toBe(2);
    expect(nextDistance(1, 300)).toBeCloseTo(1.2);
    expect(nextDistance(5, 10_000)).toBe(6);
    expect(nextDistance(3, 20)).toBe(2);
    expect(nextDistance(1, 20)).toBe(1);
    expect(nextDistance(2, 100)).toBe(2);
  });
});
