import type { StepProblem, Worklist, WorklistItem } from '@/api/worklist';

/** The groups of a name as a device shows them: what people read first, then the rest. */
export function nameAsShown(name: WorklistItem['name']): { first: string; second: string } {
  const plain = (group: string | undefined) => (group ?? '').replace(/\^+/g, ' ').trim();
  const alphabetic = plain(name.alphabetic);
  const ideographic = plain(name.ideographic).replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '');
  if (ideographic) return { first: ideographic, second: alphabetic };
  return { first: alphabetic.replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, ''), second: '' };
}

/** How many the device shows without a name: it shows no Chinese, and nobody has written the name in Latin letters. */
export function namesMissing({ names, items }: Worklist): number {
  const missing = ({ name, patientId }: WorklistItem) =>
    (names === 'latin' && name.alphabetic === `ID${patientId}`) || (names === 'groups' && !name.alphabetic);
  return items.filter(missing).length;
}

/** Where somebody goes to set a problem right. */
export function wayOut(problem: StepProblem): { to: string; text: 'link' | 'correct' } | undefined {
  const [study] = problem.studies;
  if (problem.problem === 'patient' && study) return { to: `/studies/${study}/correct`, text: 'correct' };
  if (problem.problem === 'cancelled') return undefined;
  return { to: '/unmatched', text: 'link' };
}
