import { describe, expect, it } from 'vitest';
import { diffWords, isChanged, runsOf, textOf } from './diff.model';

const told = (a: string, b: string) =>
  diffWords(a, b)
    .map((p) => (p.op === 'same' ? p.text : p.op === 'delete' ? `[-${p.text}-]` : `{+${p.text}+}`))
    .join('');

describe('diffWords', () => {
  it.each([
    ['右肺上叶结节，直径约 8 mm。', '右肺上叶结节，直径约 18 mm。', '右肺上叶结节，直径约 [-8-]{+18+} mm。'],
    ['左肺未见异常。', '右肺未见异常。', '[-左-]{+右+}肺未见异常。'],
    ['', '心影不大。', '{+心影不大。+}'],
    ['余肺未见实变。', '', '[-余肺未见实变。-]'],
    ['No effusion.', 'Small effusion.', '[-No-]{+Small+} effusion.'],
    ['纵隔居中。心影不大。', '纵隔居中。主动脉增宽。心影不大。', '纵隔居中。{+主动脉增宽。+}心影不大。'],
  ])('%s → %s', (a, b, shown) => expect(told(a, b)).toBe(shown));

  it('says when nothing changed', () => {
    expect(diffWords('一样', '一样')).toEqual([{ op: 'same', text: '一样' }]);
    expect(isChanged(diffWords('一样', '一样'))).toBe(false);
  });

  it('gives back both texts, whatever they are', () => {
    const a = '双肺纹理清晰，未见实变影；心影 12.5 cm。\n膈面光整。';
    const b = '双肺纹理增多，右下见实变影；心影 13.5 cm。\n膈面欠光整，少量积液。';
    const pieces = diffWords(a, b);
    const side = (gone: string) =>
      pieces
        .filter((p) => p.op !== gone)
        .map((p) => p.text)
        .join('');
    expect(side('insert')).toBe(a);
    expect(side('delete')).toBe(b);
  });

  it('answers for texts that are too long to compare in full', () => {
    const long = (c: string) => c.repeat(2000);
    expect(diffWords(long('甲'), long('乙'))).toHaveLength(2);
  });

  it('takes Chinese words whole, and a side alone', () => {
    expect(told('右肺上叶炎症。', '右肺上叶结节。')).toBe('右肺上叶[-炎症-]{+结节+}。');
    expect(told('双侧胸腔积液。', '左侧胸腔积液。')).toBe('[-双-]{+左+}侧胸腔积液。');
  });
});

describe('changes one by one', () => {
  const before = '右肺上叶结节，约8 mm。心影不大。';
  const after = '左肺上叶结节，约18 mm。心影不大。主动脉硬化。';
  const runs = runsOf(diffWords(before, after));
  it('are counted', () => {
    expect(runs.flatMap((r) => ('hunk' in r ? [[r.gone, r.come]] : []))).toEqual([
      ['右', '左'],
      ['8', '18'],
      ['', '主动脉硬化。'],
    ]);
  });
  it('are made or turned down', () => {
    expect(textOf(runs, () => true)).toBe(after);
    expect(textOf(runs, () => false)).toBe(before);
    expect(textOf(runs, (h) => h !== 0)).toBe('右肺上叶结节，约18 mm。心影不大。主动脉硬化。');
  });
});
