import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { canBeSoiled, cleaned, highBytes, unshared } from './bits.model';
import {
  curveOf,
  entriesOf,
  extremes,
  isInverse,
  looked,
  modalityTable,
  paddingOf,
  pointsOf,
  voiTable,
  windowOfTable,
} from './grey.model';

const table = (first: number, entries: number[], bits = 8): DicomJson => ({
  '00283002': { vr: 'US', Value: [entries.length % 65536, first, bits] },
  '00283006': { vr: 'US', Value: entries },
});
const words = (...v: number[]) => new Uint8Array(Uint16Array.from(v).buffer);

describe('tables', () => {
  it('start at their first value, signed where the pixels are', () => {
    const d: DicomJson = {
      '00280103': { vr: 'US', Value: [1] },
      '00283000': { vr: 'SQ', Value: [table(65534, [5, 6, 7])] },
    };
    const t = modalityTable(d);
    expect(t && [-9, -2, -1, 0, 9].map((v) => looked(t, v))).toEqual([5, 5, 6, 7, 7]);
    // That of an angiogram is for subtraction, not for looking at.
    expect(modalityTable({ ...d, '00080060': { vr: 'CS', Value: ['XA'] } })).toBeUndefined();
  });
  it('stand behind a window', () => {
    const d: DicomJson = { '00283010': { vr: 'SQ', Value: [table(0, [0, 255])] } };
    expect(voiTable(d)?.entries).toEqual([0, 255]);
    expect(voiTable({ ...d, '00281051': { vr: 'DS', Value: [400] } })).toBeUndefined();
  });
  it('of which the entries did not come are none', () => {
    const item = { '00283002': { vr: 'US', Value: [2, 0, 8] }, '00283006': { vr: 'OW', BulkDataURI: 'x' } };
    expect(voiTable({ '00283010': { vr: 'SQ', Value: [item] } })).toBeUndefined();
  });
  it('have words, bytes, or bytes in words', () => {
    expect(entriesOf(words(1, 300).buffer, 2, 16)).toEqual([1, 300]);
    expect(entriesOf(Uint8Array.of(1, 2, 3, 4).buffer, 4, 8)).toEqual([1, 2, 3, 4]);
    expect(entriesOf(words(1, 2).buffer, 2, 8)).toEqual([1, 2]);
  });
  it('are curves of a display: from the first place to the last, black to white', () => {
    const t = { first: 10, bits: 8, entries: [0, 51, 255] };
    expect(pointsOf(t)).toEqual([0, 0, 0, 0, 0.5, 0.2, 0.2, 0.2, 1, 1, 1, 1]);
    expect(windowOfTable(t)).toEqual({ center: 11.5, width: 3 }); // 10 to 12
  });
});

describe('what a file says of its grey', () => {
  it.each([
    ['', 'LINEAR'],
    ['LINEAR', 'LINEAR'],
    ['LINEAR_EXACT', 'LINEAR_EXACT'],
    ['SIGMOID', 'SIGMOID'],
    ['BENT', 'LINEAR'],
  ])('the curve of %s is %s', (said, want) => expect(curveOf({ '00281056': { vr: 'CS', Value: [said] } })).toBe(want));
  it.each([
    ['MONOCHROME2', '', false],
    ['MONOCHROME1', '', true],
    ['MONOCHROME1', 'INVERSE', true], // once, not twice
    ['MONOCHROME2', 'INVERSE', true],
    ['MONOCHROME2', 'IDENTITY', false],
  ])('%s %s', (photometric, shape, want) => {
    const d = { '00280004': { vr: 'CS', Value: [photometric] }, '20500020': { vr: 'CS', Value: [shape] } };
    expect(isInverse(d)).toBe(want);
  });
  it('padding is no value, in a range or alone, rescaled as the values are', () => {
    const d: DicomJson = { '00280120': { vr: 'SS', Value: [-2000] }, '00281052': { vr: 'DS', Value: [-24] } };
    expect(paddingOf(d)).toEqual({ from: -2024, to: -2024 });
    expect(extremes([-2024, 5, 9], paddingOf(d))).toEqual([5, 9]);
    const range: DicomJson = { ...d, '00280121': { vr: 'SS', Value: [-1990] } };
    expect(extremes([-2024, -2014, 5], paddingOf(range))).toEqual([5, 5]);
    expect(extremes([-2024], paddingOf(d))).toBeUndefined();
  });
});

describe('cleaned', () => {
  const twelve = { allocated: 16, stored: 12, high: 11, signed: false };
  it('takes graphics out of the upper bits, and leaves clean bytes as they are', () => {
    expect(cleaned(words(0x1fff, 0x8001), twelve)).toEqual(words(0x0fff, 1));
    const clean = words(0x0fff, 1);
    expect(cleaned(clean, twelve)).toBe(clean);
  });
  it('brings pixels of the upper bits down', () => {
    expect(cleaned(words(0x1230, 0xfff0), { ...twelve, high: 15 })).toEqual(words(0x123, 0xfff));
  });
  it('leaves signs to the decoder', () => {
    const signed = words(0xffff);
    expect(cleaned(signed, { ...twelve, signed: true })).toBe(signed);
  });
  it.each([
    ['unsigned words with bits to spare', {}, true],
    ['words full of their value', { stored: 16, high: 15 }, false],
    ['signs, which the decoder extends', { signed: true }, false],
    ['signed values that are not at the lower end', { signed: true, high: 15 }, true],
    ['a high bit that cannot be', { high: 7 }, false],
    ['words of a size that nobody decodes', { allocated: 32 }, false],
  ])('has work on %s: %o', (_, words, has) => {
    expect(canBeSoiled({ ...twelve, ...words })).toBe(has);
  });
  it('of a view that starts at an odd place', () => {
    const odd = Uint8Array.of(9, 0xff, 0x1f).subarray(1);
    expect(cleaned(odd, twelve)).toEqual(Uint8Array.of(0xff, 0x0f));
  });
});

it('unshared gives each of two pixels the colour', () => {
  expect([...unshared(Uint8Array.of(1, 2, 90, 91, 3, 4, 80, 81), 4)]).toEqual([
    1, 90, 91, 2, 90, 91, 3, 80, 81, 4, 80, 81,
  ]);
  expect([...unshared(Uint8Array.of(1, 2, 90, 91), 1)]).toEqual([1, 90, 91]);
});

it('highBytes leaves of colours what the display takes', () => {
  expect([...highBytes(Uint16Array.of(65535, 32896, 255, 0), 16)]).toEqual([255, 128, 0, 0]);
  expect([...highBytes(Uint16Array.of(4095, 2048, 4096), 12)]).toEqual([255, 128, 255]);
});
