// The messages of signaling/PROTOCOL.md, version 1. Nothing but shapes.

export const PROTOCOL_VERSION = 1;

export type Source = 'mic' | 'camera' | 'screen' | (string & {});
export type Link = 'connecting' | 'live' | 'degraded' | 'interrupted';
export type Grade = 'good' | 'fair' | 'poor' | 'bad';

export interface Switches {
  mic: boolean;
  camera: boolean;
  screen: boolean;
  hidden?: boolean;
  /** The hand is raised. */
  hand?: boolean;
}

/** The encodings of a simulcast: a quarter, half and all of the linear size. */
export type Layer = 'l' | 'm' | 'h';

export interface Participant {
  id: string;
  name: string;
  role?: string;
  institution?: string;
  canSend: boolean;
  link: Link;
  /** While interrupted: when the seat is given up (RFC 3339). */
  until?: string;
  state: Switches;
  grade?: Grade;
  joined: string;
}

export interface ChatLine {
  seq: number;
  from: string;
  name: string;
  ref: string;
  text: string;
  at: string;
}

export interface SharedValue {
  topic: string;
  from: string;
  /** As the sender numbered it. */
  n?: number;
  keep?: boolean;
  data: unknown;
}

export interface Slot {
  mid: string;
  from: string;
  source: Source;
  paused?: boolean;
  /** Why it is paused: this line is too weak, nobody looks, or it was muted. */
  reason?: 'line' | 'hidden' | 'muted' | (string & {});
  /** Which encoding arrives; "" when there is one only. */
  layer?: Layer | '';
  height?: number;
}

/** What this client shows of one stream: pixels of its tile (0: not shown), and how much it matters. */
export interface View {
  from: string;
  source: Source;
  height: number;
  priority: number;
}

/** A person who waits outside. */
export interface Visitor {
  id: string;
  name: string;
  role?: string;
  institution?: string;
  /** Came by a one-time link. */
  guest?: boolean;
  since?: string;
}

/** The recording of the room, and who agreed to it. */
export interface Recording {
  state: 'off' | 'asked' | 'on' | 'failed';
  since?: string;
  by?: string;
  consents?: { id: string; given: boolean }[] | null;
}

/** What a sender of a simulcast shall send now. */
export interface LayersWanted {
  source: Source;
  active: Layer[] | null;
  maxKbps?: Partial<Record<Layer, number>> | null;
}

export type ControlAction = 'mute' | 'unmute-ask' | 'remove' | 'admit' | 'deny' | 'lower-hand' | 'end' | 'present';

export interface Line {
  id: string;
  grade: Grade;
  upLoss: number;
  downLoss: number;
  rttMs: number;
  jitterMs: number;
  upKbps: number;
  downKbps: number;
  /** 1 (nothing to be understood) … 4.5 (as good as it gets). */
  mos?: number;
  freezes?: number;
  layer?: Layer | '';
  /** What the line to this person would carry. */
  availableKbps?: number;
}

export interface Offer {
  gen: number;
  sdp: string;
  tracks: { mid: string; source: Source }[];
}

/** How many more m-lines of a kind the server could use. */
export interface Want {
  audio: number;
  video: number;
}

export interface Answer {
  gen: number;
  sdp: string;
  slots: Slot[] | null;
  want: Want;
}

export interface Report {
  seconds: number;
  concealed: number;
  frozen: number;
  freezes: number;
  frames: number;
  path?: string;
}

export interface Welcome {
  type: 'welcome';
  version: number;
  you: string;
  room: string;
  canSend: boolean;
  resume: string;
  graceMs: number;
  resumed: boolean;
  gen: number;
  participants: Participant[] | null;
  chat: ChatLine[] | null;
  shared: SharedValue[] | null;
  ice?: RTCIceServer[];
  now: string;
  /** Labels of the data channels that the server takes. */
  channels?: string[];
  /** Waits to be admitted: no participants yet, no transport. */
  lobby?: boolean;
  chair?: boolean;
  /** Listeners that are not listed. */
  audience?: number;
  /** Who leads what is looked at together. */
  presenter?: string;
  /** Who spoke last. */
  speaker?: string;
  recording?: Recording;
  waiting?: Visitor[] | null;
}

/** Out of the lobby: what the welcome left out. */
export interface Admitted {
  type: 'admitted';
  resume?: string;
  participants?: Participant[] | null;
  chat?: ChatLine[] | null;
  shared?: SharedValue[] | null;
  audience?: number;
  presenter?: string;
  recording?: Recording;
}

export type ByeReason = 'ended' | 'moved' | 'restart' | 'removed' | 'lost' | (string & {});

export type ServerMessage =
  | Welcome
  | ({ type: 'answer' } & Answer)
  | { type: 'slots'; gen: number; slots: Slot[] | null; want: Want }
  | { type: 'joined'; participant: Participant }
  | { type: 'left'; id: string; reason: string }
  | { type: 'changed'; participant: Participant }
  | ({ type: 'chat' } & ChatLine)
  | ({ type: 'shared' } & SharedValue)
  | { type: 'quality'; lines: Line[] | null }
  | Admitted
  | { type: 'waiting'; people: Visitor[] | null }
  | { type: 'audience'; count: number }
  | { type: 'presenter'; id: string }
  | { type: 'speaker'; id: string }
  | { type: 'muted'; source: Source; by: string }
  | { type: 'asked'; what: 'unmute' | 'record' | 'present' | (string & {}); source?: Source; by: string }
  | ({ type: 'layers' } & LayersWanted)
  | ({ type: 'recording' } & Recording)
  | { type: 'pong'; t: number; now: string }
  | { type: 'problem'; code: string; text: string; re?: string; fatal?: boolean }
  | { type: 'bye'; reason: ByeReason; afterMs?: number; detail?: string };

export type ClientMessage =
  | {
      type: 'hello';
      version: number;
      ticket?: string;
      resume?: string;
      client?: string;
      device?: string;
      chatAfter?: number;
      offer?: Offer;
    }
  | ({ type: 'offer' } & Offer)
  | {
      type: 'candidate';
      gen: number;
      candidate: string;
      sdpMid?: string | null;
      sdpMLineIndex?: number | null;
      usernameFragment?: string | null;
    }
  | ({ type: 'state' } & Switches)
  | { type: 'say'; ref: string; text: string }
  | { type: 'share'; topic: string; n?: number; to?: string; keep?: boolean; data: unknown }
  | ({ type: 'report' } & Report)
  | { type: 'want'; views: View[] }
  | { type: 'control'; action: ControlAction; target?: string; source?: Source; ref?: string }
  | { type: 'present'; on: boolean }
  | { type: 'consent'; recording: boolean }
  | { type: 'record'; on: boolean }
  | { type: 'mark'; text: string }
  | { type: 'ping'; t: number }
  | { type: 'leave'; reason?: string };

/** Close codes of the WebSocket. */
export const Close = {
  restart: 1012,
  badRequest: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  gone: 4404,
  timeout: 4408,
  moved: 4409,
  ended: 4410,
  tooLarge: 4413,
  full: 4423,
  tooFast: 4429,
} as const;
