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
  unsigned,
  withTemplate,
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

  it('saves again what was typed while saving', () => {
    expect(run({ type: 'typed' }, { type: 'start' }, { type: 'typed' }, { type: 'saved', at: 1 })).toEqual({
      phase: 'dirty',
    });
    expect(run({ type: 'typed' }, { type: 'start' }, { type: 'saved', at: 1 })).toEqual({ phase: 'clean', saved: 1 });
  });

  it('stays due after a failure, and remembers since when', () => {
    const s = run({ type: 'typed' }, { type: 'start' }, { type: 'failed', at: 5 }, { type: 'typed' });
    expect(s).toEqual({ phase: 'failed', since: 5 });
    expect(nextSaving(s, { type: 'start' })).toEqual({ phase: 'saving', again: false });
  });

  it('stops at a conflict', () => {
    const s = run({ type: 'typed' }, { type: 'start' }, { type: 'stale' });
    expect(s).toEqual({ phase: 'conflict' });
    expect(nextSaving(s, { type: 'typed' })).toBe(s);
  });
});

describe('templates', () => {
  const t = { technique: '平扫', findings: '双肺纹理清晰。', impression: '未见异常。' };
  it('fill what is empty and never overwrite', () => {
    expect(withTemplate({ technique: '', findings: '右肺结节', impression: '' }, t)).toEqual({
      technique: '平扫',
      findings: '右肺结节\n双肺纹理清晰。',
      impression: '未见异常。',
    });
  });
  it('are not added twice', () => {
    const once = withTemplate({ technique: '', findings: '', impression: '' }, t);
    expect(withTemplate(once, t)).toEqual(once);
  });
});

describe('signing', () => {
  it('needs findings and impression', () => {
    expect(unsigned({ technique: '', findings: ' ', impression: '' })).toEqual(['needFindings', 'needImpression']);
    expect(unsigned({ technique: '', findings: 'a', impression: 'b' })).toEqual([]);
  });
  it('asks about the critical word that the server found', () => {
    const report = { state: 'draft', version: 1, findings: '', impression: '' };
    expect(criticalWord({ ...report, warnings: [{ code: 'report.critical', word: '气胸' }] })).toBe('气胸');
    expect(criticalWord({ ...report, warnings: [{ code: 'report.side', word: '左' }] })).toBeUndefined();
    expect(criticalWord(undefined)).toBeUndefined();
  });
});

describe('what may be signed', () => {
  it('an addendum needs either text', () => {
    expect(unsigned({ technique: '', findings: '', impression: '补充。' }, 'addendum')).toEqual([]);
    expect(unsigned({ technique: '', findings: '', impression: '' }, 'addendum')).toHaveLength(2);
    expect(unsigned({ technique: '', findings: '', impression: '更正。' }, 'correction')).toEqual(['needFindings']);
  });

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
