import type { CallState, Ended, RemotePerson, Source } from '@/call';

/** What the consult room shows for a state of the call. Pure. */

export type Cover =
  | { is: 'none' }
  | { is: 'joining' }
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
    case 'ended':
      return { is: 'joining' };
    case 'recovering':
      // The socket alone is lost: while media flow, the talk goes on.
      return call.media === 'connected' ? { is: 'none' } : { is: 'weLost', until: call.graceEnds ?? undefined };
    case 'live': {
      const main = mainPerson(call.people);
      if (!main) return { is: 'alone' };
      if (call.media === 'interrupted') return { is: 'weLost' };
      if (main.link === 'interrupted') return { is: 'theyLost', name: main.name, until: msOf(main.until) };
      if (main.link === 'connecting' || call.media === 'connecting') return { is: 'connecting', name: main.name };
      return { is: 'none' };
    }
  }
}

function msOf(time: string | undefined): number | undefined {
  if (!time) return undefined;
  const at = Date.parse(time);
  return Number.isNaN(at) ? undefined : at;
}

/** Whoever is shown large: a shared screen first, then whoever sends a picture, then whoever came first. */
export function mainPerson(people: readonly RemotePerson[]): RemotePerson | undefined {
  const order = (person: RemotePerson) => (person.streams.screen ? 0 : person.streams.camera ? 1 : 2);
  return [...people].sort((a, b) => order(a) - order(b) || a.joined.localeCompare(b.joined))[0];
}

/** The picture to show large of a person, if one arrives and is switched on. */
export function pictureOf(person: RemotePerson): Source | undefined {
  if (person.streams.screen && person.state.screen) return 'screen';
  if (person.streams.camera && person.state.camera && !person.paused.includes('camera')) return 'camera';
  return undefined;
}

/** Why no picture is shown: it is off, or the line is too weak for it. */
export function blindReason(person: RemotePerson): 'weak' | 'off' | 'hidden' {
  if (person.paused.includes('camera')) return 'weak';
  return person.state.hidden ? 'hidden' : 'off';
}

export type Grade = 'good' | 'fair' | 'poor' | 'bad';

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
