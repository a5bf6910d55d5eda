// The call itself: joins socket, media and session, decides when to try again, and shows the result as one immutable snapshot.

import { Adapting } from './adapting';
import { Emitter } from './emitter';
import { Looking } from './looking';
import { Measuring } from './measuring';
import { MediaLink } from './media';
import { onNetworkChange } from './network';
import type {
  ClientMessage,
  ControlAction,
  Offer,
  Recording,
  ServerMessage,
  SharedValue,
  Source,
  Switches,
} from './protocol';
import { PROTOCOL_VERSION } from './protocol';
import { recover, type SocketEnd } from './recovery.model';
import { apply, emptySession, type Session } from './session.model';
import { snapshot } from './snapshot';
import { Socket } from './socket';
import { Stills } from './stills';
import { wishTopic } from './stills.model';
import { readTicket } from './ticket';
import type { Call, CallEvents, CallOptions, CallState, Ended } from './types';
import { type ShownTile, Views } from './views';

const beforeWelcomeMs = 45_000; // how long a first connection is tried
const statsEveryMs = 2000;

/** Topics of looking together. */
const looked = ['viewer', 'pointer', 'marks'];

/** Makes a call; nothing happens before `join`. */
export function createCall(options: CallOptions): Call {
  return new CallClient(options);
}

class CallClient implements Call {
  private readonly events = new Emitter<CallEvents & { state: undefined }>();
  private readonly url: string;
  private readonly media: MediaLink;
  readonly looking: Looking;
  private readonly adapting: Adapting;
  private readonly views = new Views((views) => this.post({ type: 'want', views }));
  private readonly stills = new Stills({
    share: (topic, data, to) => this.post({ type: 'share', topic, data, ...(to ? { to } : {}) }),
    now: () => Date.now() + this.session.clockOffset,
    available: () => this.measuring.figures?.availableKbps,
  });
  private readonly measuring = new Measuring((report) => this.post({ type: 'report', ...report }));

  private session: Session = emptySession;
  private phase: CallState['phase'] = 'idle';
  private ended: Ended | null = null;
  private state: CallState;
  private hand = false;
  private readonly kept = new Map<string, unknown>(); // topics this side shared last, for a server that forgot them

  private socket: Socket | null = null;
  private greeted = false; // hello has been said on this socket
  private resume = '';
  private graceMs = beforeWelcomeMs;
  private tries = 0;
  private lostAt = 0; // when the socket was last good
  private graceEnds = 0; // ms since the epoch
  private retryTimer: ReturnType<typeof setTimeout> | undefined;

  private timers: ReturnType<typeof setInterval>[] = [];
  private stopNetwork: (() => void) | undefined;
  private refs = 0;
  private readonly refPrefix = Math.random().toString(36).slice(2, 10);

  constructor(private readonly options: CallOptions) {
    this.url = new URL(options.url, globalThis.location?.href).href.replace(/^http/, 'ws');
    const hints = readTicket(options.ticket);
    const tracks = { mic: options.mic ?? null, camera: options.camera ?? null, screen: null, ...options.extras };
    this.media = new MediaLink(tracks, hints.canSend, options.transport ?? 'all', hints.ice, {
      post: (m) => this.post(m),
      candidate: (m) => this.greeted && this.socket?.send(m) === true,
      changed: () => this.show(),
      replaced: () => {
        this.measuring.restart();
        this.session = { ...this.session, slots: [] };
      },
      trace: (what, detail) => this.trace(what, detail),
    });
    this.adapting = new Adapting(this.media, this.stills, (what, detail) => this.trace(what, detail));
    this.looking = new Looking({
      you: () => this.session.you,
      presenter: () => this.session.presenter,
      share: (topic, data, keep) => this.post({ type: 'share', topic, data, ...(keep ? { keep } : {}) }),
      present: (on) => this.post({ type: 'present', on }),
    });
    this.state = this.compose();
  }

  readonly subscribe = (listener: () => void): (() => void) => this.events.on('state', listener);
  readonly snapshot = (): CallState => this.state;

  on<K extends keyof CallEvents>(event: K, listener: (value: CallEvents[K]) => void): () => void {
    return this.events.on(event, listener as never);
  }

