// What a message of the server does to what is shown: pure functions over an immutable state.

import type { Line, Participant, ServerMessage, SharedValue, Slot, Welcome } from './protocol';
import type { CallState, RemotePerson } from './types';

/** What is known of the room, without media objects. */
export interface Session {
  you: string;
  room: string;
  canSend: boolean;
  people: readonly Participant[];
  slots: readonly Slot[];
  lines: Readonly<Record<string, Line>>;
  chat: CallState['chat'];
  pending: CallState['pending'];
  shared: CallState['shared'];
  clockOffset: number;
}

export const emptySession: Session = {
  you: '',
  room: '',
  canSend: false,
  people: [],
  slots: [],
  lines: {},
  chat: [],
  pending: [],
  shared: {},
  clockOffset: 0,
};

/** Applies one message. `now` is this device's clock in ms. */
export function apply(s: Session, m: ServerMessage, now: number): Session {
  switch (m.type) {
    case 'welcome':
      return welcome(s, m, now);
    case 'joined':
    case 'changed':
      return { ...s, people: replace(s.people, m.participant) };
    case 'left':
      return { ...s, people: s.people.filter((p) => p.id !== m.id) };
    case 'answer':
    case 'slots':
      return { ...s, slots: m.slots ?? [] };
    case 'chat': {
      const { type: _, ...line } = m;
      if (s.chat.some((c) => c.seq === line.seq)) return { ...s, pending: confirm(s, line) };
      return { ...s, chat: [...s.chat, line].sort((a, b) => a.seq - b.seq), pending: confirm(s, line) };
    }
    case 'shared': {
      const { type: _, ...value } = m;
      return value.keep ? { ...s, shared: keep(s.shared, value) } : s;
    }
    case 'quality':
      return { ...s, lines: Object.fromEntries((m.lines ?? []).map((l) => [l.id, l])) };
    default:
      return s;
  }
}

function welcome(s: Session, w: Welcome, now: number): Session {
  // A restarted server counts chat lines from one again: what it does not know is not shown twice.
  const known = w.resumed ? s.chat : [];
  const chat = [...known];
  for (const line of w.chat ?? []) if (!chat.some((c) => c.seq === line.seq)) chat.push(line);
  const pending = s.pending.filter((p) => !chat.some((c) => c.from === w.you && c.ref === p.ref));
  return {
    ...s,
    you: w.you,
    room: w.room,
    canSend: w.canSend,
    people: w.participants ?? [],
    chat: chat.sort((a, b) => a.seq - b.seq),
    pending,
    shared: Object.fromEntries((w.shared ?? []).map((v) => [v.topic, v])),
    clockOffset: Date.parse(w.now) - now,
  };
}

function replace(people: readonly Participant[], p: Participant): readonly Participant[] {
  return people.some((o) => o.id === p.id) ? people.map((o) => (o.id === p.id ? p : o)) : [...people, p];
}

function confirm(s: Session, line: { from: string; ref: string }): Session['pending'] {
  return line.from === s.you ? s.pending.filter((p) => p.ref !== line.ref) : s.pending;
}

function keep(shared: Session['shared'], v: SharedValue): Session['shared'] {
  const { [v.topic]: _, ...rest } = shared;
  return v.data === null ? rest : { ...rest, [v.topic]: v };
}

/** The other people, each with the streams that its slots carry. */
export function remotes(s: Session, stream: (mid: string) => MediaStream | undefined): RemotePerson[] {
  return s.people
    .filter((p) => p.id !== s.you)
    .map((p) => {
      const streams: Record<string, MediaStream> = {};
      const paused: string[] = [];
      for (const slot of s.slots) {
        if (slot.from !== p.id) continue;
        const media = stream(slot.mid);
        if (media) streams[slot.source] = media;
        if (slot.paused) paused.push(slot.source);
      }
      const line = s.lines[p.id];
      return { ...p, streams, paused, ...(line ? { line } : {}) };
    });
}
