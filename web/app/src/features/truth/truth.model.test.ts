import { describe, expect, it } from 'vitest';
import type { Correction, Side } from '@/api/truth';
import { changes, compare, correctionFacts, identityOf, joinName, splitName } from './truth.model';

const side = (over: Partial<Side>): Side => ({ source: 'images', ...over });

describe('names', () => {
  it.each([
    ['Zhang^San=张^三', 'Zhang San', '张三'],
    ['张^三', '', '张三'],
    ['Zhang^San', 'Zhang San', ''],
    ['=张三', '', '张三'],
    ['', '', ''],
  ])('reads %s', (name, latin, chinese) => {
    expect(splitName(name)).toEqual({ latin, chinese });
  });
  it('writes what was typed', () => {
    expect(joinName({ latin: 'Zhang San', chinese: '张三' })).toBe('Zhang^San=张三');
    expect(joinName({ latin: '', chinese: '张三' })).toBe('=张三');
    expect(joinName({ latin: 'Zhang San', chinese: '' })).toBe('Zhang^San');
  });
});

describe('the comparison', () => {
  it('marks what disagrees, not what is missing', () => {
    const got = compare([
      side({ patientName: 'Zhang^San=张^三', sex: 'M', patientId: '1' }),
      side({ patientName: '张三', sex: 'F' }),
    ]);
    expect(got.map(({ row, differs }) => [row, differs])).toEqual([
      ['patientName', false],
      ['sex', true],
      ['patientId', false],
    ]);
  });
  it('leaves out what nobody says', () => {
    expect(compare([side({}), side({})])).toEqual([]);
  });
});

describe('a correction', () => {
  it('sets only what was changed', () => {
    const from = identityOf(side({ patientName: 'Li^Si=李四', sex: 'M', patientId: '7', accession: 'A1' }));
    expect(changes(from, from)).toEqual({});
    expect(changes(from, { ...from, chinese: '李思', birthDate: '1980-01-02', accession: '' })).toEqual({
      PatientName: ['Li^Si=李思'],
      PatientBirthDate: ['19800102'],
      AccessionNumber: [],
    });
  });
  it('is told in a line', () => {
    const c = (over: object) => over as Correction;
    expect(
      correctionFacts(c({ kind: 'amend', amend: { study: '1', set: { PatientSex: ['F'], AccessionNumber: [] } } }))
        .values,
    ).toEqual(['PatientSex: F', 'AccessionNumber: —']);
    expect(correctionFacts(c({ kind: 'reject', reject: { code: '113037', instances: [{ study: '1' }] } }))).toEqual({
      code: '113037',
      count: 1,
      values: [],
    });
    expect(correctionFacts(c({ kind: 'merge', merge: { from: { id: 'a' }, into: { id: 'b' } } })).values).toEqual([
      'a → b',
    ]);
  });
});