  join(): void {
    if (this.phase !== 'idle') return;
    this.phase = 'joining';
    this.lostAt = performance.now();
    const watch = (): void => {
      if (this.phase === 'live') this.media.watch();
    };
    this.timers = [setInterval(() => void this.measure(), statsEveryMs), setInterval(watch, 500)];
    this.stopNetwork = onNetworkChange(() => this.moved(), this.retryNow);
    this.stills.source(this.media.tracks.camera ?? null);
    globalThis.document?.addEventListener('visibilitychange', this.tellState);
    this.connect();
    this.show();
  }

  leave(reason?: string): void {
    if (this.phase === 'ended') return;
    this.post({ type: 'leave', ...(reason ? { reason } : {}) });
    this.finish({ reason: 'left', again: false });
  }

  readonly retryNow = (): void => {
    if (this.phase === 'recovering' && !this.socket) {
      clearTimeout(this.retryTimer);
      this.connect();
    } else if (this.phase === 'live' && this.media.state === 'interrupted') {
      void this.media.offer(true);
    }
  };

  /** Another network: the old path may linger for many seconds; the socket is tested, the media look for a new one. */
  private moved(): void {
    this.socket?.test();
    if (this.phase === 'live') this.media.moved();
  }

  // --- what this device sends -------------------------------------------------------------------------------------------

  setTrack(source: Source, track: MediaStreamTrack | null): void {
    if (track && source !== 'mic' && source !== 'camera') {
      // The browser's own "stop sharing", or an instrument that was unplugged.
      track.addEventListener('ended', () => this.media.tracks[source] === track && this.setTrack(source, null));
    }
    this.media.setTrack(source, track);
    if (source === 'camera') this.stills.source(track);
    this.tellState();
  }

  setEnabled(source: 'mic' | 'camera', on: boolean): void {
    const track = this.media.tracks[source];
    if (track) track.enabled = on;
    if (on && source === 'mic' && this.session.asked?.what === 'unmute') this.dismiss();
    this.tellState();
  }

  raiseHand(up: boolean): void {
    this.hand = up;
    this.tellState();
  }

  private switches(): Switches {
    const on = (t: MediaStreamTrack | null | undefined): boolean => t?.enabled === true && t.readyState === 'live';
    const { mic, camera, screen } = this.media.tracks;
    const hidden = globalThis.document?.visibilityState === 'hidden';
    return { mic: on(mic), camera: on(camera), screen: on(screen), hidden, hand: this.hand };
  }

  private readonly tellState = (): void => {
    this.post({ type: 'state', ...this.switches() });
    this.show();
  };

  say(words: string): void {
    const text = words.trim();
    if (!text) return;
    const ref = `${this.refPrefix}-${++this.refs}`;
    this.session = { ...this.session, pending: [...this.session.pending, { ref, text }] };
    this.post({ type: 'say', ref, text });
    this.show();
  }

  share(topic: string, data: unknown, options: { keep?: boolean; to?: string } = {}): void {
    this.post({ type: 'share', topic, data, ...options });
    if (!options.keep) return;
    if (data === null) this.kept.delete(topic);
    else this.kept.set(topic, data);
    const mine = { type: 'shared', topic, from: this.session.you, keep: true, data } as const;
    this.session = apply(this.session, mine, Date.now());
    this.show();
  }

  showing(element: Element, tile: ShownTile): () => void {
    return this.views.show(element, tile);
  }

  floating(stream: { from: string; source: Source } | undefined): void {
    this.views.float(stream);
  }

  control(action: ControlAction, target?: string, source?: Source): void {
    const ref = `${this.refPrefix}-${++this.refs}`;
    this.post({ type: 'control', action, ref, ...(target ? { target } : {}), ...(source ? { source } : {}) });
  }

  consent(recording: boolean): void {
    this.post({ type: 'consent', recording });
    if (this.session.asked?.what === 'record') this.dismiss();
  }

  record(on: boolean): void {
    this.post({ type: 'record', on });
  }

  mark(text: string): void {
    if (text.trim()) this.post({ type: 'mark', text: text.trim().slice(0, 200) });
  }

