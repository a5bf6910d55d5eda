/** The reading desk's decisions. Pure. */
import type { Draft, Priority, ReadingState, ReadingSummary, Report, ReportVersion } from '@/api/readings';

const rank: Readonly<Record<Priority, number>> = { stat: 0, urgent: 1, routine: 2 };

/** The fixed order of the list: priority, then the clock that ends first. Nobody picks cherries. */
export function inOrder(list: readonly ReadingSummary[]): ReadingSummary[] {
  return [...list].sort(
    (a, b) =>
      rank[a.priority] - rank[b.priority] || (a.dueAt ?? '').localeCompare(b.dueAt ?? '') || a.id.localeCompare(b.id),
  );
}

export interface Filter {
  readonly modality?: string;
  readonly priority?: Priority;
  readonly text: string;
}

export function matches(r: ReadingSummary, f: Filter): boolean {
  if (f.modality && r.modality !== f.modality) return false;
  if (f.priority && r.priority !== f.priority) return false;
  const q = f.text.trim().toLowerCase();
  if (!q) return true;
  return [r.patient.name, r.accession, r.description, r.institution.short, r.patient.idTail].some((v) =>
    v?.toLowerCase().includes(q),
  );
}

/** The modalities on the list with how many there are, most first. */
export function modalityCounts(list: readonly ReadingSummary[]): { modality: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const r of list) counts.set(r.modality, (counts.get(r.modality) ?? 0) + 1);
  return [...counts]
    .map(([modality, count]) => ({ modality, count }))
    .sort((a, b) => b.count - a.count || a.modality.localeCompare(b.modality));
}

/** What the reading page is for this person. */
export type Mode = 'look' | 'claimable' | 'write' | 'reviewable' | 'review';

export function modeOf(state: ReadingState, actions: readonly string[]): Mode {
  if (actions.includes('release')) return 'review';
  if (actions.includes('write') || actions.includes('submit')) return 'write';
  // The lock is ours even before the first word was written.
  if ((state === 'claimed' || state === 'reading') && actions.includes('aside')) return 'write';
  if (actions.includes('claim')) return 'claimable';
  if (actions.includes('take-review')) return 'reviewable';
  return 'look';
}

/** The life of a draft between the editor and the server. */
export type Saving =
  | { phase: 'clean'; saved?: number } // at, ms
  | { phase: 'dirty'; since: number } // ms
  | { phase: 'saving'; again: boolean; since: number } // again: typed on meanwhile
  | { phase: 'failed'; since: number }
  | { phase: 'conflict' };

export type SavingEvent =
  | { type: 'typed'; at: number }
  | { type: 'start' }
  | { type: 'saved'; at: number }
  | { type: 'failed'; at: number }
  | { type: 'stale' }
  | { type: 'settled'; dirty: boolean; at: number };

/** The text is never given up: a failed save stays due, a conflict keeps what was typed until the person chooses. */
export function nextSaving(s: Saving, e: SavingEvent): Saving {
  if (e.type === 'settled') return e.dirty ? { phase: 'dirty', since: e.at } : { phase: 'clean' };
  if (s.phase === 'conflict') return s;
  switch (e.type) {
    case 'typed':
      if (s.phase === 'saving') return { phase: 'saving', again: true, since: e.at };
      return s.phase === 'clean' ? { phase: 'dirty', since: e.at } : s;
    case 'start':
      return s.phase === 'dirty' || s.phase === 'failed' ? { phase: 'saving', again: false, since: s.since } : s;
    case 'saved':
      return s.phase === 'saving' && s.again ? { phase: 'dirty', since: s.since } : { phase: 'clean', saved: e.at };
    case 'failed':
      return { phase: 'failed', since: 'since' in s ? s.since : e.at };
    case 'stale':
      return { phase: 'conflict' };
  }
}

export function draftOf(report: Partial<Draft> | undefined): Draft {
  return { technique: report?.technique ?? '', findings: report?.findings ?? '', impression: report?.impression ?? '' };
}

export function sameDraft(a: Draft, b: Draft): boolean {
  return a.technique === b.technique && a.findings === b.findings && a.impression === b.impression;
}

/** An emergency report may go out with one signature: the first read of a stat exam. */
export function mayBePreliminary(r: ReadingSummary): boolean {
  return r.priority === 'stat' && r.kind === undefined;
}

/** One critical finding at a time: another may be flagged when the last one is settled. */
export function mayFlag(r: ReadingSummary): boolean {
  const settled = ['closed', 'acted', 'downgraded'];
  return r.actions.includes('critical') && (!r.criticalState || settled.includes(r.criticalState));
}

/** The command by which a task is taken. */
export function takeOf(mode: Mode): 'claim' | 'take-review' | undefined {
  return mode === 'claimable' ? 'claim' : mode === 'reviewable' ? 'take-review' : undefined;
}

/** The text that a version changed: the newest before it of the same task; sending back writes none. */
export function textBefore(history: readonly ReportVersion[], v: ReportVersion): ReportVersion | undefined {
  return history
    .filter((h) => h.version < v.version && h.reading === v.reading && h.state !== 'returned')
    .sort((a, b) => a.version - b.version)
    .at(-1);
}

/** The word of the text for which the server asks whether it is critical. */
export function criticalWord(report: Report | undefined): string | undefined {
  return report?.warnings?.find((w) => w.code === 'report.critical')?.word;
}

/** A patient's age in whole years, out of the service's words (61岁, 8月); undefined if it is not known. */
export function yearsOf(age: string | undefined): number | undefined {
  const [, n, unit] = /^(\d+)\s*(岁|月|天)$/.exec(age ?? '') ?? [];
  if (!n) return undefined;
  return unit === '岁' ? Number(n) : 0;
}
