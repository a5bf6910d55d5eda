import { describe, expect, it } from 'vitest';
import { segmentsOf, unrolled } from './rle.model';

/** A frame of these segments, each at an even place. */
function frame(...segments: number[][]): Uint8Array {
  const even = segments.map((s) => (s.length % 2 ? [...s, 0] : s));
  const head = new DataView(new ArrayBuffer(64));
  head.setUint32(0, segments.length, true);
  let at = 64;
  even.forEach((s, n) => {
    head.setUint32(4 * (n + 1), at, true);
    at += s.length;
  });
  return Uint8Array.from([...new Uint8Array(head.buffer), ...even.flat()]);
}

const set = (bytes: Uint8Array, at: number, value: number) => {
  new DataView(bytes.buffer).setUint32(at, value, true);
  return bytes;
};

const colours = { pixels: 3, samples: 3, allocated: 16 };
const same = (v: number) => [254, v]; // three times

describe('run lengths', () => {
  it('of colours of sixteen bits are laid pixel by pixel, the lower byte first', () => {
    const red = [[2, 1, 2, 3], same(0x10)];
    const green = [same(0xaa), [1, 7, 8, 0, 9]];
    const blue = [[128, 0, 4, 255, 5], same(0)]; // 128 says nothing; 255: twice
    expect([...unrolled(frame(...red, ...green, ...blue), colours)]).toEqual([
      ...[0x10, 1, 7, 0xaa, 0, 4],
      ...[0x10, 2, 8, 0xaa, 0, 5],
      ...[0x10, 3, 9, 0xaa, 0, 5],
    ]);
  });

  it('beyond the frame are left out', () => {
    expect([...unrolled(frame([129, 6]), { pixels: 2, samples: 1, allocated: 8 })]).toEqual([6, 6]);
  });

  it('that end before the frame does are no picture', () => {
    expect(() => unrolled(frame([0, 6]), { pixels: 2, samples: 1, allocated: 8 })).toThrow('1 of 2');
    expect(() => segmentsOf(frame([128, 255, 6]), { pixels: 3, samples: 1, allocated: 8 })).toThrow('2 of 3');
    expect(() => unrolled(frame([100, 6]), { pixels: 3, samples: 1, allocated: 8 })).toThrow('1 of 3');
  });

  it.each([
    ['no header', Uint8Array.of(1, 0, 0, 0)],
    ['more segments than the samples have bytes', frame([0, 1], [0, 1])],
    ['a segment in the header', set(frame([0, 1]), 4, 8)],
    ['a segment beyond the end', set(frame([0, 1]), 4, 0x7fffffff)],
  ])('with %s are refused before a decoder sees them', (_, bytes) => {
    expect(() => segmentsOf(bytes, { pixels: 1, samples: 1, allocated: 8 })).toThrow('run lengths');
  });

  it('whose segments go backwards are refused', () => {
    expect(() => segmentsOf(set(frame([0, 1], [0, 2]), 8, 64 - 2), { pixels: 1, samples: 1, allocated: 16 })).toThrow();
    expect(segmentsOf(frame([0, 1], [0, 2]), { pixels: 1, samples: 1, allocated: 16 })).toHaveLength(2);
  });
});
