import { describe, expect, it } from 'vitest';
import type { Measurement } from '@/viewer/measurements.model';
import { inserted, markKind, markText } from './marks.model';

const mark = (over: Partial<Measurement>): Measurement => ({
  id: 'm',
  tool: 'Length',
  series: '1',
  instance: '1',
  frame: 1,
  points: [],
  ...over,
});
const names = { mean: '均值', sd: '标准差', min: '最小', max: '最大', area: '面积' };
const nameOf = (kind: string) => names[kind as keyof typeof names];

describe('a measurement in words', () => {
  it('is its numbers', () => {
    expect(markText(mark({ figures: [{ kind: 'length', value: 8.2, unit: 'mm' }] }), nameOf)).toBe('8.2 mm');
    expect(
      markText(
        mark({
          tool: 'EllipticalROI',
          figures: [
            { kind: 'mean', value: 42, unit: 'HU' },
            { kind: 'sd', value: 11, unit: 'HU' },
            { kind: 'max', value: 80, unit: 'HU' },
          ],
        }),
        nameOf,
      ),
    ).toBe('均值 42 HU · 标准差 11 HU');
  });
  it('is its label where there are no numbers', () => {
    expect(markText(mark({ tool: 'ArrowAnnotate', label: '结节' }), nameOf)).toBe('结节');
  });
  it('is named by what it is', () => {
    expect([markKind('CobbAngle'), markKind('Probe'), markKind('New')]).toEqual(['angle', 'point', 'other']);
  });
});

describe('inserted', () => {
  it.each([
    ['', 0, '8 mm'],
    ['直径约', 3, '直径约 8 mm'],
    ['直径约，边缘清', 3, '直径约 8 mm，边缘清'],
    ['见结节，', 4, '见结节，8 mm'],
  ])('%s', (text, at, out) => expect(inserted(text, '8 mm', at).text).toBe(out));
  it('says where the caret stands', () => expect(inserted('ab', 'X', 1)).toEqual({ text: 'a Xb', caret: 3 }));
});
