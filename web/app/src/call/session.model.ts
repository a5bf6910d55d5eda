// What a message of the server does to what is shown: pure functions over an immutable state.

import type {
  Admitted,
  Line,
  Participant,
  Recording,
  ServerMessage,
  SharedValue,
  Slot,
  Visitor,
  Welcome,
} from './protocol';
import { endedStill, readStill, type Still } from './stills.model';
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
  lobby: boolean;
  chair: boolean;
  waiting: readonly Visitor[];
  audience: number;
  presenter: string;
  speaker: string;
  recording: Recording;
  asked: CallState['asked'];
  /** By person and source. */
  stills: Readonly<Record<string, Still>>;
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
  lobby: false,
  chair: false,
  waiting: [],
  audience: 0,
  presenter: '',
  speaker: '',
  recording: { state: 'off' },
  asked: null,
  stills: {},
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
      return { ...s, people: s.people.filter((p) => p.id !== m.id), stills: without(s.stills, m.id) };
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
      const over = endedStill(value);
      if (over) return { ...s, stills: without(s.stills, value.from, over) };
      const still = readStill(value);
      if (still) return { ...s, stills: { ...s.stills, [`${still.from} ${still.source}`]: still } };
      return value.keep ? { ...s, shared: keep(s.shared, value) } : s;
    }
    case 'admitted':
      return admitted(s, m);
    case 'waiting':
      return { ...s, waiting: m.people ?? [] };
    case 'audience':
      return { ...s, audience: m.count };
    case 'presenter':
      return { ...s, presenter: m.id };
    case 'speaker':
      return { ...s, speaker: m.id };
    case 'recording': {
      const { type: _, ...recording } = m;
      const answered = s.asked?.what === 'record' && recording.state !== 'asked';
      return { ...s, recording, asked: answered ? null : s.asked };
    }
    case 'asked': {
      const { type: _, ...asked } = m;
      return { ...s, asked };
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
    lobby: w.lobby === true,
    chair: w.chair === true,
    waiting: w.waiting ?? (w.resumed ? s.waiting : []),
    audience: w.audience ?? 0,
    presenter: w.presenter ?? '',
    speaker: w.speaker ?? '',
    recording: w.recording ?? { state: 'off' },
  };
}

/** Out of the lobby: what the welcome had to leave out. */
function admitted(s: Session, m: Admitted): Session {
  return {
    ...s,
    lobby: false,
    people: m.participants ?? s.people,
    chat: m.chat ?? s.chat,
    shared: m.shared ? Object.fromEntries(m.shared.map((v) => [v.topic, v])) : s.shared,
    audience: m.audience ?? s.audience,
    presenter: m.presenter ?? s.presenter,
    recording: m.recording ?? s.recording,
  };
}

function without(stills: Session['stills'], person: string, source?: string): Session['stills'] {
  const goes = (s: Still): boolean => s.from === person && (source === undefined || s.source === source);
  return Object.fromEntries(Object.entries(stills).filter(([, still]) => !goes(still)));
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
      const slots: Record<string, Slot> = {};
      const paused: string[] = [];
      for (const slot of s.slots) {
        if (slot.from !== p.id) continue;
        const media = stream(slot.mid);
        if (media) streams[slot.source] = media;
        slots[slot.source] = slot;
        if (slot.paused) paused.push(slot.source);
      }
      const stills: Record<string, Still> = {};
      for (const still of Object.values(s.stills)) if (still.from === p.id) stills[still.source] = still;
      const line = s.lines[p.id];
      return { ...p, streams, slots, stills, paused, ...(line ? { line } : {}) };
    });
}
