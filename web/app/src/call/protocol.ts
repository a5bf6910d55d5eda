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
}

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
  keep?: boolean;
  data: unknown;
}

export interface Slot {
  mid: string;
  from: string;
  source: Source;
  paused?: boolean;
}

export interface Line {
  id: string;
  grade: Grade;
  upLoss: number;
  downLoss: number;
  rttMs: number;
  jitterMs: number;
  upKbps: number;
  downKbps: number;
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
  | { type: 'share'; topic: string; to?: string; keep?: boolean; data: unknown }
  | ({ type: 'report' } & Report)
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