  dismiss(): void {
    this.session = { ...this.session, asked: null };
    this.show();
  }

  levels(): Record<string, number> {
    const out: Record<string, number> = {};
    for (const slot of this.session.slots) {
      if (slot.source !== 'mic') continue;
      const source = this.media.receiver(slot.mid)?.getSynchronizationSources()[0];
      out[slot.from] = source?.audioLevel ?? 0;
    }
    return out;
  }

  // --- the socket -------------------------------------------------------------------------------------------------------

  private connect(): void {
    this.trace('connect', { tries: this.tries });
    this.greeted = false;
    // The first offer is made while the socket opens. A resumed seat may still have its transport: it is asked first.
    const offer = this.resume === '' ? this.media.renew() : null;
    const socket: Socket = new Socket(this.url, {
      open: () => void this.hello(socket, offer),
      message: (m) => socket === this.socket && this.receive(m),
      end: (end) => socket === this.socket && this.lost(end),
    });
    this.socket = socket;
  }

  private async hello(socket: Socket, offer: Promise<Offer> | null): Promise<void> {
    const made = offer ? await offer : null;
    if (socket !== this.socket) return;
    const chat = this.session.chat.at(-1)?.seq ?? 0;
    socket.send({
      type: 'hello',
      version: PROTOCOL_VERSION,
      client: 'yilian-web',
      ...(this.resume ? { resume: this.resume } : { ticket: this.options.ticket }),
      ...(this.options.device ? { device: this.options.device.slice(0, 40) } : {}),
      ...(chat > 0 ? { chatAfter: chat } : {}),
      ...(made ? { offer: made } : {}),
    });
    this.greeted = true;
    this.media.flush();
  }

  private post(m: ClientMessage): void {
    if (this.phase === 'live' || (this.phase === 'lobby' && m.type === 'leave')) this.socket?.send(m);
  }

  private lost(end: SocketEnd): void {
    this.socket = null;
    this.greeted = false;
    this.media.socketLost();
    if (this.phase === 'ended') return;
    if (this.phase === 'live' || this.phase === 'lobby') {
      this.phase = 'recovering';
      this.lostAt = performance.now();
      this.graceEnds = Date.now() + this.graceMs;
      this.tries = 0;
    }
    const outMs = performance.now() - this.lostAt;
    // While media flow the server keeps the seat however long the socket is away.
    const graceMs = this.media.state === 'connected' ? Number.POSITIVE_INFINITY : this.graceMs;
    const next = recover(end, { tries: this.tries, outMs, graceMs, random: Math.random() });
    this.trace('socket ended', { ...end, next });
    if (next.do === 'end') {
      this.finish(next.ended);
      return;
    }
    this.tries++;
    this.retryTimer = setTimeout(() => this.connect(), next.afterMs);
    this.show();
  }

  private receive(m: ServerMessage): void {
    if (m.type === 'shared' && this.aside(m)) return;
    const raised = this.ownHand();
    const { recording } = this.session;
    this.session = apply(this.session, m, Date.now());
    switch (m.type) {
      case 'welcome':
        this.welcomed(m, recording);
        break;
      case 'answer':
        void this.media.answered(m);
        break;
      case 'slots':
        this.media.slots(m);
        break;
      case 'admitted':
        this.admitted(m);
        break;
      case 'layers':
        this.media.layers(m);
        break;
      case 'muted':
        this.muted(m.source, m.by);
        break;
      case 'presenter':
        this.looking.refresh();
        break;
      case 'changed':
        // A chair lowered the hand.
        if (raised && !this.ownHand()) this.hand = false;
        break;
      case 'joined':
        this.events.emit('joined', m.participant);
        break;
      case 'left':
        this.events.emit('left', { id: m.id, reason: m.reason });
        break;
      case 'chat':
        this.events.emit('chat', m);
        break;
      case 'shared':
        this.events.emit('shared', m);
        break;
      case 'problem':
        this.trace('problem', m);
        if (m.re === 'offer') this.media.refused();
        this.events.emit('problem', { code: m.code, text: m.text });
        break;
    }
    if (m.type !== 'pong') this.show();
  }

