import { expect, it } from 'vitest';
import { ageText } from './age.model';

it('says an age in the language of the page', () => {
  expect(ageText('36岁', 'zh')).toBe('36岁');
  expect(['36岁', '8月', '3天'].map((age) => ageText(age, 'en'))).toEqual(['36 y', '8 mo', '3 d']);
  expect(ageText('065Y', 'en')).toBe('065Y');
  expect(ageText(undefined, 'en')).toBe('');
});
