import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { readingOf } from './measure.model';
import { showsFlow } from './region.model';
import { type Pixel, scaleAt } from './scale.model';

interface Axes {
  x: [unit: number, delta: number];
  y: [unit: number, delta: number];
  base?: [pixel: number, value: number];
  type?: number;
}

const us = (v: number) => ({ vr: 'US', Value: [v] });
const region = (x0: number, x1: number, { x, y, base, type = 1 }: Axes): DicomJson => ({
  '00186014': us(type),
  '00186018': us(x0),
  '0018601A': us(100),
  '0018601C': us(x1),
  '0018601E': us(299),
  '00186024': us(x[0]),
  '0018602C': { vr: 'FD', Value: [x[1]] },
  '00186026': us(y[0]),
  '0018602E': { vr: 'FD', Value: [y[1]] },
  ...(base ? { '00186022': { vr: 'SL', Value: [base[0]] }, '0018602A': { vr: 'FD', Value: [base[1]] } } : {}),
});
const [cm, seconds, hertz, speed] = [3, 4, 5, 7];
// An M-mode of 5 ms and 0.5 mm a pixel, a spectrum of 5 ms and 1 cm/s a pixel, a flow picture, and one of unknown axes.
const d: DicomJson = {
  '00186011': {
    vr: 'SQ',
    Value: [
      region(0, 199, { x: [seconds, 0.005], y: [cm, 0.05] }),
      region(200, 399, { x: [seconds, 0.005], y: [speed, -1], base: [120, 0] }),
      region(400, 599, { x: [cm, 0.02], y: [cm, 0.02], type: 2 }),
      region(600, 799, { x: [0, 0], y: [0, 0] }),
      region(800, 899, { x: [seconds, 0.004], y: [hertz, -20], base: [100, 1000] }),
      region(900, 999, { x: [seconds, 0.004], y: [speed, -1] }),
    ],
  },
};
const read = (tool: string, ...pixels: Pixel[]) => {
  const r = readingOf({ tool, points: pixels }, pixels, scaleAt(d, pixels));
  return [...r.figures.map((f) => `${f.kind} ${f.value} ${f.unit}`), ...(r.note ? [r.note] : [])];
};

describe('a length', () => {
  it('in an M-mode is time, depth, slope and a rate', () => {
    expect(read('Length', [10, 150], [170, 130])).toEqual([
      'time 0.8 s',
      'depth 10 mm',
      'slope 1.3 cm/s', // towards the probe
      'rate 75 bpm',
    ]);
  });
  it('in a spectrum is time, velocity, acceleration, whichever end was set first', () => {
    const want = ['time 0.1 s', 'difference 80 cm/s', 'slope 800 cm/s²'];
    expect(read('Length', [220, 220], [240, 140])).toEqual(want);
    expect(read('Length', [240, 140], [220, 220])).toEqual(want);
  });
  it('straight down has no slope', () => {
    expect(read('Length', [220, 220], [220, 140])).toEqual(['time 0 s', 'difference 80 cm/s']);
  });
  it('in a flow picture is millimetres', () =>
    expect(read('Length', [410, 150], [460, 150])).toEqual(['length 10 mm']));
  it.each<[string, Pixel, Pixel, string]>([
    ['from one region into another', [10, 150], [250, 150], 'across'],
    ['from a region to outside', [10, 150], [10, 20], 'across'],
    ['outside', [10, 20], [30, 20], 'outside'],
    ['where the axes are unknown', [610, 150], [650, 150], 'axes'],
  ])('%s is refused', (_, a, b, why) => expect(read('Length', a, b)).toEqual([why]));
});

describe('a point', () => {
  it('in a spectrum is the velocity from its base line, and the gradient', () => {
    // The base line is row 120 of the region, which is row 220 of the picture.
    expect(read('Probe', [250, 20 + 100])).toEqual(['speed 100 cm/s', 'gradient 4 mmHg']);
    expect(read('Probe', [250, 270])).toEqual(['speed -50 cm/s', 'gradient 1 mmHg']);
  });
  it('counts from a reference that is not nought', () => {
    expect(read('Probe', [850, 200])).toEqual(['shift 1000 Hz']);
    expect(read('Probe', [850, 250])).toEqual(['shift 0 Hz']);
  });
  it('without a base line is no velocity', () => expect(read('Probe', [950, 200])).toEqual([]));
});

it('areas and angles mean nothing where time goes to the right', () => {
  expect(read('EllipticalROI', [10, 150], [50, 150], [30, 140], [30, 160])).toEqual(['axes']);
  expect(read('Angle', [10, 150], [50, 150], [30, 140])).toEqual(['axes']);
});

it('flow is told by a region, or of the picture', () => {
  expect(showsFlow(d)).toBe(true);
  expect(showsFlow({ '00280014': us(1) })).toBe(true);
  expect(showsFlow({ '00280014': us(0) })).toBe(false);
});
