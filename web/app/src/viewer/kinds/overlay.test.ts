import { expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { bitsWithin, isWhole, overlaysOf, paintBits, startOf } from './overlay.model';

const plane = (more: DicomJson = {}): DicomJson => ({
  '60020010': { vr: 'US', Value: [2] },
  '60020011': { vr: 'US', Value: [3] },
  '60020040': { vr: 'CS', Value: ['G'] },
  '60020050': { vr: 'SS', Value: [-1, 5] },
  '60023000': { vr: 'OW', InlineBinary: 'Kg==' },
  ...more,
});

it('finds the planes that have bits and a size', () => {
  expect(overlaysOf(plane())).toEqual([
    { group: '6002', rows: 2, columns: 3, row: -1, column: 5, type: 'G', label: '', first: 1, frames: 0 },
  ]);
  expect(overlaysOf(plane({ '60023000': undefined }))).toEqual([]);
  expect(overlaysOf(plane({ '60020010': { vr: 'US', Value: [0] } }))).toEqual([]);
});

it('knows the bits of each frame', () => {
  const [all] = overlaysOf(plane());
  expect(all && [1, 7].map((f) => startOf(all, f))).toEqual([0, 0]);
  const [some] = overlaysOf(plane({ '60020015': { vr: 'IS', Value: [2] }, '60020051': { vr: 'US', Value: [4] } }));
  expect(some && [3, 4, 5, 6].map((f) => startOf(some, f))).toEqual([undefined, 0, 6, undefined]);
});

it('knows a plane that its file does not have whole', () => {
  const six = { rows: 2, columns: 3 };
  expect(isWhole(six, new ArrayBuffer(1), 0)).toBe(true);
  expect(isWhole(six, new ArrayBuffer(1), 6)).toBe(false);
  expect(isWhole({ rows: 65535, columns: 65535 }, new ArrayBuffer(64), 0)).toBe(false);
});

it('paints the lowest bit first', () => {
  const rgba = new Uint8ClampedArray(4 * 4);
  paintBits(rgba, Uint8Array.of(0b1010_0000), 4, [1, 2, 3, 255]);
  expect([...rgba]).toEqual([0, 0, 0, 0, 1, 2, 3, 255, 0, 0, 0, 0, 1, 2, 3, 255]);
});

it('finds the planes of old files in bits that their pixels leave free', () => {
  const us = (v: number) => ({ vr: 'US', Value: [v] });
  const old: DicomJson = {
    ...{ '00280010': us(2), '00280011': us(3), '00280100': us(16), '00280101': us(12), '00280102': us(11) },
    ...{ '60000010': us(2), '60000011': us(3), '60000100': us(16), '60000102': us(13) },
  };
  expect(overlaysOf(old)).toMatchObject([{ group: '6000', rows: 2, columns: 3, row: 1, column: 1, within: 13 }]);
  // A bit of the value is none, and neither is what is as large as another picture.
  expect(overlaysOf({ ...old, '60000102': us(11) })).toEqual([]);
  expect(overlaysOf({ ...old, '60000010': us(4) })).toEqual([]);
  expect(overlaysOf({ ...old, '00280102': us(15), '60000102': us(2) })).toMatchObject([{ within: 2 }]);
  const pixels = Uint16Array.of(0x2000, 0x0fff, 0x3000, 0, 0, 0, 0, 0, 0x2001);
  expect([...new Uint8Array(bitsWithin(pixels.buffer, 16, 13))]).toEqual([0b101, 1]);
});
