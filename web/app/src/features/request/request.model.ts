import type { RequestKind, RequestState, RequestSummary } from '@/api/types';

/** What a request means to the person who looks at it. Pure. */

const rank: Record<RequestKind, number> = { rescue: 0, urgent: 1, assist: 2 };
const waitingStates: RequestState[] = ['submitted', 'queued', 'offered', 'unanswered'];

export function isWaiting(request: Pick<RequestSummary, 'state'>): boolean {
  return waitingStates.includes(request.state);
}

export function isOver(request: Pick<RequestSummary, 'state'>): boolean {
  return request.state === 'closed' || request.state === 'cancelled';
}

/**
 * The order of every list and of the wall: who still waits before who is helped; within that the more urgent kind,
 * an unanswered one before its equals, then the longest wait.
 */
export function byUrgency(a: RequestSummary, b: RequestSummary): number {
  return (
    Number(isWaiting(b)) - Number(isWaiting(a)) ||
    rank[a.kind] - rank[b.kind] ||
    Number(b.state === 'unanswered') - Number(a.state === 'unanswered') ||
    startOf(a).localeCompare(startOf(b)) ||
    a.id.localeCompare(b.id)
  );
}

function startOf(request: RequestSummary): string {
  return request.waitingSince ?? request.submittedAt ?? '';
}

/** Which of its faces the request page shows. */
export type Face = 'waiting' | 'returned' | 'room' | 'dossier';

export function faceOf(request: Pick<RequestSummary, 'state' | 'actions'>): Face {
  if (isWaiting(request)) return 'waiting';
  if (request.state === 'returned' || request.state === 'draft') return 'returned';
  if (request.state === 'accepted' || request.state === 'in_service') {
    return request.actions.includes('join') ? 'room' : 'dossier';
  }
  return 'dossier';
}

/** One line of what happens now and what comes next. */
export type Status =
  | { is: 'ringing'; names: string[]; until: string; nextAt?: string; nextLevel?: number }
  | { is: 'queued'; nextAt?: string; nextLevel?: number }
  | { is: 'unanswered' }
  | { is: 'returned' }
  | { is: 'joining' | 'live' | 'degraded' | 'interrupted'; who: string }
  | { is: 'opinionDue'; who: string; dueAt?: string }
  | { is: 'toAcknowledge'; who: string }
  | { is: 'closed' | 'cancelled' | 'draft' };

export function statusOf(request: RequestSummary): Status {
  const who = request.acceptedBy?.name ?? '';
  const next = { nextAt: request.escalation?.nextAt, nextLevel: request.escalation?.nextLevel };
  switch (request.state) {
    case 'draft':
    case 'closed':
    case 'cancelled':
    case 'unanswered':
    case 'returned':
      return { is: request.state };
    case 'submitted':
    case 'queued':
    case 'offered': {
      const first = request.ringing[0];
      if (!first) return { is: 'queued', ...next };
      return { is: 'ringing', names: request.ringing.map((offer) => offer.person.name), until: first.until, ...next };
    }
    case 'accepted':
      return { is: 'joining', who };
    case 'in_service':
      if (request.media === 'interrupted' || request.media === 'degraded') return { is: request.media, who };
      return { is: 'live', who };
    case 'awaiting_opinion':
      return { is: 'opinionDue', who, dueAt: request.opinionDueAt };
    case 'opined':
      return { is: 'toAcknowledge', who };
  }
}

/** The clock a list shows: how long it waits, or how long the opinion may still take. */
export function clockOf(request: RequestSummary): { since?: string; due?: string } {
  if (isWaiting(request)) return { since: startOf(request), due: request.escalation?.nextAt };
  if (request.state === 'awaiting_opinion')
    return { since: request.acceptedAt ?? startOf(request), due: request.opinionDueAt };
  return {};
}

export interface Piles {
  /** Someone must act and nobody does. */
  alarm: RequestSummary[];
  waiting: RequestSummary[];
  active: RequestSummary[];
  opinion: RequestSummary[];
  signed: RequestSummary[];
  over: RequestSummary[];
}

export function piles(requests: RequestSummary[]): Piles {
  const all: Piles = { alarm: [], waiting: [], active: [], opinion: [], signed: [], over: [] };
  for (const request of [...requests].sort(byUrgency)) {
    if (request.state === 'unanswered') all.alarm.push(request);
    else if (isWaiting(request) || request.state === 'returned' || request.state === 'draft') all.waiting.push(request);
    else if (request.state === 'accepted' || request.state === 'in_service') all.active.push(request);
    else if (request.state === 'awaiting_opinion') all.opinion.push(request);
    else if (request.state === 'opined') all.signed.push(request);
    else all.over.push(request);
  }
  return all;
}
