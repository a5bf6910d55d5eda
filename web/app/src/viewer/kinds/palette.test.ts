import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { withPalette } from './palette';
import { colours, entries, expanded } from './palette.model';

const red = colours[0] as (typeof colours)[number];
const described = (count: number, bits: number): DicomJson => ({ '00281101': { vr: 'US', Value: [count, 0, bits] } });
const bytes = (...v: number[]) => Uint8Array.from(v).buffer as ArrayBuffer;
const words = (...v: number[]) => Uint16Array.from(v).buffer as ArrayBuffer;

describe('entries', () => {
  it('are words, bytes, or bytes in words', () => {
    expect(entries(described(3, 16), red, words(0, 0x8000, 0xffff))).toEqual([0, 0x8000, 0xffff]);
    expect(entries(described(3, 8), red, bytes(1, 2, 3, 0))).toEqual([1, 2, 3]);
    expect(entries(described(3, 8), red, words(1, 2, 3))).toEqual([1, 2, 3]);
  });
});

describe('expanded', () => {
  it('joins discrete, linear and indirect segments', () => {
    // Two entries, then four on a line from 20 to 100; then the line once more, from where it stands.
    const table = words(0, 2, 10, 20, 1, 4, 100, 2, 1, 8, 0);
    expect(expanded(described(10, 16), red, table)).toEqual([10, 20, 40, 60, 80, 100, 100, 100, 100, 100]);
  });
  it('ends at a segment that points ahead, or that nothing defines', () => {
    expect(expanded(described(9, 16), red, words(0, 1, 7, 2, 9, 500, 0))).toEqual([7]);
    expect(expanded(described(9, 16), red, words(0, 1, 7, 9, 9))).toEqual([7]);
  });
});

describe('withPalette', () => {
  it('gives the decoder numbers', async () => {
    const inline = btoa(String.fromCharCode(1, 0, 2, 0));
    const d = {
      '00280004': { vr: 'CS', Value: ['PALETTE COLOR'] },
      ...Object.fromEntries(
        colours.flatMap((c) => [
          [c.descriptor, { vr: 'US', Value: [2, 0, 16] }],
          [c.data, { vr: 'OW', InlineBinary: inline }],
        ]),
      ),
    };
    expect((await withPalette(d))['00281202']?.Value).toEqual([1, 2]);
  });
  it('leaves other images alone', async () => {
    const d = { '00280004': { vr: 'CS', Value: ['RGB'] } };
    expect(await withPalette(d)).toBe(d);
  });
});
