import type { CallState, Ended, Grade } from '@/call';

/** What the consult room shows for a state of the call. Pure. */

export type Cover =
  | { is: 'none' }
  | { is: 'joining' }
  /** Outside, until a chair lets us in. */
  | { is: 'lobby' }
  | { is: 'alone' }
  | { is: 'connecting'; name: string }
  /** The other side's line broke; their seat is kept until then. */
  | { is: 'theyLost'; name: string; until?: number }
  /** Our own line broke; it repairs itself until then. */
  | { is: 'weLost'; until?: number }
  | { is: 'ended'; ended: Ended };

export function coverOf(call: CallState): Cover {
  if (call.ended) return { is: 'ended', ended: call.ended };
  switch (call.phase) {
    case 'idle':
    case 'joining':
      return { is: 'joining' };
    case 'lobby':
      return { is: 'lobby' };
    case 'ended':
      return { is: 'joining' };
    case 'recovering':
      // The socket alone is lost: while media flow, the talk goes on.
      return call.media === 'connected' ? { is: 'none' } : { is: 'weLost', until: call.graceEnds ?? undefined };
    case 'live':
      return liveCover(call);
  }
}

function liveCover({ people, canSend, media }: CallState): Cover {
  // Listeners are no company.
  const [first, ...more] = people.filter((person) => person.canSend);
  if (!first) return canSend || people.length === 0 ? { is: 'alone' } : { is: 'none' };
  if (media === 'interrupted') return { is: 'weLost' };
  // Among many the tile of one says how that one is.
  if (more.length > 0) return media === 'connecting' ? { is: 'connecting', name: first.name } : { is: 'none' };
  if (first.link === 'interrupted') return { is: 'theyLost', name: first.name, until: msOf(first.until) };
  if (first.link === 'connecting' || media === 'connecting') return { is: 'connecting', name: first.name };
  return { is: 'none' };
}

function msOf(time: string | undefined): number | undefined {
  if (!time) return undefined;
  const at = Date.parse(time);
  return Number.isNaN(at) ? undefined : at;
}

/** The dot shows the worse of both ends: a talk is as good as its weaker line. */
export function worstGrade(call: CallState): Grade {
  const rank: Grade[] = ['good', 'fair', 'poor', 'bad'];
  const grades = [call.grade, ...call.people.map((person) => person.grade)];
  return rank[Math.max(...grades.map((grade) => Math.max(0, rank.indexOf(grade as Grade))))] ?? 'good';
}

/** New chat lines since the panel was last open; own ones do not count. */
export function unread(call: CallState, seenSeq: number): number {
  return call.chat.filter((line) => line.seq > seenSeq && line.from !== call.you).length;
}

/** What is said aside, one thing at a time: the most urgent. */
export type Notice =
  | { is: 'record'; by: string }
  | { is: 'unmute'; by: string }
  | { is: 'present'; by: string; id: string }
  | { is: 'waits'; name: string; id: string; count: number }
  | { is: 'thin' }
  | { is: 'theyThin'; name: string };

export function noticeOf(call: CallState): Notice | undefined {
  const nameOf = (id: string) => call.people.find((person) => person.id === id)?.name ?? '';
  if (call.phase !== 'live' && call.phase !== 'recovering') return undefined;
  const { asked } = call;
  if (asked?.what === 'record' && !mayAskToRecord(call)) return { is: 'record', by: nameOf(asked.by) };
  if (asked?.what === 'unmute') return { is: 'unmute', by: nameOf(asked.by) };
  if (asked?.what === 'present') return { is: 'present', by: nameOf(asked.by), id: asked.by };
  const [first] = call.waiting;
  if (first) return { is: 'waits', name: first.name, id: first.id, count: call.waiting.length };
  if (call.lineState === 'thin') return { is: 'thin' };
  const they = call.people.find((person) => person.link === 'degraded');
  return they && call.people.length === 1 ? { is: 'theyThin', name: they.name } : undefined;
}

/** No recording is under way or asked for; one that failed can be asked for again. */
export function mayAskToRecord({ recording }: Pick<CallState, 'recording'>): boolean {
  return recording.state === 'off' || recording.state === 'failed';
}

/** Who agreed to be recorded, of everybody who is here. */
export interface Consents {
  given: number;
  all: number;
  mine: 'given' | 'refused' | 'pending';
  of: (id: string) => 'given' | 'refused' | 'pending';
}

export function consentsOf(call: Pick<CallState, 'recording' | 'people' | 'you'>): Consents {
  const answers = new Map((call.recording.consents ?? []).map((c) => [c.id, c.given]));
  const of = (id: string) => {
    const given = answers.get(id);
    return given === undefined ? 'pending' : given ? 'given' : 'refused';
  };
  const everybody = [call.you, ...call.people.map((person) => person.id)];
  return { given: everybody.filter((id) => of(id) === 'given').length, all: everybody.length, mine: of(call.you), of };
}
