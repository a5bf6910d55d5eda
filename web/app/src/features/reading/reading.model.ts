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
  | { phase: 'dirty' }
  | { phase: 'saving'; again: boolean } // again: typed on meanwhile
  | { phase: 'failed'; since: number }
  | { phase: 'conflict' };

export type SavingEvent =
  | { type: 'typed' }
  | { type: 'start' }
  | { type: 'saved'; at: number }
  | { type: 'failed'; at: number }
  | { type: 'stale' }
  | { type: 'settled'; dirty: boolean };

/** The text is never given up: a failed save stays due, a conflict keeps what was typed until the person chooses. */
export function nextSaving(s: Saving, e: SavingEvent): Saving {
  if (e.type === 'settled') return e.dirty ? { phase: 'dirty' } : { phase: 'clean' };
  if (s.phase === 'conflict') return s;
  switch (e.type) {
    case 'typed':
      return s.phase === 'saving' ? { phase: 'saving', again: true } : s.phase === 'failed' ? s : { phase: 'dirty' };
    case 'start':
      return s.phase === 'dirty' || s.phase === 'failed' ? { phase: 'saving', again: false } : s;
    case 'saved':
      return s.phase === 'saving' && s.again ? { phase: 'dirty' } : { phase: 'clean', saved: e.at };
    case 'failed':
      return { phase: 'failed', since: s.phase === 'failed' ? s.since : e.at };
    case 'stale':
      return { phase: 'conflict' };
  }
}

export function draftOf(report: Report | undefined): Draft {
  return { technique: report?.technique ?? '', findings: report?.findings ?? '', impression: report?.impression ?? '' };
}

export function sameDraft(a: Draft, b: Draft): boolean {
  return a.technique === b.technique && a.findings === b.findings && a.impression === b.impression;
}

/** A template fills what is empty and is appended to what is not: nothing typed is lost. */
export function withTemplate(d: Draft, t: Draft): Draft {
  const join = (have: string, add: string) =>
    have.trim() === '' ? add : have.includes(add) ? have : `${have.trimEnd()}\n${add}`;
  return {
    technique: join(d.technique, t.technique),
    findings: join(d.findings, t.findings),
    impression: join(d.impression, t.impression),
  };
}

/** Why a report cannot be signed yet, as translation keys. An addendum needs either, everything else both. */
export function unsigned(d: Draft, kind?: ReadingSummary['kind']): ('needFindings' | 'needImpression')[] {
  const missing: ('needFindings' | 'needImpression')[] = [];
  if (d.findings.trim() === '') missing.push('needFindings');
  if (d.impression.trim() === '') missing.push('needImpression');
  return kind === 'addendum' && missing.length < 2 ? [] : missing;
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
