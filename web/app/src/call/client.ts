// The call itself: joins socket, transport and session, decides when to try again, and shows the result as one immutable snapshot.

import { Emitter } from './emitter';
import type { ClientMessage, Report, ServerMessage, Switches } from './protocol';
import { PROTOCOL_VERSION } from './protocol';
import { recover, repair, type SocketEnd } from './recovery.model';
import { apply, emptySession, remotes, type Session } from './session.model';
import { Socket } from './socket';
import { between, type Figures, gradeOf, type Totals, totals } from './stats.model';
import { readTicket } from './ticket';
import { Transport } from './transport';
import type { Call, CallEvents, CallOptions, CallState, Ended, LocalMedia, MediaState } from './types';

const beforeWelcomeMs = 45_000; // how long a first connection is tried
const statsEveryMs = 2000;
const reportEveryMs = 6000;
const answerWithinMs = 8000;

/** Makes a call; nothing happens before `join`. */
export function createCall(options: CallOptions): Call {
  return new CallClient(options);
}

class CallClient implements Call {
  private readonly events = new Emitter<CallEvents & { state: undefined }>();
  private readonly url: string;
  private readonly hints: ReturnType<typeof readTicket>;
  private ice: RTCIceServer[];

  private session: Session = emptySession;
  private phase: CallState['phase'] = 'idle';
  private mediaState: MediaState = 'none';
  private tracks: Pick<LocalMedia, 'mic' | 'camera' | 'screen'>;
  private ended: Ended | null = null;
  private figures: Figures | null = null;
  private path = '';
  private state: CallState;

  private socket: Socket | null = null;
  private resume = '';
  private graceMs = beforeWelcomeMs;
  private tries = 0;
  private lostAt = 0; // when the socket was last good
  private graceEnds = 0; // ms since the epoch
  private retryTimer: ReturnType<typeof setTimeout> | undefined;

  private transport: Transport | null = null;
  private gen = 0;
  private early: ClientMessage[] = []; // candidates that were found before the socket was ready
  private ready = false; // hello has been said on this socket
  private offering: { gen: number; at: number } | null = null;
  private again: { restart: boolean } | null = null; // an offer to make after the one under way
  private mediaLostAt = 0;
  private repairedAt = Number.NEGATIVE_INFINITY;
  private restarts = 0;
  private everConnected = false;

  private timers: ReturnType<typeof setInterval>[] = [];
  private lastTotals: Totals | null = null;
  private reportFrom: Totals | null = null;
  private refs = 0;
  private readonly refPrefix = Math.random().toString(36).slice(2, 10);

