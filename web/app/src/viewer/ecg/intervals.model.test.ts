import { describe, expect, it } from 'vitest';
import { beatsOf } from './beats.model';
import { corrected, measure } from './intervals.model';
import { synthetic, type Truth } from './synthetic';

function close(got: number | undefined, wanted: number, by: number, what: string) {
  expect(got, what).toBeDefined();
  expect(Math.abs((got ?? 0) - wanted), `${what}: ${got} for ${wanted}`).toBeLessThanOrEqual(by);
}

describe('intervals of an ECG whose intervals are known', () => {
  const usual: Truth = { rate: 72, pr: 160, qrs: 90, qt: 380 };
  const cases: readonly [string, Truth][] = [
    ['clean', usual],
    ['with mains', { ...usual, mains: 0.1 }],
    ['with 60 Hz mains', { ...usual, mains: 0.1, mainsHz: 60 }],
    ['with a wandering baseline', { ...usual, wander: 0.4 }],
    ['with muscle', { ...usual, noise: 0.03 }],
    ['with all of them', { ...usual, mains: 0.08, wander: 0.3, noise: 0.02 }],
    ['at 250 Hz', { ...usual, hz: 250, mains: 0.05 }],
    ['at 1000 Hz', { ...usual, hz: 1000, noise: 0.02, mains: 0.05 }],
    ['slow', { rate: 48, pr: 190, qrs: 100, qt: 440 }],
    ['fast', { rate: 110, pr: 130, qrs: 80, qt: 300 }],
    ['wide', { rate: 75, pr: 170, qrs: 140, qt: 420 }],
    ['long PR', { rate: 60, pr: 240, qrs: 90, qt: 400 }],
    ['with an early wide beat', { ...usual, early: 5 }],
    ['with an ST elevation', { ...usual, st: 0.25 }],
    ['breathing', { ...usual, jitter: 0.08, noise: 0.01 }],
  ];
  it.each(cases)('%s', (_, truth) => {
    const m = measure(synthetic(truth));
    expect(m.flaw).toBeUndefined();
    if (truth.early === undefined && !truth.jitter) close(m.rhythm?.rate, truth.rate ?? 0, 1, 'rate');
    close(m.intervals.pr, truth.pr ?? 0, 10, 'PR');
    close(m.intervals.qrs, truth.qrs ?? 0, 10, 'QRS');
    close(m.intervals.qt, truth.qt ?? 0, 10, 'QT');
    close(m.intervals.axis, 60, 3, 'axis');
  });

  it.each([-60, -20, 0, 45, 90, 130])('axis %i°', (axis) => {
    close(measure(synthetic({ axis, noise: 0.01 })).intervals.axis, axis, 4, 'axis');
  });

  it('gives no PR where there is no P', () => {
    const m = measure(synthetic({ p: 0, jitter: 0.25, noise: 0.01 }));
    expect(m.intervals.pr).toBeUndefined();
    close(m.intervals.qrs, 90, 10, 'QRS');
    expect((m.rhythm?.longest ?? 0) - (m.rhythm?.shortest ?? 0)).toBeGreaterThan(120);
  });

  it('says why it gives none: noise, a pacemaker, too short', () => {
    expect(measure(synthetic({ noise: 0.6 })).intervals).toEqual({});
    expect(measure(synthetic({ spikes: true }))).toMatchObject({ flaw: 'paced', intervals: {} });
    expect(measure(synthetic({ seconds: 2 }))).toMatchObject({ flaw: 'few', intervals: {} });
  });

  it('does not take an empty or broken lead for more than it is', () => {
    const ecg = synthetic();
    const leads = ecg.leads.map((l, i) => ({
      ...l,
      millivolts: i === 4 ? new Float32Array(5000).fill(Number.NaN) : l.millivolts,
    }));
    const m = measure({ ...ecg, leads });
    close(m.intervals.qrs, 90, 10, 'QRS');
    expect(measure({ ...ecg, leads: leads.map((l) => ({ ...l, millivolts: new Float32Array(5000) })) }).flaw).toBe(
      'few',
    );
    expect(measure({ ...ecg, leads: [] }).flaw).toBe('few');
  });
});

describe('beats', () => {
  it.each([40, 72, 110, 180])('all of them and no T wave at %i a minute', (rate) => {
    const ecg = synthetic({
      rate,
      qt: Math.min(380, 36_000 / rate + 100),
      pr: 120,
      noise: 0.02,
      mains: 0.05,
      wander: 0.3,
    });
    const inside = ecg.onsets.filter((t) => t > 0.1 && t < ecg.seconds - 0.15).length;
    expect(Math.abs(beatsOf(ecg).length - inside)).toBeLessThanOrEqual(1);
  });
});

it('corrects the QT after Bazett and Fridericia', () => {
  expect(corrected(380, 1000, 'bazett')).toBe(380);
  expect(corrected(380, 640, 'bazett')).toBe(475);
  expect(corrected(380, 512, 'fridericia')).toBe(475);
});
