import { expect, it } from 'vitest';
import type { Heard } from '@/api/lectures';
import { isRunning, listeners, longestTitle, titleFault } from './lecture.model';

it.each([
  ['头晕一例', '李四', undefined],
  ['  ', '李四', 'empty'],
  ['长'.repeat(longestTitle), '李四', undefined],
  ['长'.repeat(longestTitle + 1), '李四', 'long'],
  ['李四头晕一例', '李四', 'patient'],
  ['李 四 头晕', '李四', 'patient'],
  ['王氏综合征', '王', undefined], // one character says nothing of a person
] as const)('a title “%s” for %s: %s', (title, patient, fault) => expect(titleFault(title, patient)).toBe(fault));

it('runs until it is closed', () => {
  const by = { id: 'z', name: '周医生' };
  expect(isRunning(undefined)).toBe(false);
  expect(isRunning({ title: 'x', by, at: '2026-03-01T01:00:00Z' })).toBe(true);
  expect(isRunning({ title: 'x', by, at: '2026-03-01T01:00:00Z', closed: '2026-03-01T01:10:00Z' })).toBe(false);
});

it('names who listens before who has gone', () => {
  const at = '2026-03-01T01:00:00Z';
  const heard = (person: string, ...until: (string | undefined)[]): Heard => ({
    person,
    name: person,
    visits: until.map((u) => ({ from: at, ...(u ? { until: u } : {}) })),
  });
  const audience = [heard('gone', at), heard('back', at, undefined), heard('here', undefined), heard('never')];
  expect(listeners(audience).map(({ id, here }) => [id, here])).toEqual([
    ['back', true],
    ['here', true],
    ['gone', false],
    ['never', false],
  ]);
  const visits = [
    { from: at, until: '2026-03-01T01:02:00Z' },
    { from: '2026-03-01T01:05:00Z', until: '2026-03-01T01:05:30Z' },
  ];
  expect(listeners([{ person: 'p', name: 'p', visits }])[0]?.seconds).toBe(150);
});