  constructor(private readonly options: CallOptions) {
    this.url = new URL(options.url, globalThis.location?.href).href.replace(/^http/, 'ws');
    this.hints = readTicket(options.ticket);
    this.ice = this.hints.ice;
    this.tracks = { mic: options.mic ?? null, camera: options.camera ?? null, screen: null };
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
    this.timers = [setInterval(() => void this.measure(), statsEveryMs), setInterval(() => this.watchMedia(), 500)];
    globalThis.addEventListener?.('online', this.retryNow);
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
    } else if (this.phase === 'live' && this.mediaState === 'interrupted') {
      void this.offer(true);
    }
  };

  // --- what this device sends -------------------------------------------------------------------------------------------

  setTrack(source: 'mic' | 'camera' | 'screen', track: MediaStreamTrack | null): void {
    this.tracks = { ...this.tracks, [source]: track };
    if (source === 'screen' && track) {
      track.contentHint ||= 'detail';
      track.addEventListener('ended', () => this.tracks.screen === track && this.setTrack('screen', null));
    }
    this.tellState();
    const transport = this.transport;
    if (!transport) return;
    transport.setTrack(source, track).then(
      (offer) => {
        if (offer && transport === this.transport) void this.offer(false);
      },
      (err: unknown) => this.trace('set track', String(err)),
    );
  }

  setEnabled(source: 'mic' | 'camera', on: boolean): void {
    const track = this.tracks[source];
    if (track) track.enabled = on;
    this.tellState();
  }

  private switches(): Switches {
    const on = (t: MediaStreamTrack | null): boolean => t?.enabled === true && t.readyState === 'live';
    const hidden = globalThis.document?.visibilityState === 'hidden';
    return { mic: on(this.tracks.mic), camera: on(this.tracks.camera), screen: on(this.tracks.screen), hidden };
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
    if (options.keep) {
      const mine = { type: 'shared', topic, from: this.session.you, keep: true, data } as const;
      this.session = apply(this.session, mine, Date.now());
      this.show();
    }
  }

  levels(): Record<string, number> {
    const out: Record<string, number> = {};
    for (const slot of this.session.slots) {
      if (slot.source !== 'mic') continue;
      const source = this.transport?.receiver(slot.mid)?.getSynchronizationSources()[0];
      out[slot.from] = source?.audioLevel ?? 0;
    }
    return out;
  }

  // --- the socket -------------------------------------------------------------------------------------------------------

  private connect(): void {
    this.trace('connect', { tries: this.tries });
    this.ready = false;
    // The first offer is made while the socket opens. A resumed seat may still have its transport: it is asked first.
    const offer = this.resume === '' ? this.renew() : null;
    const socket: Socket = new Socket(this.url, {
      open: () => void this.hello(socket, offer),
      message: (m) => socket === this.socket && this.receive(m),
      end: (end) => socket === this.socket && this.lost(end),
    });
    this.socket = socket;
  }

  private async hello(socket: Socket, offer: ReturnType<CallClient['renew']> | null): Promise<void> {
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
    this.ready = true;
    for (const m of this.early.splice(0)) socket.send(m);
  }

  private post(m: ClientMessage): void {
    if (this.phase === 'live') this.socket?.send(m);
  }

  private lost(end: SocketEnd): void {
    this.socket = null;
    this.ready = false;
    this.offering = null;
    if (this.phase === 'ended') return;
    if (this.phase === 'live') {
      this.phase = 'recovering';
      this.lostAt = performance.now();
      this.graceEnds = Date.now() + this.graceMs;
      this.tries = 0;
    }
    const outMs = performance.now() - this.lostAt;
    // While media flow the server keeps the seat however long the socket is away.
    const graceMs = this.mediaState === 'connected' ? Number.POSITIVE_INFINITY : this.graceMs;
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
    this.session = apply(this.session, m, Date.now());
    switch (m.type) {
      case 'welcome':
        this.welcomed(m);
        break;
      case 'answer':
        void this.answered(m);
        break;
      case 'slots':
        if (m.gen === this.gen && (m.want.audio > 0 || m.want.video > 0)) {
          this.transport?.want(m.want.audio, m.want.video);
          void this.offer(false);
        }
        break;
      case 'joined':
        this.events.emit('joined', m.participant);
        break;
      case 'left':
        this.events.emit('left', { id: m.id, reason: m.reason });
        break;
      case 'chat':
      case 'shared':
        this.events.emit(m.type, m as never);
        break;
      case 'problem':
        this.problem(m);
        break;
    }
    if (m.type !== 'pong') this.show();
  }

  private problem(m: { code: string; text: string; re?: string }): void {
    this.trace('problem', m);
    if (m.re === 'offer') {
      this.offering = null;
      if (m.code === 'offer' && this.again === null) this.repairedAt = performance.now();
    }
    this.events.emit('problem', { code: m.code, text: m.text });
  }

  private welcomed(w: Extract<ServerMessage, { type: 'welcome' }>): void {
    this.resume = w.resume;
    this.graceMs = w.graceMs;
    this.tries = 0;
    this.phase = 'live';
    if (w.ice) this.ice = w.ice;
    this.trace('welcome', { resumed: w.resumed, gen: w.gen });
    this.tellState();
    for (const line of this.session.pending) this.post({ type: 'say', ...line });
    if (this.offering) return; // the answer is on its way
    if (w.gen !== this.gen || !this.transport) {
      void this.replace(w.gen);
    } else if (this.mediaState !== 'connected') {
      void this.offer(true);
    }
  }

  // --- the media transport ----------------------------------------------------------------------------------------------

  /** Opens the next generation and makes its offer. */
  private renew(atLeast = 0): ReturnType<Transport['offer']> {
    this.transport?.close();
    this.gen = Math.max(this.gen, atLeast) + 1;
    this.early = [];
    this.lastTotals = null;
    this.again = null;
    this.session = { ...this.session, slots: [] };
    const transport = new Transport(
      {
        gen: this.gen,
        ice: this.ice,
        policy: this.options.transport ?? 'all',
        canSend: this.hints.canSend,
        ...this.tracks,
      },
      { candidate: (gen, c) => this.candidate(gen, c), state: (gen, s) => this.mediaChanged(gen, s) },
    );
    this.transport = transport;
    this.offering = { gen: this.gen, at: performance.now() };
    if (this.mediaState !== 'interrupted') this.mediaState = this.everConnected ? 'interrupted' : 'connecting';
    this.mediaLostAt ||= performance.now();
    return transport.offer();
  }

  private async replace(atLeast: number): Promise<void> {
    this.trace('new transport');
    const offer = await this.renew(atLeast);
    if (offer.gen === this.gen) this.post({ type: 'offer', ...offer });
  }

  /** Offers again on the transport there is; one at a time. */
  private async offer(restart: boolean): Promise<void> {
    const transport = this.transport;
    if (!transport || this.phase !== 'live') return;
    if (this.offering) {
      this.again = { restart: restart || this.again?.restart === true };
      return;
    }
    this.offering = { gen: transport.gen, at: performance.now() };
    if (restart) {
      this.restarts++;
      this.repairedAt = performance.now();
      this.trace('ice restart');
    }
    const offer = await transport.offer(restart);
    if (transport === this.transport) this.post({ type: 'offer', ...offer });
  }

  private async answered(m: { gen: number; sdp: string }): Promise<void> {
    const transport = this.transport;
    if (!transport || m.gen !== transport.gen) return;
    try {
      await transport.answer(m.sdp);
    } catch (err) {
      this.trace('answer refused', String(err));
    }
    if (transport !== this.transport) return;
    this.offering = null;
    const next = this.again;
    this.again = null;
    if (next) void this.offer(next.restart);
    this.show();
  }

  private candidate(gen: number, c: RTCIceCandidate | null): void {
    if (gen !== this.gen) return;
    const m: ClientMessage = {
      type: 'candidate',
      gen,
      candidate: c?.candidate ?? '',
      sdpMid: c?.sdpMid ?? null,
      sdpMLineIndex: c?.sdpMLineIndex ?? null,
      usernameFragment: c?.usernameFragment ?? null,
    };
    if (this.ready) this.socket?.send(m);
    else this.early.push(m);
  }

  private mediaChanged(gen: number, s: RTCPeerConnectionState): void {
    if (gen !== this.gen) return;
    this.trace('media', s);
    if (s === 'connected') {
      this.mediaState = 'connected';
      this.everConnected = true;
      this.mediaLostAt = 0;
      this.restarts = 0;
      this.repairedAt = Number.NEGATIVE_INFINITY;
    } else if (s === 'disconnected' || s === 'failed') {
      this.mediaState = 'interrupted';
      this.mediaLostAt ||= performance.now();
    }
    this.show();
  }

  /** Twice a second: are media out, and is it time to repair them? */
  private watchMedia(): void {
    if (this.phase !== 'live' || !this.transport) return;
    const now = performance.now();
    if (this.offering && now - this.offering.at > answerWithinMs) {
      this.trace('no answer');
      this.offering = null;
      void this.replace(this.gen);
      return;
    }
    if (this.mediaState === 'connected' || this.offering || this.mediaLostAt === 0) return;
    const failed = this.transport.pc.connectionState === 'failed';
    const since = this.repairedAt === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : now - this.repairedAt;
    // A first connection gets as long as a repair before anything is tried.
    const lost = this.everConnected ? now - this.mediaLostAt : now - this.mediaLostAt - answerWithinMs;
    const what = repair(lost, since, this.restarts, failed);
    if (what === 'restart') void this.offer(true);
    else if (what === 'renew') {
      this.restarts++;
      this.repairedAt = now;
      void this.replace(this.gen);
    }
  }

  // --- measuring and showing --------------------------------------------------------------------------------------------

  private async measure(): Promise<void> {
    const transport = this.transport;
    if (!transport || this.mediaState !== 'connected') return;
    const stats: (Record<string, unknown> & { type: string; id: string })[] = [];
    (await transport.pc.getStats()).forEach((s) => void stats.push(s));
    if (transport !== this.transport) return;
    const now = totals(stats, performance.now());
    if (this.lastTotals) this.figures = between(this.lastTotals, now) ?? null;
    this.lastTotals = now;
    this.path = now.path;
    this.report(now);
    this.show();
  }

  private report(now: Totals): void {
    if (this.reportFrom && now.at - this.reportFrom.at < reportEveryMs) return;
    const figures = this.reportFrom ? between(this.reportFrom, now) : undefined;
    this.reportFrom = now;
    if (!figures) return;
    const { seconds, concealed, frozen, freezes, frames, path } = figures;
    const report: Report = { seconds, concealed, frozen, freezes, frames, ...(path ? { path } : {}) };
    this.post({ type: 'report', ...report });
  }

  private finish(ended: Ended): void {
    this.phase = 'ended';
    this.ended = ended;
    this.mediaState = 'none';
    clearTimeout(this.retryTimer);
    for (const t of this.timers) clearInterval(t);
    globalThis.removeEventListener?.('online', this.retryNow);
    globalThis.document?.removeEventListener('visibilitychange', this.tellState);
    this.transport?.close();
    this.transport = null;
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.show();
  }

  private compose(): CallState {
    const line = this.session.lines[this.session.you] ?? null;
    return {
      phase: this.phase,
      media: this.mediaState,
      you: this.session.you,
      room: this.session.room,
      canSend: this.session.canSend,
      people: remotes(this.session, (mid) => this.transport?.stream(mid)),
      local: { ...this.tracks, switches: this.switches() },
      chat: this.session.chat,
      pending: this.session.pending,
      shared: this.session.shared,
      grade: gradeOf(line, this.figures),
      line,
      path: this.path,
      graceEnds: this.phase === 'recovering' ? this.graceEnds : null,
      ended: this.ended,
      clockOffset: this.session.clockOffset,
    };
  }

  private show(): void {
    this.state = this.compose();
    this.events.emit('state', undefined);
  }

  private trace(what: string, detail?: unknown): void {
    this.events.emit('trace', { at: Date.now(), what, ...(detail === undefined ? {} : { detail }) });
  }
}
