import { describe, expect, it } from 'vitest';
import { type Examined, noSafety, safetyFields, safetyOf, weightOf, yearsOf } from './safety.model';

const exam = (modality: string, over: Partial<Examined> = {}): Examined => ({
  modality,
  bodyPart: 'CHEST',
  exam: '',
  sex: 'M',
  age: 40,
  ...over,
});

describe('what is asked for safety', () => {
  it.each([
    ['an ECG', exam('ECG', { sex: 'F' }), '', []],
    ['a chest film of a man', exam('DX'), '', []],
    ['a chest film of a woman', exam('DX', { sex: 'F' }), '', ['pregnancy']],
    ['a chest film of an old woman', exam('DX', { sex: 'F', age: 80 }), '', []],
    ['an ultrasound of a woman', exam('US', { sex: 'F' }), '', []],
    ['a hand', exam('DX', { bodyPart: 'HAND' }), '', ['laterality']],
    ['a knee that was typed', exam('DX', { bodyPart: '', exam: '膝关节正侧位' }), '', ['laterality']],
    ['a plain CT', exam('CT'), '', ['contrast']],
    ['a CT with contrast', exam('CT'), '碘海醇', ['contrast', 'allergies', 'weightKg']],
    ['an MR', exam('MR'), ' ', ['contrast', 'weightKg']],
    ['somebody of unknown age and sex', exam('CT', { sex: 'U', age: undefined }), '', ['contrast', 'pregnancy']],
  ] as const)('%s', (_, of, contrast, fields) => {
    expect(safetyFields(of, contrast)).toEqual(fields);
  });

  it('is sent only while it is asked, and never empty', () => {
    const draft = { ...noSafety, laterality: 'L', contrast: ' 碘海醇 ', weightKg: '61,5' } as const;
    expect(safetyOf(draft, ['contrast', 'allergies', 'weightKg'])).toEqual({ contrast: '碘海醇', weightKg: 61.5 });
    expect(safetyOf(draft, [])).toEqual({});
  });

  it('knows a weight', () => {
    expect([weightOf(''), weightOf('60'), weightOf('0'), weightOf('6o')]).toEqual([
      undefined,
      60,
      Number.NaN,
      Number.NaN,
    ]);
  });

  it('knows an age', () => {
    const today = new Date('2026-05-01T00:00:00Z');
    expect(yearsOf('36岁', undefined)).toBe(36);
    expect(yearsOf('8月', undefined)).toBe(0);
    expect(yearsOf(undefined, '1990-06-01', today)).toBe(35);
    expect(yearsOf(undefined, '', today)).toBeUndefined();
  });
});
