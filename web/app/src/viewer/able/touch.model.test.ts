import { expect, it } from 'vitest';
import { isDoubleTap, type Tap } from './touch.model';

const tap = (at: number, x = 0, long = 60): Tap => ({ x, y: 0, down: at, up: at + long });

it.each([
  ['two quick taps', tap(0), tap(200), true],
  ['the first tap', undefined, tap(0), false],
  ['two taps with a pause', tap(0), tap(500), false],
  ['taps at two places', tap(0), tap(200, 80), false],
  ['a press and a tap', tap(0, 0, 600), tap(700), false],
  ['a tap and a drag', tap(0), tap(200, 0, 900), false],
])('%s', (_, first, second, want) => {
  expect(isDoubleTap(first, second)).toBe(want);
});
