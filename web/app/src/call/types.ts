// What the call library shows to the page: an immutable snapshot, a few verbs, and events for what passes by.

import type { ByeReason, ChatLine, Grade, Line, Participant, SharedValue, Source, Switches } from './protocol';

/**
 * idle        nothing asked yet
 * joining     the first connection is being made
 * live        in the room (the media's own state is in `media`)
 * recovering  the socket is lost; it is tried again until `graceEnds`
 * ended       over; `ended` says why
 */
export type Phase = 'idle' | 'joining' | 'live' | 'recovering' | 'ended';

/** State of the media transport of this device. */
export type MediaState = 'none' | 'connecting' | 'connected' | 'interrupted';

/** Why a call is over, and whether asking for a new ticket makes sense. */
export interface Ended {
  reason: ByeReason | 'left' | 'ticket' | 'forbidden' | 'gone' | 'full' | 'refused' | 'unreachable';
  /** Code and text of the server, if it gave one. */
  code?: string;
  text?: string;
  /** A new ticket may help ("gone", "ticket", "unreachable"): show "rejoin". */
  again: boolean;
}

/** Another person in the room. */
export interface RemotePerson extends Participant {
  /** One stable stream for each source that arrives. Give it to an <audio> or <video> element's srcObject. */
  streams: Readonly<Partial<Record<Source, MediaStream>>>;
  /** Sources the server holds back because this line is too weak. */
  paused: readonly Source[];
  line?: Line;
}

/** What this device sends. */
export interface LocalMedia {
  mic: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
  switches: Switches;
}

export interface CallState {
  phase: Phase;
  media: MediaState;
  you: string;
  room: string;
  canSend: boolean;
  people: readonly RemotePerson[];
  local: LocalMedia;
  chat: readonly ChatLine[];
  /** Lines said here and not yet confirmed by the server. */
  pending: readonly { ref: string; text: string }[];
  /** Last value of each kept topic. */
  shared: Readonly<Record<string, SharedValue>>;
  /** This line's own quality. */
  grade: Grade;
  line: Line | null;
  /** How the media travel: "udp", "tcp", "relay-udp", "relay-tcp", or "" while unknown. */
  path: string;
  /** When this side's own seat is given up, in ms since the epoch; only while recovering. */
  graceEnds: number | null;
  ended: Ended | null;
  /** Server clock minus this clock, in ms. */
  clockOffset: number;
}

export interface CallEvents {
  /** Something relayed from another person (kept topics are in `shared` as well). */
  shared: SharedValue;
  chat: ChatLine;
  joined: Participant;
  left: { id: string; reason: string };
  /** A non-fatal problem the server told of. */
  problem: { code: string; text: string };
  /** Everything for a log: never shown to the doctor. */
  trace: { at: number; what: string; detail?: unknown };
}

export interface CallOptions {
  /** Address of the socket, such as `wss://host/rtc`; a relative one is resolved against the page. */
  url: string;
  /** The ticket the service gave for this person and room. */
  ticket: string;
  /** The tracks to start with; both may be null (listen only). */
  mic?: MediaStreamTrack | null;
  camera?: MediaStreamTrack | null;
  /** What the person would call this device, for the record. */
  device?: string;
  /** For tests and the connection check: "relay" uses TURN only. */
  transport?: RTCIceTransportPolicy;
}

/** One call. Subscribe with React's `useSyncExternalStore(call.subscribe, call.snapshot)`. */
export interface Call {
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => CallState;
  on<K extends keyof CallEvents>(event: K, listener: (value: CallEvents[K]) => void): () => void;

  /** Opens the call; it may be asked once. What happens is seen in the snapshot. */
  join(): void;
  /** Sends another track for a source, or none. The old one is not stopped: its owner does that. */
  setTrack(source: 'mic' | 'camera' | 'screen', track: MediaStreamTrack | null): void;
  /** Mutes and unmutes without giving up the device. */
  setEnabled(source: 'mic' | 'camera', on: boolean): void;
  say(text: string): void;
  /** Relays a value to the others; `keep` also for those who join later. */
  share(topic: string, data: unknown, options?: { keep?: boolean; to?: string }): void;
  /** How loud everybody's microphone is at this moment, 0…1, by participant id; ask as often as it is drawn. */
  levels(): Record<string, number>;
  /** Tries again now instead of waiting for the next attempt (button "reconnect", or the network came back). */
  retryNow(): void;
  leave(reason?: string): void;
}
