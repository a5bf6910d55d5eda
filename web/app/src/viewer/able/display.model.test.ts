import { describe, expect, it } from 'vitest';
import { colourMaps } from '../kinds/colours.model';
import { pointsOf } from '../kinds/grey.model';
import { type Display, paint, shownBy } from './display.model';

const linear: Display = { range: { lower: 100, upper: 355 }, curve: 'LINEAR', invert: false };
const grey = (d: Display, v: number) => Math.round(shownBy(d)(v)[0]);

describe('what stands on the display', () => {
  it('rises on a straight line between the ends of the window', () => {
    expect([0, 100, 101, 200, 355, 4000].map((v) => grey(linear, v))).toEqual([0, 0, 1, 100, 255, 255]);
    expect(grey({ ...linear, invert: true }, 101)).toBe(254);
  });

  it('is a step in a window of one', () => {
    const step = { ...linear, range: { lower: 99.4995, upper: 99.5005 } };
    expect([99, 100].map((v) => grey(step, v))).toEqual([0, 255]);
  });

  it('follows a sigmoid (C.11.2.1.3.1)', () => {
    const d: Display = { range: { lower: 2048 - 500, upper: 2048 + 499 }, curve: 'SIGMOID', invert: false };
    for (const v of [0, 1548, 2048, 2300, 4095])
      expect(grey(d, v)).toBe(Math.round(255 / (1 + Math.exp((-4 * (v - 2048)) / 1000))));
  });

  it('takes the entries of a table', () => {
    const entries = [0, 200, 10, 255];
    const map = pointsOf({ first: 50, bits: 8, entries });
    const d: Display = { range: { lower: 50, upper: 53 }, curve: 'LINEAR', invert: false, map };
    expect([49, 50, 51, 52, 53, 54].map((v) => grey(d, v))).toEqual([0, 0, 200, 10, 255, 255]);
  });

  it('takes the colours of a map, and turns them when light and dark are turned', () => {
    const hot: Display = { ...linear, range: { lower: 0, upper: 100 }, map: colourMaps.hot };
    expect([0, 25, 50, 75, 100].map((v) => shownBy(hot)(v).map(Math.round))).toEqual([
      [0, 0, 0],
      [128, 0, 0],
      [255, 0, 0],
      [255, 128, 0],
      [255, 255, 255],
    ]);
    expect(shownBy({ ...hot, invert: true })(50)).toEqual([0, 255, 255]);
  });
});

describe('pixels', () => {
  const whole: Display = { range: { lower: 0, upper: 255 }, curve: 'LINEAR', invert: false };
  const painted = (values: ArrayLike<number>, pixels: number, d = whole) => {
    const out = new Uint8ClampedArray(4 * pixels);
    paint(values, pixels, d, out);
    return [...out];
  };

  it('are grey, below zero and between whole values, too', () => {
    expect(painted(Int16Array.of(-5, 7), 2)).toEqual([0, 0, 0, 255, 7, 7, 7, 255]);
    const narrow: Display = { ...whole, range: { lower: -0.5, upper: 0.5 } };
    expect(painted(Float32Array.of(0, 0.25), 2, narrow).filter((_, i) => i % 4 === 0)).toEqual([128, 191]);
  });

  it('are colours of three samples or four', () => {
    expect(painted(Uint8Array.of(1, 2, 3, 4, 5, 6), 2)).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
    expect(painted(Uint8Array.of(1, 2, 3, 255), 1, { ...whole, invert: true })).toEqual([254, 253, 252, 255]);
  });
});
