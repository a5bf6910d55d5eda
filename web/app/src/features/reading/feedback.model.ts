/** A review's feedback and the way from it to what was changed. Pure. */
import type { Feedback } from '@/api/feedback';
import type { ReportVersion } from '@/api/readings';

const param = 'changes';

/** The page on which the reviewer's changes stand open; undefined where the report may not be seen any more. */
export function changesAt({ reading }: Pick<Feedback, 'reading'>): string | undefined {
  return reading && `/readings/${reading.id}?${param}=${reading.number}`;
}

/** The signed version that an address asks for, if the history has it. */
export function askedVersion(address: URLSearchParams, history: readonly ReportVersion[]): number | undefined {
  const asked = Number(address.get(param));
  return history.find((v) => v.version === asked)?.version;
}

/** Whether a version has a text of its own: sending back has one only where the reviewer proposes one. */
export function hasText(v: Pick<ReportVersion, 'technique' | 'findings' | 'impression'>): boolean {
  return Boolean(v.technique || v.findings || v.impression);
}
