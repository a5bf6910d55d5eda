import { describe, expect, it } from 'vitest';
import { firstSpecialties } from './specialties.model';

const known = [
  'general',
  'emergency',
  'cardiology',
  'neurology',
  'respiratory',
  'internal',
  'surgery',
  'pain',
  'paediatrics',
];

describe('specialties before “more”', () => {
  it('are the recent ones, then the usual ones, each once and only known ones', () => {
    expect(firstSpecialties(known, ['pain', 'cardiology', 'gone'], undefined, 4)).toEqual([
      'pain',
      'cardiology',
      'emergency',
      'neurology',
    ]);
  });

  it('always hold the chosen one', () => {
    expect(firstSpecialties(known, [], 'pain', 3)).toEqual(['emergency', 'cardiology', 'pain']);
    expect(firstSpecialties(known, [], 'cardiology', 3)).toEqual(['emergency', 'cardiology', 'neurology']);
  });
});
