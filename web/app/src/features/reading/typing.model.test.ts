import { describe, expect, it } from 'vitest';
import { typed } from './typing.model';

const macros = [
  { key: 'zc', text: '未见异常。' },
  { key: 'jj', text: '见[左|右]肺结节' },
];

/** A text with its caret, or with what is selected between two bars. */
function at(marked: string) {
  const from = marked.indexOf('¦');
  const to = marked.lastIndexOf('¦') - (marked.lastIndexOf('¦') > from ? 1 : 0);
  return { text: marked.replaceAll('¦', ''), spot: { from, to } };
}

function shown(t: ReturnType<typeof typed>, text: string): string | undefined {
  if (!t || t.do === 'leave') return t?.do;
  const all = t.do === 'write' ? t.text : text;
  return t.from === t.to
    ? `${all.slice(0, t.from)}¦${all.slice(t.from)}`
    : `${all.slice(0, t.from)}¦${all.slice(t.from, t.to)}¦${all.slice(t.to)}`;
}

describe('a key', () => {
  it.each([
    ['Tab', '¦[左|右]肺[# mm]', '¦[左|右]¦肺[# mm]'],
    ['Tab', '¦[左|右]¦肺[# mm]', '[左|右]肺¦[# mm]¦'],
    ['1', '¦[左|右]¦肺[# mm]', '左肺¦[# mm]¦'],
    ['3', '¦[左|右]¦肺[# mm]', undefined],
    ['8', '左肺¦[# mm]¦', '左肺8¦ mm'],
    ['8', '左肺¦', undefined],
    ['8', '左¦肺¦', undefined],
    [' ', '双肺zc¦', '双肺未见异常。¦'],
    ['Tab', 'zc¦[左|右]', '未见异常。¦[左|右]'],
    [' ', 'jj¦', '见¦[左|右]¦肺结节'],
    [' ', '双肺¦', undefined],
    ['Tab', '没有空白¦', undefined],
    ['Tab', '¦[左|右]¦', undefined],
    ['Escape', '双肺¦', 'leave'],
    ['a', '¦[左|右]¦', undefined],
  ])('%s in %s', (key, marked, after) => {
    const { text, spot } = at(marked);
    expect(shown(typed({ key, shiftKey: false }, text, spot, macros), text)).toBe(after);
  });

  it('goes back with Shift', () => {
    const { text, spot } = at('[左|右]肺¦[# mm]¦');
    expect(shown(typed({ key: 'Tab', shiftKey: true }, text, spot, macros), text)).toBe('¦[左|右]¦肺[# mm]');
  });
});
