import { expect, it } from 'vitest';
import { searchable } from './search.model';

it('asks from one Chinese character or two others on', () => {
  expect(['', ' ', 'a', '1'].some(searchable)).toBe(false);
  expect(['张', 'ab', '12', ' 王 '].every(searchable)).toBe(true);
});
