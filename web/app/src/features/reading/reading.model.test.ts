import { describe, expect, it } from 'vitest';
import type { ReadingSummary } from '@/api/readings';
import {
  criticalWord,
  inOrder,
  matches,
  mayBePreliminary,
  mayFlag,
  modalityCounts,
  modeOf,
  nextSaving,
  type Saving,
  takeOf,
  textBefore,
  yearsOf,
} from './reading.model';

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
  actions: [],
  ...over,
});

describe('the list', () => {
  it('stands by priority, then by the clock that ends first', () => {
    const list = [
      task('late', { dueAt: '2026-01-01T12:00:00Z' }),
      task('soon', { dueAt: '2026-01-01T09:00:00Z' }),
      task('stat', { priority: 'stat', dueAt: '2026-01-02T00:00:00Z' }),
    ];
    expect(inOrder(list).map((r) => r.id)).toEqual(['stat', 'soon', 'late']);
  });

  it('is filtered by modality, priority and words', () => {
    const r = task('a', { accession: 'YL26001', description: '胸部平扫' });
    expect(matches(r, { text: 'yl26' })).toBe(true);
    expect(matches(r, { text: '清溪' })).toBe(true);
    expect(matches(r, { text: '头颅' })).toBe(false);
    expect(matches(r, { text: '', modality: 'MR' })).toBe(false);
    expect(matches(r, { text: '', priority: 'stat' })).toBe(false);
  });

  it('counts its modalities', () => {
    const counts = modalityCounts([task('a'), task('b'), task('c', { modality: 'DX' })]);
    expect(counts).toEqual([
      { modality: 'CT', count: 2 },
      { modality: 'DX', count: 1 },
    ]);
  });
});

describe('modeOf', () => {
  it.each([
    ['offered', ['claim'], 'claimable'],
    ['claimed', ['heartbeat', 'aside', 'write'], 'write'],
    ['claimed', ['heartbeat', 'aside'], 'write'],
    ['reading', ['submit', 'aside'], 'write'],
    ['submitted', ['take-review'], 'reviewable'],
    ['in_review', ['return', 'release', 'write'], 'review'],
    ['released', [], 'look'],
  ] as const)('%s with %o is %s', (state, actions, mode) => expect(modeOf(state, actions)).toBe(mode));
});

describe('saving a draft', () => {
  const run = (...events: Parameters<typeof nextSaving>[1][]) =>
    events.reduce<Saving>((s, e) => nextSaving(s, e), { phase: 'clean' });
  const typed = (at: number) => ({ type: 'typed', at }) as const;

  it('saves again what was typed while saving', () => {
    expect(run(typed(1), { type: 'start' }, typed(2), { type: 'saved', at: 3 })).toEqual({ phase: 'dirty', since: 2 });
    expect(run(typed(1), { type: 'start' }, { type: 'saved', at: 2 })).toEqual({ phase: 'clean', saved: 2 });
  });

  it('knows since when something is unsaved', () => {
    expect(run(typed(1), typed(9))).toEqual({ phase: 'dirty', since: 1 });
  });

  it('stays due after a failure, and remembers since when', () => {
    const s = run(typed(3), { type: 'start' }, { type: 'failed', at: 5 }, typed(6));
    expect(s).toEqual({ phase: 'failed', since: 3 });
    expect(nextSaving(s, { type: 'start' })).toEqual({ phase: 'saving', again: false, since: 3 });
  });

  it('stops at a conflict until somebody settles it', () => {
    const s = run(typed(1), { type: 'start' }, { type: 'stale' });
    expect(s).toEqual({ phase: 'conflict' });
    expect(nextSaving(s, typed(2))).toBe(s);
    expect(nextSaving(s, { type: 'settled', dirty: true, at: 4 })).toEqual({ phase: 'dirty', since: 4 });
    expect(nextSaving(s, { type: 'settled', dirty: false, at: 4 })).toEqual({ phase: 'clean' });
  });
});

describe('signing', () => {
  it('asks about the critical word that the server found', () => {
    const report = { state: 'draft', version: 1, findings: '', impression: '' };
    expect(criticalWord({ ...report, warnings: [{ code: 'report.critical', word: '气胸' }] })).toBe('气胸');
    expect(criticalWord({ ...report, warnings: [{ code: 'report.side', word: '左' }] })).toBeUndefined();
    expect(criticalWord(undefined)).toBeUndefined();
  });
});

describe('what may be signed', () => {
  it('goes out early only for the first read of an emergency', () => {
    expect(mayBePreliminary(task('a', { priority: 'stat' }))).toBe(true);
    expect(mayBePreliminary(task('a', { priority: 'urgent' }))).toBe(false);
    expect(mayBePreliminary(task('a', { priority: 'stat', kind: 'correction' }))).toBe(false);
  });

  it('flags one critical finding at a time', () => {
    const actions = ['critical'];
    expect(mayFlag(task('a', { actions }))).toBe(true);
    expect(mayFlag(task('a', { actions, criticalState: 'delivered' }))).toBe(false);
    expect(mayFlag(task('a', { actions, criticalState: 'closed' }))).toBe(true);
    expect(mayFlag(task('a'))).toBe(false);
  });

  it('follows taking the task', () => {
    expect([takeOf('claimable'), takeOf('reviewable'), takeOf('write')]).toEqual(['claim', 'take-review', undefined]);
  });
});

describe('the history', () => {
  const version = (n: number, state: 'submitted' | 'returned' | 'final', reading = 'r') => ({
    version: n,
    state,
    reading,
    findings: '',
    impression: '',
  });
  it('compares with the text before, over a return and past other tasks', () => {
    const all = [version(1, 'submitted'), version(2, 'returned'), version(3, 'submitted', 'x'), version(4, 'final')];
    expect(textBefore(all, all[3] as (typeof all)[0])?.version).toBe(1);
    expect(textBefore(all, all[0] as (typeof all)[0])).toBeUndefined();
  });
});

it.each([
  ['61岁', 61],
  ['8月', 0],
  ['3天', 0],
  ['', undefined],
  [undefined, undefined],
])('%s', (age, years) => expect(yearsOf(age)).toBe(years));
