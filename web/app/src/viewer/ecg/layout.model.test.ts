import { describe, expect, it } from 'vitest';
import type { Ecg } from './ecg.model';
import { boxOf, curveOf, gridOf, layOut, layoutsFor, pageOf, pulseOf, spansOf } from './layout.model';

const names = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const ecg: Ecg = {
  rate: 500,
  seconds: 10,
  leads: names.map((name) => ({ name, millivolts: new Float32Array(5000) })),
  device: {},
  label: 'RHYTHM',
};
const usual = { speed: 25, gain: 10 };

describe('layOut', () => {
  it('3×4 has four columns of 2.5 s and the rhythm strip of lead II', () => {
    const sheet = layOut(ecg, '3x4');
    expect(sheet).toMatchObject({ rows: 4, columns: 4, secondsPerColumn: 2.5 });
    expect(sheet.strips.find((s) => s.lead.name === 'V1')).toMatchObject({ row: 0, column: 2, from: 5, to: 7.5 });
    expect(sheet.strips.at(-1)).toMatchObject({ row: 3, from: 0, to: 10 });
  });

  it('gives each lead its own row, of three leads as of twelve', () => {
    const sheet = layOut(ecg, 'rows');
    expect(sheet.rows).toBe(12);
    expect(sheet.strips.every((s, i) => s.row === i && s.to === 10)).toBe(true);
    expect(layOut({ ...ecg, leads: ecg.leads.slice(0, 3) }, 'rows').rows).toBe(3);
    expect(layoutsFor(3)).toEqual(['rows']);
    expect(layoutsFor(8)).toEqual(['6x2', 'rows']);
    expect(layoutsFor(12)[0]).toBe('3x4');
  });

  it('shows a later part of a long recording, and no further than it goes', () => {
    const sheet = layOut({ ...ecg, seconds: 12 }, '6x2', { from: 10, length: 10 });
    expect(sheet.secondsPerColumn).toBe(1);
    expect(sheet.strips[0]).toMatchObject({ from: 10, to: 11 });
    expect(spansOf(12, 10)).toHaveLength(2);
    expect(spansOf(10, 10)).toHaveLength(1);
  });
});

describe('the paper', () => {
  it.each([
    [25, 10],
    [50, 20],
    [25, 5],
  ])('a second is %i mm and a millivolt %i mm', (speed, gain) => {
    const scale = { speed, gain };
    const spike = new Float32Array(5000);
    spike[500] = 1; // after one second
    const one = { ...ecg, leads: [{ name: 'II', millivolts: spike }] };
    const sheet = layOut(one, 'rows');
    const strip = sheet.strips[0];
    if (!strip) throw new Error('no strip');
    const box = boxOf(strip, sheet, pageOf(sheet, scale), scale);
    const at = curveOf(strip, box, 500, scale).slice(1).split('L')[500]?.split(' ').map(Number) ?? [];
    expect(at[0]).toBeCloseTo(box.left + speed, 2);
    expect(at[1]).toBeCloseTo(box.baseline - gain, 2);
  });

  it('ten seconds at 25 mm/s fit across A4, all rows above one another', () => {
    for (const layout of ['3x4', '6x2', 'rows'] as const) {
      const page = pageOf(layOut(ecg, layout), usual, 160);
      expect(page.width).toBeLessThanOrEqual(277);
      expect(page.height).toBeLessThanOrEqual(160);
    }
  });

  it('breaks the curve at a gap', () => {
    const millivolts = new Float32Array([0, 0, Number.NaN, 0, 0]);
    const sheet = layOut({ ...ecg, rate: 5, seconds: 1, leads: [{ name: 'I', millivolts }] }, 'rows');
    const strip = sheet.strips[0];
    if (!strip) throw new Error('no strip');
    const path = curveOf(strip, boxOf(strip, sheet, pageOf(sheet, usual), usual), 5, usual);
    expect(path.match(/M/g)).toHaveLength(2);
  });

  it('has a line each millimetre, and a pulse of one millivolt for 0.2 s', () => {
    expect(gridOf({ width: 10, height: 5 }, 1).match(/M/g)).toHaveLength(11 + 6);
    expect(pulseOf(20, usual)).toBe('M0.8 20h1v-10h5v10h1');
  });
});
