import { expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { overlaysOf, paintBits, startOf } from './overlay.model';

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

it('paints the lowest bit first', () => {
  const rgba = new Uint8ClampedArray(4 * 4);
  paintBits(rgba, Uint8Array.of(0b1010_0000), 4, [1, 2, 3, 255]);
  expect([...rgba]).toEqual([0, 0, 0, 0, 1, 2, 3, 255, 0, 0, 0, 0, 1, 2, 3, 255]);
});
