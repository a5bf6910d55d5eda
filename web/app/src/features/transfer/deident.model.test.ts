import { describe, expect, it } from 'vitest';
import type { ReviewRisk } from '@/api/sharing';
import { decided, framesToShow, leaving, pictured, verdictOf, waiting } from './deident.model';

const risk = (instance: string, more: Partial<ReviewRisk> = {}): ReviewRisk => ({
  instance,
  series: '1.2',
  number: 1,
  modality: 'US',
  frames: 1,
  risk: 'modality',
  leftOut: false,
  ...more,
});

describe('what may show a name', () => {
  const all = [risk('a'), risk('b'), risk('c', { risk: 'report', leftOut: true })];
  it('waits until somebody has decided, unless it is left out anyway', () => {
    expect(waiting(all, {})).toBe(2);
    expect(verdictOf(all[2] as ReviewRisk, {})).toBe('out');
    expect(waiting(all, { a: 'clean', b: 'out' })).toBe(0);
  });
  it('leaves or stays as was decided', () => {
    expect(decided(all, { a: 'clean', b: 'out' })).toEqual({ looked: ['a'], excluded: ['b', 'c'] });
    expect(decided(all, { a: 'clean', b: 'out', c: 'clean' })).toEqual({ looked: ['a', 'c'], excluded: ['b'] });
    expect(leaving(10, all, { a: 'clean', b: 'out' })).toBe(8);
  });
  it('shows some frames of a loop, the first and the last among them', () => {
    expect(framesToShow(1)).toEqual([1]);
    expect(framesToShow(0)).toEqual([1]);
    expect(framesToShow(4)).toEqual([1, 2, 3, 4]);
    expect(framesToShow(100)).toEqual([1, 21, 41, 60, 80, 100]);
  });
  it('shows pictures only of what is one', () => {
    expect(all.map(pictured)).toEqual([true, true, false]);
  });
});
