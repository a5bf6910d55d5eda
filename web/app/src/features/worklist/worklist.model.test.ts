import { describe, expect, it } from 'vitest';
import type { StepProblem, Worklist } from '@/api/worklist';
import { nameAsShown, namesMissing, wayOut } from './worklist.model';

describe('a name as the device shows it', () => {
  it.each([
    [{ alphabetic: 'Wang^Xiaodong', ideographic: '王^小东' }, '王小东', 'Wang Xiaodong'],
    [{ alphabetic: '王^小东' }, '王小东', ''],
    [{ alphabetic: 'Wang^Xiaodong' }, 'Wang Xiaodong', ''],
    [{ ideographic: '王^小东' }, '王小东', ''],
    [{ alphabetic: 'ID0012' }, 'ID0012', ''],
    [{ alphabetic: 'W***^X*******', ideographic: '王^**' }, '王 **', 'W*** X*******'],
    [{}, '', ''],
  ])('%o', (name, first, second) => {
    expect(nameAsShown(name)).toEqual({ first, second });
  });
});

it('counts who stands there without a name', () => {
  const list = (names: Worklist['names'], ...items: object[]) => ({ names, items }) as Worklist;
  const number = { name: { alphabetic: 'ID12' }, patientId: '12' };
  const chinese = { name: { ideographic: '王^小东' }, patientId: '13' };
  expect(namesMissing(list('latin', number, { name: { alphabetic: 'Ida^Wu' }, patientId: '9' }))).toBe(1);
  expect(namesMissing(list('groups', chinese))).toBe(1);
  expect(namesMissing(list('', chinese))).toBe(0);
});

describe('the way out of a problem', () => {
  const problem = (kind: StepProblem['problem'], studies: string[]) => ({ problem: kind, studies }) as StepProblem;
  it.each([
    [problem('patient', ['1.2']), '/studies/1.2/correct'],
    [problem('patient', []), '/unmatched'],
    [problem('unknown', []), '/unmatched'],
    [problem('ambiguous', ['1.2']), '/unmatched'],
    [problem('cancelled', ['1.2']), undefined],
  ])('%o', (one, to) => {
    expect(wayOut(one)?.to).toBe(to);
  });
});
