/** What a township hospital asks most. */
const usual = [
  'emergency',
  'cardiology',
  'neurology',
  'respiratory',
  'internal',
  'surgery',
  'orthopaedics',
  'obstetrics',
  'paediatrics',
];

/** The specialties to show before “more”: the recent ones, the usual ones, and the chosen one wherever it stands. */
export function firstSpecialties(known: string[], recent: string[], chosen?: string, count = 8): string[] {
  const first = [...new Set([...recent, ...usual])].filter((code) => known.includes(code)).slice(0, count);
  return chosen && known.includes(chosen) && !first.includes(chosen) ? [...first.slice(0, count - 1), chosen] : first;
}
