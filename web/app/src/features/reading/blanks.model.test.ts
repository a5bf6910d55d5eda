import { describe, expect, it } from 'vitest';
import { beginNumber, blankAt, blanksIn, expressionOf, fill, nextBlank, previousBlank } from './blanks.model';

describe('blanks', () => {
  it.each([
    ['[左|右]肺见结节，[# mm]', ['choice', 'number']],
    ['[ ]与[?部位]', ['words', 'words']],
    ['大小[# × # mm]', ['number']],
    ['纵横比[<1|>1]', ['choice']],
    ['参考文献[1]，见[注]', []],
    ['没有空白', []],
  ])('%s', (text, kinds) => expect(blanksIn(text).map((b) => b.kind)).toEqual(kinds));

  it('are found from where one stands, round the end', () => {
    const text = '[左|右]肺[# mm]结节';
    expect(nextBlank(text, 0)?.text).toBe('[左|右]');
    expect(nextBlank(text, 5)?.text).toBe('[# mm]');
    expect(nextBlank(text, 12)?.text).toBe('[左|右]');
    expect(previousBlank(text, 6)?.text).toBe('[左|右]');
    expect(previousBlank(text, 0)?.text).toBe('[# mm]');
    expect(nextBlank('无', 0)).toBeUndefined();
  });

  it('are stood in when inside, or wholly selected', () => {
    const text = '见[左|右]肺';
    expect(blankAt(text, 1, 6)?.text).toBe('[左|右]');
    expect(blankAt(text, 3)?.text).toBe('[左|右]');
    expect(blankAt(text, 1)).toBeUndefined();
    expect(blankAt(text, 6)).toBeUndefined();
  });

  it('are filled', () => {
    const [b] = blanksIn('[左|右]肺');
    expect(b && fill('[左|右]肺', b, '左')).toEqual({ text: '左肺', caret: 1 });
  });

  it.each([
    ['约[# mm]。', '约8 mm。', 2],
    ['[# × # mm]', '8 × [# mm]', 1],
    ['[# × # × # mm]', '8 × [# × # mm]', 1],
    ['第[#]肋', '第8肋', 2],
  ])('keep the unit behind the first digit: %s', (text, after, caret) => {
    const [b] = blanksIn(text);
    expect(b && beginNumber(text, b, '8')).toEqual({ text: after, caret });
  });
});

describe('what blanks were filled with', () => {
  const text = '[左|右]肺[上叶|下叶]结节（约[# mm]）。';
  it.each([
    ['左肺上叶结节（约8 mm）。', ['左', '上叶', '8 mm']],
    ['右肺[上叶|下叶]结节（约[# mm]）。', ['右', '[上叶|下叶]', '[# mm]']],
    ['左肺中叶结节（约8 mm）。', undefined],
    ['左肺上叶结节（约8.5 mm）。', ['左', '上叶', '8.5 mm']],
  ])('%s', (filled, values) => expect(expressionOf(text).exec(filled)?.slice(1)).toEqual(values));
});
