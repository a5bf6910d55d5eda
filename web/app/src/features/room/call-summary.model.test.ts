import { describe, expect, it } from 'vitest';
import {
  type CallReport,
  callsOf,
  type LineReport,
  measuredIn,
  peopleOf,
  spentOf,
  voiceOf,
} from './call-summary.model';

const calm = { upLoss: 0, downLoss: 0, rtt: 30, jitter: 4, mos: 4.4, upKbps: 900, downKbps: 800 };
const line = (more: Partial<LineReport>): LineReport => ({
  person: 'p',
  name: '甲',
  verdict: 'good',
  average: calm,
  worst: calm,
  freezes: 0,
  frozen: 0,
  spent: { live: 60 },
  paths: ['udp'],
  findings: [],
  ...more,
});
const report = (...people: LineReport[]) => ({ people });

describe('a line', () => {
  it('that was good says nothing, and how well one was heard', () => {
    const [only] = peopleOf(report(line({})));
    expect(only).toMatchObject({ sentences: [], voice: { is: 'clear', mos: 4.4 }, verdict: 'good' });
  });

  it('that was bad says what, up or down, with its figure', () => {
    const findings: LineReport['findings'] = [
      { code: 'audio-only', grade: 'bad', value: 0.93 },
      { code: 'up-loss', grade: 'poor', value: 0.0821 },
      { code: 'down-loss', grade: 'fair', value: 0.3 },
      { code: 'interrupted', grade: 'poor', value: 20.4 },
      { code: 'delay', grade: 'fair', value: 320.6 },
      { code: 'jitter', grade: 'fair', value: 41.2 },
      { code: 'freezes', grade: 'fair', value: 10 },
      { code: 'relay', grade: 'fair', value: 1 },
    ];
    const [only] = peopleOf(report(line({ verdict: 'bad', findings, freezes: 10, frozen: 4.7 })));
    expect(only?.sentences).toEqual([
      { code: 'audio-only', grade: 'bad', percent: '93 %' },
      { code: 'up-loss', grade: 'poor', percent: '8.2 %' },
      { code: 'down-loss', grade: 'fair', percent: '30 %' },
      { code: 'interrupted', grade: 'poor', seconds: 20 },
      { code: 'delay', grade: 'fair', ms: 321 },
      { code: 'jitter', grade: 'fair', ms: 41 },
      { code: 'freezes', grade: 'fair', count: 10, seconds: 5 },
      { code: 'relay', grade: 'fair' },
    ]);
  });

  it('that was the worst stands first, who was not measured last', () => {
    const lines = (['unknown', 'good', 'bad', 'fair', 'poor'] as const).map((verdict) => line({ verdict }));
    expect(peopleOf(report(...lines)).map((p) => p.verdict)).toEqual(['bad', 'poor', 'fair', 'good', 'unknown']);
  });

  it('has numbers on average and at its worst, none where nothing was measured', () => {
    const worst = { ...calm, upLoss: 0.4, rtt: 900, mos: 1.8 };
    const [only] = peopleOf(report(line({ worst, freezes: 2, frozen: 1.25, average: { ...calm, downKbps: 0 } })));
    const rows = Object.fromEntries(only?.rows.map(({ row, average, worst: w }) => [row, [average, w]]) ?? []);
    expect(rows).toEqual({
      lossUp: ['0.0 %', '40 %'],
      lossDown: ['0.0 %', '0.0 %'],
      rtt: ['30 ms', '900 ms'],
      jitter: ['4 ms', '4 ms'],
      mos: ['4.4', '1.8'],
      rateUp: ['900 kbit/s', ''],
      rateDown: ['–', ''],
      freezes: ['2 / 1.3 s', ''],
    });
    expect(peopleOf(report(line({ verdict: 'unknown' })))[0]?.rows).toEqual([]);
  });

  it('without a score says nothing of the voice', () => {
    expect(peopleOf(report(line({ average: { ...calm, mos: 0 } })))[0]?.voice).toBeUndefined();
    expect([4.5, 4.02, 3.59, 3.0].map(voiceOf)).toEqual(['clear', 'fair', 'hard', 'broken']);
  });

  it('spends its time in the known states; less than a second is not told', () => {
    expect(spentOf({ interrupted: 20, live: 60, other: 5, degraded: 0.3 })).toEqual([
      { link: 'live', seconds: 60, share: 0.75 },
      { link: 'interrupted', seconds: 20, share: 0.25 },
    ]);
    expect(spentOf({})).toEqual([]);
  });
});

describe('a call', () => {
  const zhou = { id: 'z', name: '周医生' };
  const shi = { id: 's', name: '石医生' };
  const leg = { leg: 1, startedAt: '2026-03-01T01:00:00Z', participants: [shi], specialist: zhou };

  it('tells who was cut off, how often and how long', () => {
    const gaps = [
      { person: 's', from: '2026-03-01T01:01:00Z', until: '2026-03-01T01:01:10Z' },
      { person: 's', from: '2026-03-01T01:02:00Z', until: '2026-03-01T01:02:05Z' },
      { person: 'z', from: '2026-03-01T01:03:00Z' },
      { person: 'z', from: '2026-03-01T01:04:00.000Z', until: '2026-03-01T01:04:00.400Z' }, // not noticed
      { person: 'unknown', from: '2026-03-01T01:03:00Z' },
    ];
    expect(callsOf([{ ...leg, gaps, endedAt: '2026-03-01T01:08:00Z' }])).toEqual([
      {
        leg: 1,
        specialist: '周医生',
        from: leg.startedAt,
        until: '2026-03-01T01:08:00Z',
        seconds: 480,
        phone: false,
        gaps: [
          { name: '石医生', count: 2, seconds: 15 },
          { name: '周医生', count: 1, seconds: 0 },
        ],
      },
    ]);
  });

  it('that goes on has no length; one by telephone is named', () => {
    expect(callsOf([{ ...leg, phone: true }])[0]).toMatchObject({
      seconds: 0,
      phone: true,
      until: undefined,
      gaps: [],
    });
  });

  it('has the lines that were measured in it', () => {
    const calls = callsOf([leg, { ...leg, leg: 2 }]);
    const one = (call: number): CallReport['calls'][number] => ({ call, verdict: 'good', people: [] });
    const told: CallReport = { verdict: 'good', calls: [one(1), one(2)] };
    expect([1, 2, 3].map((n) => measuredIn(told, calls, n)?.call)).toEqual([1, 2, undefined]);
    // Of before calls were told apart: once, with the last.
    const older: CallReport = { verdict: 'good', calls: [one(0)] };
    expect([1, 2].map((n) => measuredIn(older, calls, n)?.call)).toEqual([undefined, 0]);
  });
});
