import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { deviceValues } from './device.model';
import { diagnostic } from './filter.model';
import { measure } from './intervals.model';
import { firstLook, keyOf } from './look.model';
import { synthetic } from './synthetic';
import { type Choices, lineOf, valuesOf } from './values.model';

const choices: Choices = { correction: 'bazett', written: {}, hidden: false };
const measured = measure(synthetic());

function said(code: string, meaning: string, value: number, unit = 'ms'): DicomJson {
  return {
    '0040A043': {
      vr: 'SQ',
      Value: [{ '00080100': { vr: 'SH', Value: [code] }, '00080104': { vr: 'LO', Value: [meaning] } }],
    },
    '004008EA': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: [unit] } }] },
    '0040A30A': { vr: 'DS', Value: [value] },
  };
}

const file: DicomJson = {
  '0040B020': {
    vr: 'SQ',
    Value: [
      { '00700006': { vr: 'ST', Value: ['窦性心律'] } },
      said('5.10.2.1-3', 'RR Interval', 982),
      said('5.13.5-7', 'PR Interval', 161),
      said('8633-0', '', 0.092, 's'),
      said('?', 'QTc Interval', 0), // not measured
      said('?', 'QRS Axis', -12, 'deg'),
      { ...said('5.10.3-1', 'P Onset', 299), '0040A30A': undefined },
    ],
  },
};

describe('what the recorder says', () => {
  it('is read by code or by meaning', () => {
    expect(deviceValues(file)).toEqual({ rate: 61, pr: 161, qrs: 92, axis: -12, words: ['窦性心律'] });
    expect(deviceValues({})).toBeUndefined();
  });
});

describe('values', () => {
  const find = (c: Choices, name: string) => valuesOf(measured, deviceValues(file), c).find((v) => v.name === name);

  it('tell whose they are, and what the other says', () => {
    expect(find(choices, 'pr')).toMatchObject({ origin: 'ours', others: [{ origin: 'device', text: '161' }] });
    expect(find({ ...choices, hidden: true }, 'pr')).toMatchObject({ origin: 'device', text: '161' });
    expect(find({ ...choices, hidden: true }, 'qt')).toBeUndefined();
    expect(find({ ...choices, written: { pr: 170 } }, 'pr')).toMatchObject({ origin: 'doctor', text: '170' });
  });

  it('correct the QT that the doctor wrote', () => {
    expect(find({ ...choices, written: { qt: 400, rate: 60 } }, 'qtc')).toMatchObject({ text: '400' });
    expect(find({ ...choices, written: { qt: 400, rate: 93.75 } }, 'qtc')).toMatchObject({ text: '500' });
    const f: Choices = { correction: 'fridericia', written: { qt: 380, rate: 117.1875 }, hidden: false };
    expect(find(f, 'qtc')).toMatchObject({ text: '475' });
  });

  it('become one line for the report, with their origin', () => {
    const line = lineOf(valuesOf(measured, undefined, { ...choices, written: { rate: 72 } }).slice(0, 3), {
      name: (n) => n,
      unit: (u) => u,
      origin: (o) => (o === 'doctor' ? '' : o),
      between: ', ',
      correction: 'Bazett',
    });
    expect(line).toMatch(/^rate 72 bpm, rr \d+–\d+ ms, pr 15\d ms（ours）$/);
  });
});

describe('keys of the paper', () => {
  const look = firstLook(12, false);
  const press = (chord: string, chosen = false) => keyOf({ chord, look, chosen, leads: 12, compared: true });
  it('change how it looks', () => {
    expect(press('s')).toEqual({ do: 'look', change: { speed: 50 } });
    expect(press('g')).toEqual({ do: 'look', change: { gain: 20 } });
    expect(press('x')).toEqual({ do: 'look', change: { layout: '6x2' } });
    expect(press('f')).toEqual({ do: 'look', change: { filters: { high: 0.5, low: 40, notch: 50 } } });
    expect(look).toMatchObject({ layout: '3x4', filters: diagnostic });
  });
  it('set and move calipers; arrows are the page’s while none is chosen', () => {
    expect(press('Shift+l')).toEqual({ do: 'place', kind: 'interval' });
    expect(press('ArrowRight')).toBeUndefined();
    expect(press('ArrowRight', true)).toEqual({ do: 'move', s: 0.004, mv: 0 });
    expect(press('Shift+ArrowUp', true)).toMatchObject({ do: 'move', mv: 0.1 });
    expect(press('a')).toBeUndefined();
  });
});
