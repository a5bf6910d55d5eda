import { describe, expect, it } from 'vitest';
import type { ReadingSummary } from '@/api/readings';
import { firstView, nextOf, parseView, placeIn, priorityCounts, rowsOf, sameFilter } from './flow.model';

const task = (id: string, over: Partial<ReadingSummary> = {}): ReadingSummary => ({
  id,
  version: 1,
  state: 'offered',
  priority: 'routine',
  patient: { id: 'p', name: '张三', sex: 'M' },
  modality: 'CT',
  institution: { id: 'i', short: '清溪卫生院' },
  study: '1.2',
  dueAt: '2026-01-01T10:00:00Z',
  completeAt: '2026-01-01T08:00:00Z',
  actions: ['claim'],
  ...over,
});
const list = [
  task('c', { dueAt: '2026-01-01T12:00:00Z', completeAt: '2026-01-01T09:00:00Z' }),
  task('a', { priority: 'stat' }),
  task('b', { dueAt: '2026-01-01T11:00:00Z', actions: [] }),
];

describe('the rows', () => {
  const ids = (v: Parameters<typeof rowsOf>[1]) => rowsOf(list, v).map((r) => r.id);
  it('of what is waiting stand by urgency, whatever is asked for', () => {
    expect(ids({ ...firstView, sort: 'newest' })).toEqual(['a', 'b', 'c']);
  });
  it('of one’s own stand as one likes', () => {
    expect(ids({ ...firstView, scope: 'mine', sort: 'newest' })[0]).toBe('c');
    expect(ids({ ...firstView, scope: 'mine', filter: { text: '', priority: 'stat' } })).toEqual(['a']);
  });
  it('are counted by priority', () => {
    expect(priorityCounts(list)).toEqual([
      { priority: 'stat', count: 1 },
      { priority: 'routine', count: 2 },
    ]);
  });
});

describe('the next one', () => {
  const rows = rowsOf(list, firstView);
  it.each([
    ['a', 1, 'c'],
    ['b', 2, 'c'],
    ['c', 3, 'a'],
    ['elsewhere', 0, 'a'],
  ])('after %s', (id, place, next) => {
    expect(placeIn(rows, id)).toBe(place);
    expect(nextOf(rows, id)?.id).toBe(next);
  });
  it('may be none', () => expect(nextOf([task('a')], 'a')).toBeUndefined());
});

describe('a view', () => {
  it('comes back as it was left', () => {
    const v = {
      scope: 'mine',
      filter: { text: 'x', modality: 'CT' },
      sort: 'oldest',
      saved: [{ name: 'CT', filter: { text: '' } }],
    };
    expect(parseView(JSON.stringify(v))).toEqual(v);
  });
  it.each([[null], ['{'], ['{"scope":"else","sort":1,"saved":[1],"filter":{}}']])(
    'that cannot be read is the first: %s',
    (json) => expect(parseView(json)).toEqual(firstView),
  );
  it('knows its filters', () => {
    expect(sameFilter({ text: ' x' }, { text: 'x' })).toBe(true);
    expect(sameFilter({ text: '', modality: 'CT' }, { text: '' })).toBe(false);
  });
});
