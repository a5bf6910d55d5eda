import { describe, expect, it } from 'vitest';
import { codingOf, containerOf, frameSeconds, stepped } from './video.model';

const one = (v: unknown) => ({ vr: 'UI', Value: [v] });
const ascii = (s: string) => [...s].map((c) => c.charCodeAt(0));

it.each([
  ['1.2.840.10008.1.2.4.100', 'mpeg2'],
  ['1.2.840.10008.1.2.4.101.1', 'mpeg2'],
  ['1.2.840.10008.1.2.4.102', 'h264'],
  ['1.2.840.10008.1.2.4.106', 'h264'],
  ['1.2.840.10008.1.2.4.108', 'hevc'],
  ['1.2.840.10008.1.2.4.50', undefined],
  ['', undefined],
])('%s is %s', (syntax, want) => expect(codingOf({ '00083002': one(syntax) })).toBe(want));

it.each([
  ['mp4', [0, 0, 0, 32, ...ascii('ftypisom')]],
  ['ts', [0x47, ...Array(187).fill(0), 0x47]],
  ['unknown', [0x47, ...Array(187).fill(0), 0x48]],
  ['ps', [0, 0, 1, 0xba]],
  ['bare', [0, 0, 1, 0xb3]],
  ['bare', [0, 0, 0, 1, 0x67]],
  ['unknown', []],
])('%s by its first bytes', (want, bytes) => expect(containerOf(Uint8Array.from(bytes))).toBe(want));

describe('a step', () => {
  it('takes each frame once, there and back', () => {
    let at = 0;
    const seen = Array.from({ length: 4 }, () => (at = stepped(at, 1, 0.04, 0.16)));
    expect(seen.map((s) => Math.floor(s / 0.04))).toEqual([1, 2, 3, 3]);
    expect(Math.floor(stepped(at, -1, 0.04, 0.16) / 0.04)).toBe(2);
    expect(stepped(0, -1, 0.04, 0.16)).toBeCloseTo(0.02);
  });
  it('takes its length from the file', () => {
    expect(frameSeconds({ '00181063': one(40) })).toBe(0.04);
    expect(frameSeconds({ '00180040': one(25) })).toBe(0.04);
    expect(frameSeconds({})).toBe(0);
  });
});
