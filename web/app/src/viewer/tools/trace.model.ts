/** What is read where time goes to the right: intervals, rates, slopes and velocities. Pure. */
import { type Figure, figuresOf, rounded, type Stats } from '../figures.model';
import type { Reading, Shape } from './measure.model';
import type { Trace } from './region.model';
import type { Pixel } from './scale.model';

/** A line is an interval and a rise; a point is a velocity. Areas and angles mean nothing on such axes. */
export function traceReading(shape: Shape, pixels: readonly Pixel[], trace: Trace, stats?: Stats): Reading {
  const [a, b] = pixels;
  if (shape.tool === 'Length' && a && b) return { figures: between(a, b, trace) };
  if (shape.tool === 'Probe' && a) return { figures: [...at(a, trace), ...figuresOf(stats)] };
  if (shape.tool === 'ArrowAnnotate' || shape.tool === 'Label') return { figures: [] };
  return { figures: figuresOf(stats), note: 'axes' };
}

const beats = { shortest: 0.2, longest: 3 }; // s: from 300 to 20 a minute

function between(a: Pixel, b: Pixel, t: Trace): Figure[] {
  const seconds = Math.abs(b[0] - a[0]) * t.seconds;
  const rise = (b[1] - a[1]) * t.perPixel * Math.sign(b[0] - a[0] || 1);
  const figures: Figure[] = [{ kind: 'time', value: rounded(seconds, 3), unit: 's' }];
  if (t.unit === 'mm') figures.push({ kind: 'depth', value: rounded(Math.abs(rise), 1), unit: 'mm' });
  else figures.push({ kind: 'difference', value: rounded(Math.abs(rise), 1), unit: t.unit });
  if (seconds >= t.seconds && t.unit !== 'Hz') {
    // Depth grows downward, and what comes nearer to the probe rises.
    const slope = t.unit === 'mm' ? -rise / 10 / seconds : rise / seconds;
    figures.push({ kind: 'slope', value: rounded(slope, 1), unit: t.unit === 'mm' ? 'cm/s' : 'cm/s²' });
  }
  if (seconds >= beats.shortest && seconds <= beats.longest) {
    figures.push({ kind: 'rate', value: rounded(60 / seconds, 0), unit: 'bpm' });
  }
  return figures;
}

/** A velocity from the base line; its pressure gradient by the simplified Bernoulli equation, 4 v² with v in m/s. */
function at([, y]: Pixel, t: Trace): Figure[] {
  if (t.base === undefined) return [];
  const v = (y - t.base) * t.perPixel;
  if (t.unit === 'Hz') return [{ kind: 'shift', value: rounded(v, 0), unit: 'Hz' }];
  return [
    { kind: 'speed', value: rounded(v, 1), unit: 'cm/s' },
    { kind: 'gradient', value: rounded(4 * (v / 100) ** 2, 1), unit: 'mmHg' },
  ];
}
