import { describe, expect, it } from 'vitest';
import { bandText, diagnostic, type Filters, filtered, filterText, possible } from './filter.model';

const wave = (f: number, hz = 500, seconds = 10, shape = Math.sin) =>
  Float32Array.from({ length: hz * seconds }, (_, i) => shape((2 * Math.PI * f * i) / hz));

/** Amplitude in the middle, where no end disturbs. */
function amplitude(x: Float32Array): number {
  return x.slice(x.length / 4, (x.length * 3) / 4).reduce((a, v) => Math.max(a, Math.abs(v)), 0);
}

const only = (f: Partial<Filters>): Filters => ({ ...diagnostic, ...f });

describe('filters', () => {
  it('leave the signal alone when they are off', () => {
    const x = wave(10);
    expect(filtered(x, diagnostic, 500)).toBe(x);
  });

  it.each([
    ['low 40 at its corner', only({ low: 40 }), 40, Math.SQRT1_2, 0.03],
    ['low 40 far above', only({ low: 40 }), 120, 0, 0.03],
    ['low 40 in the band', only({ low: 40 }), 10, 1, 0.02],
    ['low 150 leaves a QRS', only({ low: 150 }), 40, 1, 0.02],
    ['high 0.5 at its corner', only({ high: 0.5 }), 0.5, Math.SQRT1_2, 0.05],
    ['high 0.5 against wander', only({ high: 0.5 }), 0.1, 0, 0.06],
    ['high 0.05 leaves the ST segment', only({ high: 0.05 }), 0.7, 1, 0.02],
    ['notch 50', only({ notch: 50 }), 50, 0, 0.03],
    ['notch 50 leaves 45', only({ notch: 50 }), 45, 1, 0.1],
    ['notch 60 leaves 50', only({ notch: 60 }), 50, 1, 0.1],
    ['notch 60', only({ notch: 60 }), 60, 0, 0.03],
  ])('%s', (_, f, hz, wanted, by) => {
    expect(Math.abs(amplitude(filtered(wave(hz, 500, 20), f, 500)) - wanted)).toBeLessThan(by);
  });

  it('shift nothing in time', () => {
    const x = new Float32Array(2000);
    for (let i = -30; i <= 30; i++) x[1000 + i] = Math.exp(-(i * i) / 100);
    const all: Filters = { high: 0.5, low: 40, notch: 50 };
    const y = filtered(x, all, 500);
    expect(y.indexOf(Math.max(...y))).toBe(1000);
  });

  it('keep gaps as gaps, and are not thrown by them', () => {
    const x = wave(5);
    x.fill(Number.NaN, 1000, 1010);
    const y = filtered(x, only({ low: 40 }), 500);
    expect(Number.isNaN(y[1005])).toBe(true);
    expect(Math.abs((y[2000] ?? 0) - (x[2000] ?? 0))).toBeLessThan(0.02);
  });

  it('take an offset away from the first sample on', () => {
    const y = filtered(new Float32Array(5000).fill(3), only({ high: 0.5 }), 500);
    expect(Math.max(...y.map(Math.abs))).toBeLessThan(1e-3);
  });

  it('are not offered beyond what the sampling carries, nor printed', () => {
    expect(possible(150, 250)).toBe(false);
    expect(possible(40, 250)).toBe(true);
    expect(filterText(only({ low: 150, notch: 50 }), 250)).toBe('AC 50 Hz');
    expect(filterText({ high: 0.5, low: 40, notch: 50 }, 500)).toBe('0.5–40 Hz · AC 50 Hz');
    expect(bandText({ low: 0.05 })).toBe('≥ 0.05 Hz');
    expect(bandText({})).toBe('');
  });
});
