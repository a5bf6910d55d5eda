import { describe, expect, it } from 'vitest';
import { type CheckCode, checksOf, type Exam } from './checks.model';

const knee: Exam = { ordered: '左膝关节正侧位' };
const chest: Exam = { ordered: '胸部平扫', sex: 'M', age: 61 };

interface Case {
  of: string;
  findings: string;
  impression: string;
  exam?: Exam;
  expect: [CheckCode, string][];
}

const cases: Case[] = [
  {
    of: 'nothing to ask',
    findings: '双肺纹理清晰，未见结节。左侧胸腔见弧形积液，最厚处约12 mm。',
    impression: '左侧胸腔积液。',
    expect: [],
  },
  // sides
  {
    of: 'the other side of one organ',
    findings: '右肺上叶见结节，约8 mm。左肺未见异常。',
    impression: '左肺上叶结节。',
    expect: [['side', '左肺']],
  },
  {
    of: 'sides of two organs',
    findings: '右肺见结节。左侧胸腔见积液。',
    impression: '右肺结节。左侧胸腔积液。',
    expect: [],
  },
  { of: 'both sides found', findings: '双肺见多发结节。', impression: '右肺结节。', expect: [] },
  {
    of: 'the other side, no organ named',
    findings: '右侧基底节区见高密度影。',
    impression: '左侧基底节区脑出血。',
    expect: [['side', '左侧基底节']],
  },
  {
    of: 'a knee of the other side',
    findings: '右膝关节骨质完整。',
    impression: '右膝未见骨折。',
    exam: knee,
    expect: [
      ['sideOrder', '右膝关节'],
      ['sideOrder', '右膝'],
    ],
  },
  { of: 'the ordered side', findings: '左膝关节骨质完整。', impression: '左膝关节未见骨折。', exam: knee, expect: [] },
  {
    of: 'English sides',
    findings: 'Nodule in the right lung.',
    impression: 'Nodule of the left lung.',
    expect: [['side', 'left lung']],
  },
  {
    of: 'images of the other side',
    findings: '左膝关节在位。',
    impression: '左膝关节正常。',
    exam: { ...knee, images: 'R' },
    expect: [['sideImages', '右']],
  },
  // sex and age
  {
    of: 'a prostate in a woman',
    findings: '前列腺不大。',
    impression: '正常。',
    exam: { ordered: '盆腔', sex: 'F' },
    expect: [['sex', '前列腺']],
  },
  {
    of: 'a uterus in a man',
    findings: '子宫前位。',
    impression: '双侧附件区正常。',
    exam: { ordered: '盆腔', sex: 'M' },
    expect: [
      ['sex', '子宫'],
      ['sex', '附件区'],
    ],
  },
  {
    of: 'an English prostate in a woman',
    findings: 'The Prostate is enlarged; the uterus is normal.',
    impression: 'Prostatic hyperplasia.',
    exam: { ordered: 'pelvis', sex: 'F' },
    expect: [
      ['sex', 'Prostate'],
      ['sex', 'Prostatic'],
    ],
  },
  {
    of: 'an English uterus in a man, whose ureter and prostate are his own',
    findings: 'The uterus is normal. The ureter and the prostate are normal.',
    impression: '前列腺增生。',
    exam: { ordered: 'pelvis', sex: 'M' },
    expect: [['sex', 'uterus']],
  },
  {
    of: 'a knee of the other side in English',
    findings: 'The right knee is intact.',
    impression: 'Normal.',
    exam: { ordered: 'Left knee' },
    expect: [['sideOrder', 'right knee']],
  },
  {
    of: 'an unknown sex',
    findings: '子宫前位。',
    impression: '正常。',
    exam: { ordered: '盆腔', sex: 'U' },
    expect: [],
  },
  {
    of: 'osteophytes of a child',
    findings: '椎体缘骨质增生。',
    impression: '请结合临床。',
    exam: { ordered: '腰椎', age: 9 },
    expect: [['age', '骨质增生']],
  },
  // agreement
  {
    of: 'denied and concluded',
    findings: '所示骨质完整，未见骨折征象。',
    impression: '右侧第5肋骨骨折。',
    expect: [['denied', '骨折']],
  },
  {
    of: 'denied with a list',
    findings: '未见骨折及脱位。',
    impression: '肩关节脱位。',
    expect: [['denied', '脱位']],
  },
  {
    of: 'found and denied',
    findings: '右侧第5肋骨骨折。',
    impression: '未见骨折。',
    expect: [['missed', '骨折']],
  },
  { of: 'found and denied elsewhere', findings: '第5肋骨骨折，余未见骨折。', impression: '第5肋骨骨折。', expect: [] },
  {
    of: 'stones of one organ only',
    findings: '胆囊内见强回声团，后伴声影。双肾未见结石样强回声。',
    impression: '胆囊结石。',
    expect: [],
  },
  {
    of: 'stones of the same organ',
    findings: '胆囊内未见结石样强回声。',
    impression: '胆囊结石。',
    expect: [['denied', '结石']],
  },
  { of: 'left open', findings: '未见明确骨折线。', impression: '隐匿性骨折不除外，建议MR检查。', expect: [] },
  { of: 'what only sounds like a denial', findings: '肝内见无回声区，考虑囊肿。', impression: '肝囊肿。', expect: [] },
  {
    of: 'English',
    findings: 'No fracture is seen.',
    impression: 'Fracture of the rib.',
    expect: [['denied', 'Fracture']],
  },
  // numbers
  {
    of: 'a number without its unit',
    findings: '右肺结节，直径约8，边缘清楚。',
    impression: '右肺结节，大小约12×10。',
    expect: [
      ['unit', '8'],
      ['unit', '12×10'],
    ],
  },
  {
    of: 'numbers with theirs',
    findings: '右肺结节，大小约12 × 10 mm，直径约8mm，压缩约30 %，心胸比约0.52。',
    impression: '右肺结节。',
    expect: [],
  },
  // blanks and order
  {
    of: 'what a template left open',
    findings: '[左|右]肺见结节，约[# mm]。',
    impression: '肺结节。',
    expect: [
      ['blank', '[左|右]'],
      ['blank', '[# mm]'],
    ],
  },
  {
    of: 'the same twice',
    findings: '双肺纹理清晰自然。双肺纹理清晰自然。',
    impression: '正常。。',
    expect: [
      ['twice', '双肺纹理清晰自然'],
      ['stops', '。。'],
    ],
  },
];

describe('checks', () => {
  it.each(cases)('$of', ({ findings, impression, exam = chest, expect: want }) => {
    const marks = checksOf({ technique: '平扫', findings, impression }, exam);
    expect(marks.map((m) => [m.code, m.word])).toEqual(want);
  });

  it('point at their place', () => {
    const d = { technique: '平扫', findings: '右肺结节，直径约8。', impression: '右肺结节。' };
    const [mark] = checksOf(d, chest);
    expect(mark && d[mark.part].slice(mark.from, mark.to)).toBe('直径约8');
  });

  it('ask for what is not written; an addendum needs either text', () => {
    const nothing = { technique: '', findings: '', impression: '' };
    expect(checksOf(nothing, chest).map((m) => [m.level, m.part])).toEqual([
      ['stop', 'findings'],
      ['stop', 'impression'],
      ['hint', 'technique'],
    ]);
    expect(checksOf(nothing, { ...chest, addendum: true }).map((m) => m.part)).toEqual(['findings']);
    expect(checksOf({ ...nothing, impression: '补充。' }, { ...chest, addendum: true })).toEqual([]);
  });
});
