import { describe, expect, it } from 'vitest';
import { isByPlane } from './planes.model';

const headers = [...new TextEncoder().encode('--x\r\nContent-Type: image/jls\r\n\r\n')];
const frame = (components: number) => [
  0xff,
  0xf7,
  0,
  8 + 3 * components,
  8,
  0,
  4,
  0,
  4,
  components,
  ...Array(3 * components).fill(0),
];
const scan = (components: number) => [
  0xff,
  0xda,
  0,
  6 + 2 * components,
  components,
  ...Array(2 * components + 3).fill(0),
];
const body = (...parts: number[][]) => Uint8Array.from([...headers, 0xff, 0xd8, ...parts.flat()]);

describe('isByPlane', () => {
  it.each([
    ['three components, a scan each', body(frame(3), scan(1)), true],
    ['three components in one scan', body(frame(3), scan(3)), false],
    ['one component', body(frame(1), scan(1)), false],
    ['with another segment between', body(frame(3), [0xff, 0xf8, 0, 3, 1], scan(1)), true],
    ['cut off', body(frame(3)), false],
    ['no image at all', new Uint8Array(40), false],
  ])('%s', (_, bytes, want) => expect(isByPlane(bytes)).toBe(want));
});
