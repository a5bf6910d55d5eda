import { expect, it } from 'vitest';
import { afterMiss } from './later.model';

const lost = new TypeError('Failed to fetch dynamically imported module: http://x/assets/a.js');
const day = 86_400_000;

it.each([
  ['the first time it is asked for again', lost, 1, day, 'again'],
  ['in Firefox', new TypeError('error loading dynamically imported module: http://x/a.js'), 1, day, 'again'],
  ['in Safari', new TypeError('Importing a module script failed.'), 1, day, 'again'],
  ['a style sheet', new Error('Unable to preload CSS for /assets/a.css'), 1, day, 'again'],
  ['the second time the page is loaded anew', lost, 2, day, 'reload'],
  ['but not for ever', lost, 2, 5_000, 'tell'],
  ['an error of the part itself is told', new Error('Class extends value undefined'), 1, day, 'tell'],
  ['and anything else', 'x', 1, day, 'tell'],
] as const)('%s', (_, error, misses, since, want) => {
  expect(afterMiss(error, misses, since)).toBe(want);
});
