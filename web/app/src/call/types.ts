// What the call library shows to the page: an immutable snapshot, a few verbs, and events for what passes by.

import type { LineState } from './line.model';
import type { Looking } from './looking';
import type {
  ByeReason,
  ChatLine,
  ControlAction,
  Grade,
  Line,
  Link,
  Participant,
  Recording,
  SharedValue,
  Slot,
  Source,
  Switches,
  Visitor,
} from './protocol';
import type { Figures } from './stats.model';
import type { Still } from './stills.model';
import type { ShownTile } from './views';

/**
 * idle        nothing asked yet
 * joining     the first connection is being made
 * lobby       waits to be admitted; nobody sees or hears this person yet
 * live        in the room (the media's own state is in `media`)
 * recovering  the socket is lost; it is tried again until `graceEnds`
 * ended       over; `ended` says why
 */
export type Phase = 'idle' | 'joining' | 'lobby' | 'live' | 'recovering' | 'ended';

/** State of the media transport of this device. */
export type MediaState = 'none' | 'connecting' | 'connected' | 'interrupted';

/** Why a call is over, and whether asking for a new ticket makes sense. */
export interface Ended {
  reason: ByeReason | 'left' | 'denied' | 'ticket' | 'forbidden' | 'gone' | 'full' | 'refused' | 'unreachable';
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
  /** What arrives of each source, and why one is paused. */
  slots: Readonly<Partial<Record<Source, Slot>>>;
  /** The last still picture of each source, while the line carries no video. */
  stills: Readonly<Partial<Record<Source, Still>>>;
  line?: Line;
}

/** What this device sends. */
export interface LocalMedia {
  mic: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
  /** Further pictures by the name of their source, such as "otoscope". */
  extras: Readonly<{ [source: string]: MediaStreamTrack }>;
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
  /** Other people's view of this seat. */
  link: Link;
  /** Whether this device's line carries pictures: "thin" sends stills instead. */
  lineState: LineState;
  /** The last seconds in numbers. */
  figures: Figures | null;
  /** May admit, mute, remove. */
  chair: boolean;
  /** Who waits in the lobby; only a chair is told. */
  waiting: readonly Visitor[];
  /** Listeners that are not listed. */
  audience: number;
  /** Who leads what is looked at together, "" for nobody. */
  presenter: string;
  /** Who spoke last, as the server hears it; "" for nobody. */
  speaker: string;
  recording: Recording;
  /** What somebody asks of this person, until answered or dismissed. */
  asked: { what: string; source?: Source; by: string } | null;
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
  /** A chair muted a source of this device. */
  muted: { source: Source; by: string };
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
  /** Further pictures to start with. */
  extras?: Readonly<{ [source: string]: MediaStreamTrack }>;
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
  setTrack(source: Source, track: MediaStreamTrack | null): void;
  /** Mutes and unmutes without giving up the device. */
  setEnabled(source: 'mic' | 'camera', on: boolean): void;
  /** Raises or lowers the hand. */
  raiseHand(up: boolean): void;
  say(text: string): void;
  /** Relays a value to the others; `keep` also for those who join later. */
  share(topic: string, data: unknown, options?: { keep?: boolean; to?: string }): void;
  /** An element of the page shows a stream from now on; the answer ends that. The server sends what is shown, as large as it is shown. */
  showing(element: Element, tile: ShownTile): () => void;
  /** A stream stands in a window above the page: it is wanted even while the page is hidden. */
  floating(stream: { from: string; source: Source } | undefined): void;
  /** The DICOM pictures, looked at together. */
  readonly looking: Looking;
  /** An order of a chair; a refusal comes as a problem. */
  control(action: ControlAction, target?: string, source?: Source): void;
  /** Agrees to be recorded, or withdraws. */
  consent(recording: boolean): void;
  /** Asks for a recording, or ends it. */
  record(on: boolean): void;
  /** Marks this moment in the recording's index. */
  mark(text: string): void;
  /** What was asked is answered or let be. */
  dismiss(): void;
  /** How loud everybody's microphone is at this moment, 0…1, by participant id; ask as often as it is drawn. */
  levels(): Record<string, number>;
  /** Tries again now instead of waiting for the next attempt (button "reconnect", or the network came back). */
  retryNow(): void;
  leave(reason?: string): void;
}
