import type { Critical } from '@/api/record-types';

/** The ones that still wait for a person: unconfirmed before unhandled, then by category and age. */
export function pendingCriticals(criticals: Critical[]): Critical[] {
  return criticals
    .filter((critical) => !['acted', 'closed', 'downgraded'].includes(critical.state))
    .sort(
      (a, b) =>
        Number(a.state === 'acknowledged') - Number(b.state === 'acknowledged') ||
        a.category - b.category ||
        a.flaggedAt.localeCompare(b.flaggedAt),
    );
}

/** Seen by its recipient for the first time: to be told once, whatever may be allowed again. */
export function arrivesNow(critical: Critical): boolean {
  return !critical.deliveredAt && critical.actions.includes('delivered');
}

/**
 * Whether what was read back says the same as the finding: enough of its characters in common, so that “收到” alone
 * does not count and typing errors do.
 */
export function readBackFits(finding: string, readBack: string): boolean {
  const letters = (text: string) => [...text.toLowerCase().replace(/[\s\p{P}\p{S}]/gu, '')];
  const wanted = new Set(letters(finding));
  const said = new Set(letters(readBack));
  if (wanted.size === 0) return said.size > 0;
  const shared = [...wanted].filter((letter) => said.has(letter)).length;
  return shared / wanted.size >= 0.4;
}
