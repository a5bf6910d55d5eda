import type { ReviewRisk } from '@/api/sharing';

/** What somebody decided about an instance that may show who it is of. */
export type Verdict = 'clean' | 'out';

export type Verdicts = Readonly<Record<string, Verdict>>;

/** What holds without a decision: what is usually left out stays behind, the rest waits for somebody to look. */
export function verdictOf(risk: ReviewRisk, verdicts: Verdicts): Verdict | undefined {
  return verdicts[risk.instance] ?? (risk.leftOut ? 'out' : undefined);
}

/** How many still have to be looked at. */
export const waiting = (risks: readonly ReviewRisk[], verdicts: Verdicts): number =>
  risks.filter((risk) => !verdictOf(risk, verdicts)).length;

/** The two lists that go with a copy. */
export function decided(risks: readonly ReviewRisk[], verdicts: Verdicts): { looked: string[]; excluded: string[] } {
  const of = (verdict: Verdict) => risks.filter((r) => verdictOf(r, verdicts) === verdict).map((r) => r.instance);
  return { looked: of('clean'), excluded: of('out') };
}

/** How many instances leave. */
export const leaving = (instances: number, risks: readonly ReviewRisk[], verdicts: Verdicts): number =>
  instances - decided(risks, verdicts).excluded.length;

/** The frames that are shown of a loop, the first and the last among them; text stands in all of them as a rule. */
export function framesToShow(frames: number, most = 6): number[] {
  if (frames <= most) return Array.from({ length: Math.max(frames, 1) }, (_, i) => i + 1);
  return Array.from({ length: most }, (_, i) => 1 + Math.round((i * (frames - 1)) / (most - 1)));
}

/** What can be shown as pictures here. */
export const pictured = (risk: ReviewRisk): boolean =>
  risk.risk !== 'document' && risk.risk !== 'report' && risk.risk !== 'video';
