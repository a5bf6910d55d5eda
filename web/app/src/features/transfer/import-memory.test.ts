import { beforeEach, expect, it } from 'vitest';
import { remember, unfinished } from './import-memory';

beforeEach(() => localStorage.clear());

it('an import that was broken off is remembered for its person alone, until nothing is left', () => {
  remember('a', { at: 7, files: 3 });
  expect(unfinished('a')).toEqual({ at: 7, files: 3 });
  expect(unfinished('b')).toBeUndefined();
  remember('a', { at: 8, files: 0 });
  expect(unfinished('a')).toBeUndefined();
});

it('what others wrote there is no import', () => {
  for (const text of ['', '{', 'null', '[]', '{"at":"x","files":1}', '{"at":1,"files":-1}']) {
    localStorage.setItem('yilian.import.a', text);
    expect(unfinished('a')).toBeUndefined();
  }
});
