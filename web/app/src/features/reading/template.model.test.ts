import { describe, expect, it } from 'vitest';
import type { Template } from '@/api/readings';
import { allMacros, expand, macrosTrouble } from './macros.model';
import { linesOfText, parseLines, printLines } from './notation.model';
import { allNormal, offersOf, placesOf, withLine, withOffer } from './template.model';

const chest: Template = {
  id: 'dr-chest',
  name: '胸部正位',
  owner: 'program',
  version: 0,
  modality: 'DX',
  bodyPart: 'CHEST',
  technique: '胸部后前位立位摄片。',
  impression: '心肺膈未见明显异常。',
  lines: [
    { organ: '胸廓', normal: '胸廓对称。' },
    {
      organ: '肺',
      normal: '双肺纹理清晰。',
      variants: [
        {
          name: '结节',
          text: '[左|右]肺[上|下]野见结节，约[# mm]。',
          impression: '{1}肺{2}野结节（{3}），建议[3个月|6个月]复查。',
        },
      ],
    },
    { organ: '纵隔与心影', normal: '纵隔居中，心影不大。' },
  ],
};
const empty = { technique: '', findings: '', impression: '' };
const all = '胸廓对称。\n双肺纹理清晰。\n纵隔居中，心影不大。';

describe('all normal', () => {
  it('writes everything of an empty report', () => {
    expect(allNormal(empty, chest)).toEqual({
      technique: '胸部后前位立位摄片。',
      findings: all,
      impression: '心肺膈未见明显异常。',
    });
  });
  it('leaves what stands, and says nothing normal of the abnormal', () => {
    const d = { ...empty, findings: '左肺上野见结节，约8 mm。' };
    expect(allNormal(d, chest)).toEqual({
      technique: '胸部后前位立位摄片。',
      findings: '胸廓对称。\n左肺上野见结节，约8 mm。\n纵隔居中，心影不大。',
      impression: '',
    });
  });
  it('changes nothing when it is asked for again', () => {
    const once = allNormal(empty, chest);
    expect(allNormal(once, chest)).toEqual(once);
  });
  it('knows a line by its organ when it was written freely', () => {
    const d = { ...empty, findings: '右肺中叶见斑片影。' };
    expect(allNormal(d, chest).findings).toBe('胸廓对称。\n右肺中叶见斑片影。\n纵隔居中，心影不大。');
  });
});

describe('a line', () => {
  it('is written at its place, whatever comes first', () => {
    let text = withLine('', chest.lines, 2, '心影增大。');
    text = withLine(text, chest.lines, 0, '胸廓对称。');
    expect(text).toBe('胸廓对称。\n心影增大。');
    expect(withLine(text, chest.lines, 1, '双肺纹理清晰。')).toBe('胸廓对称。\n双肺纹理清晰。\n心影增大。');
  });
  it('takes the place of what was said of its organ', () => {
    expect(withLine(all, chest.lines, 1, '右肺下野见结节，约[# mm]。')).toBe(
      '胸廓对称。\n右肺下野见结节，约[# mm]。\n纵隔居中，心影不大。',
    );
  });
  it('is told apart: normal, a variant with its values, the writer’s own', () => {
    const places = placesOf('胸廓不对称。\n右肺下野见结节，约12 mm。\n纵隔居中，心影不大。', chest.lines);
    expect(places.map((p) => p?.is)).toEqual(['own', 'variant', 'normal']);
    expect(places[1]?.values).toEqual(['右', '下', '12 mm']);
  });
});

describe('the impression', () => {
  const d = { ...empty, findings: '右肺下野见结节，约12 mm。', impression: '心肺膈未见明显异常。' };
  it('is offered a sentence with what the blanks were filled with', () => {
    expect(offersOf(d, chest)).toEqual([{ organ: '肺', sentence: '右肺下野结节（12 mm），建议[3个月|6个月]复查。' }]);
  });
  it('gives up that all is normal, and is not offered the same twice', () => {
    const [offer] = offersOf(d, chest);
    const impression = withOffer(d.impression, chest, offer?.sentence ?? '');
    expect(impression).toBe('右肺下野结节（12 mm），建议[3个月|6个月]复查。');
    expect(offersOf({ ...d, impression }, chest)).toEqual([]);
    expect(offersOf({ ...d, impression: '1. 右肺下野结节（12 mm），建议6个月复查。' }, chest)).toEqual([]);
  });
  it('keeps what else was said', () => {
    expect(withOffer('主动脉硬化。', chest, '右肺结节。')).toBe('主动脉硬化。\n右肺结节。');
  });
});

describe('the notation', () => {
  it('goes there and back', () => {
    expect(parseLines(printLines(chest.lines))).toEqual({
      ok: true,
      lines: chest.lines.map((l) => ({ ...l, variants: l.variants ?? [] })),
    });
  });
  it.each([
    ['肺 双肺清晰', 1, 'colon'],
    ['- 结节：见结节', 1, 'orphan'],
    ['肺：清\n- 结节', 2, 'colon'],
  ] as const)('says where it is wrong: %s', (text, line, why) =>
    expect(parseLines(text)).toEqual({ ok: false, line, why }),
  );
  it('makes a template of a text', () => {
    const text = '双肺纹理清晰。\n\n心影大小正常。\n[左|右]肺见结节。';
    expect(linesOfText(text).map((l) => l.organ)).toEqual(['双肺纹理清晰', '心影', '肺']);
  });
});

describe('abbreviations', () => {
  const own = [{ key: 'zc', text: '未见异常。' }];
  it.each([
    ['双肺zc', 4, '双肺未见异常。', 7],
    ['ZC', 2, '未见异常。', 5],
    ['azc', 3, undefined, 0],
    ['zc后', 3, undefined, 0],
  ])('%s', (text, caret, out, to) => {
    const e = expand(text, caret, own);
    expect(e?.text).toBe(out);
    if (e) expect(e.to).toBe(to);
  });
  it('of the person come before those of the program', () => {
    const list = allMacros([{ key: 'WJ', text: '我的' }], 'zh');
    expect(list.filter((m) => m.key.toLowerCase() === 'wj')).toEqual([{ key: 'WJ', text: '我的' }]);
    expect(list.length).toBeGreaterThan(3);
  });
  it.each([
    [[{ key: 'a b', text: 'x' }], 'entry'],
    [[{ key: 'a', text: ' ' }], 'entry'],
    [
      [
        { key: 'a', text: 'x' },
        { key: 'A', text: 'y' },
      ],
      'twice',
    ],
    [own, undefined],
  ])('are checked %#', (items, why) => expect(macrosTrouble(items)?.why).toBe(why));
});