  /** Whether the others see this hand up. */
  private ownHand(): boolean {
    return this.session.people.find((p) => p.id === this.session.you)?.state.hand === true;
  }

  /** What passes by many times a second is no part of the snapshot. */
  private aside(m: SharedValue): boolean {
    if (m.keep && m.from !== this.session.you) this.kept.delete(m.topic);
    if (m.topic === wishTopic) this.stills.wished(m.from);
    else if (looked.includes(m.topic)) this.looking.receive(m);
    else return false;
    return true;
  }

  private welcomed(w: Extract<ServerMessage, { type: 'welcome' }>, recorded: Recording): void {
    this.resume = w.resume;
    this.graceMs = w.graceMs;
    this.tries = 0;
    if (w.ice) this.media.ice = w.ice;
    this.trace('welcome', { resumed: w.resumed, gen: w.gen, lobby: w.lobby });
    if (w.lobby) {
      this.phase = 'lobby';
      this.media.lobby();
      return;
    }
    const wasIn = this.phase === 'recovering' && w.gen === 0;
    this.phase = 'live';
    this.tellState();
    for (const line of this.session.pending) this.post({ type: 'say', ...line });
    this.look(w.shared);
    if (w.resumed && wasIn) this.remind(w.shared ?? [], recorded);
    this.views.repeat();
    this.media.welcomed(w.gen);
  }

  private admitted(m: Extract<ServerMessage, { type: 'admitted' }>): void {
    if (m.resume) this.resume = m.resume;
    this.phase = 'live';
    this.trace('admitted');
    this.tellState();
    this.look(m.shared);
    this.views.repeat();
    this.media.admitted();
  }

  private look(shared: readonly SharedValue[] | null | undefined): void {
    for (const value of shared ?? []) if (looked.includes(value.topic)) this.looking.receive(value);
    this.looking.refresh();
  }

  /** A server that started anew knows nothing of what was shared: each tells what was theirs. */
  private remind(known: readonly SharedValue[], recorded: Recording): void {
    for (const [topic, data] of this.kept)
      if (!known.some((v) => v.topic === topic)) this.post({ type: 'share', topic, data, keep: true });
    this.looking.repeat();
    // Who had asked for the recording asks again; everybody answers again.
    if (recorded.by === this.session.you && (recorded.state === 'on' || recorded.state === 'asked')) this.record(true);
  }

  /** A chair muted this device: the switch says so, and the person may switch it on again. */
  private muted(source: Source, by: string): void {
    const track = this.media.tracks[source];
    if (track && (source === 'mic' || source === 'camera')) track.enabled = false;
    this.tellState();
    this.events.emit('muted', { source, by });
  }

  // --- measuring and showing --------------------------------------------------------------------------------------------

  private async measure(): Promise<void> {
    if (this.media.state === 'connected' && !(await this.measuring.look(() => this.media.connection))) return;
    if (this.phase === 'ended') return;
    this.adapting.step({
      live: this.phase === 'live',
      figures: this.measuring.figures,
      line: this.session.lines[this.session.you] ?? null,
      slots: this.session.slots,
    });
    this.show();
  }

  private finish(ended: Ended): void {
    this.phase = 'ended';
    this.ended = ended;
    clearTimeout(this.retryTimer);
    for (const t of this.timers) clearInterval(t);
    this.stopNetwork?.();
    this.views.close();
    this.looking.close();
    this.stills.close();
    globalThis.document?.removeEventListener('visibilitychange', this.tellState);
    this.media.close();
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.show();
  }

  private compose(): CallState {
    return snapshot({
      phase: this.phase,
      session: this.session,
      media: this.media,
      measuring: this.measuring,
      lineNow: this.adapting.now,
      switches: this.switches(),
      graceEnds: this.phase === 'recovering' ? this.graceEnds : null,
      ended: this.ended,
    });
  }

  private show(): void {
    this.state = this.compose();
    this.events.emit('state', undefined);
  }

  private trace(what: string, detail?: unknown): void {
    this.events.emit('trace', { at: Date.now(), what, ...(detail === undefined ? {} : { detail }) });
  }
}
