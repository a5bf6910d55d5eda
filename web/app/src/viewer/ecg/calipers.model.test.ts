import { describe, expect, it } from 'vitest';
import { isCaliper } from '../measurements.model';
import {
  type Caliper,
  caliperOf,
  fromBeats,
  marchOf,
  markOf,
  moved,
  placeOf,
  pointAt,
  readingOf,
  stripAt,
} from './calipers.model';
import { boxOf, layOut, pageOf } from './layout.model';
import { synthetic } from './synthetic';

const ecg = synthetic();
const sheet = layOut(ecg, '3x4');
const scale = { speed: 25, gain: 10 };
const page = pageOf(sheet, scale);
const caliper = (more: Partial<Caliper> = {}): Omit<Caliper, 'id'> => ({
  kind: 'interval',
  lead: 'II',
  rhythm: true,
  a: { s: 1, mv: 0 },
  b: { s: 1.8, mv: 0 },
  ...more,
});

describe('calipers', () => {
  it('read milliseconds, beats a minute and millivolts, whichever way they were drawn', () => {
    expect(readingOf(caliper())).toEqual({ ms: 800, bpm: 75, mv: 0 });
    expect(readingOf(caliper({ a: { s: 1.8, mv: 0 }, b: { s: 1, mv: -0.42 } }))).toEqual({
      ms: 800,
      bpm: 75,
      mv: -0.42,
    });
    expect(readingOf(caliper({ b: { s: 1.09, mv: 0 } })).bpm).toBeUndefined();
  });

  it('are kept with their lead, its channel in the file and what they read, and come back the same', () => {
    const leads = ecg.leads.map((l, i) => ({ ...l, channel: [1, i + 1] as const }));
    const on = { series: '1.2', instance: '1.2.3', leads };
    const drawn: Caliper[] = [
      { ...caliper(), id: 'a' },
      { ...caliper({ kind: 'height', lead: 'V2', rhythm: false, b: { s: 1, mv: 1.5 } }), id: 'b' },
      { ...caliper({ kind: 'march' }), id: 'c' },
    ];
    const kept = drawn.map((c) => markOf(c, on));
    expect(kept.map((m) => m.channel)).toEqual([
      [1, 2],
      [1, 8],
      [1, 2],
    ]);
    expect(kept[0]?.figures).toEqual([
      { kind: 'time', value: 800, unit: 'ms' },
      { kind: 'rate', value: 75, unit: 'bpm' },
    ]);
    expect(kept[1]?.figures).toEqual([{ kind: 'voltage', value: 1.5, unit: 'mV' }]);
    expect(JSON.parse(JSON.stringify(kept)).map(caliperOf)).toEqual(drawn);
    expect(kept.every(isCaliper)).toBe(true);
    expect(caliperOf({ ...on, id: 'x', tool: 'Length', frame: 1, points: [[0], [1]] })).toBeUndefined();
  });

  it('find the strip under the pointer and the moment in it', () => {
    const strip = stripAt(8 + 62.5 + 25, 10, sheet, page, scale);
    expect(strip?.lead.name).toBe('aVR');
    if (!strip) return;
    const box = boxOf(strip, sheet, page, scale);
    const p = pointAt(8 + 62.5 + 25, box.baseline - 5, strip, box, scale);
    expect(p.s).toBeCloseTo(3.5);
    expect(p.mv).toBeCloseTo(0.5);
    expect(pointAt(-100, 0, strip, box, scale).s).toBe(2.5);
    expect(stripAt(1, 10, sheet, page, scale)).toBeUndefined();
  });

  it('keep their place in the recording when the layout changes', () => {
    const c = { ...caliper({ lead: 'V1', rhythm: false, a: { s: 1, mv: 0 }, b: { s: 2, mv: 0 } }), id: 'x' };
    expect(placeOf(c, sheet)).toBeUndefined(); // V1 stands at 5 s there
    expect(placeOf(c, layOut(ecg, 'rows'))?.lead.name).toBe('V1');
  });

  it('march over the strip', () => {
    expect(marchOf(caliper(), 0, 4).map((s) => Number(s.toFixed(1)))).toEqual([0.2, 2.6, 3.4]);
    expect(marchOf(caliper({ b: { s: 1.01, mv: 0 } }), 0, 10)).toEqual([]);
  });

  it('are set by keys from beat to beat, and moved by them', () => {
    const beats = [1, 1.8].map((s) => s * ecg.rate);
    const made = fromBeats('interval', sheet, beats, ecg.rate);
    expect(made).toMatchObject({ lead: 'II', rhythm: true, a: { s: 1 }, b: { s: 1.8 } });
    expect(fromBeats('height', sheet, beats, ecg.rate)?.b).toEqual({ s: 1, mv: 1 });
    const c = { ...caliper(), id: 'c3' };
    expect(moved(c, 'b', 0.004, 0, 10).b.s).toBeCloseTo(1.804);
    expect(moved(c, 'both', -0.5, 0.1, 10).a).toEqual({ s: 0.5, mv: 0.1 });
    // At the ends of the recording it stops as it is.
    expect(readingOf(moved(c, 'both', 30, 0, 10))).toEqual(readingOf(c));
    expect(moved(c, 'both', 30, 0, 10).b.s).toBe(10);
    expect(moved(c, 'both', -30, 0, 10).a.s).toBe(0);
  });
});
