// The call itself: joins socket, media and session, decides when to try again, and shows the result as one immutable snapshot.

import { Emitter } from './emitter';
import { MediaLink } from './media';
import type { ClientMessage, Offer, Report, ServerMessage, Switches } from './protocol';
import { PROTOCOL_VERSION } from './protocol';
import { recover, type SocketEnd } from './recovery.model';
import { apply, emptySession, remotes, type Session } from './session.model';
import { Socket } from './socket';
import { between, type Figures, gradeOf, type Totals, totals } from './stats.model';
import { readTicket } from './ticket';
import type { Call, CallEvents, CallOptions, CallState, Ended } from './types';

const beforeWelcomeMs = 45_000; // how long a first connection is tried
const statsEveryMs = 2000;
const reportEveryMs = 6000;

/** Makes a call; nothing happens before `join`. */
export function createCall(options: CallOptions): Call {
  return new CallClient(options);
}

class CallClient implements Call {
  private readonly events = new Emitter<CallEvents & { state: undefined }>();
  private readonly url: string;
  private readonly media: MediaLink;

  private session: Session = emptySession;
  private phase: CallState['phase'] = 'idle';
  private ended: Ended | null = null;
  private state: CallState;

  private socket: Socket | null = null;
  private greeted = false; // hello has been said on this socket
  private resume = '';
  private graceMs = beforeWelcomeMs;
  private tries = 0;
  private lostAt = 0; // when the socket was last good
  private graceEnds = 0; // ms since the epoch
  private retryTimer: ReturnType<typeof setTimeout> | undefined;

  private timers: ReturnType<typeof setInterval>[] = [];
  private figures: Figures | null = null;
  private path = '';
  private lastTotals: Totals | null = null;
  private reportFrom: Totals | null = null;
  private refs = 0;
  private readonly refPrefix = Math.random().toString(36).slice(2, 10);

  constructor(private readonly options: CallOptions) {
    this.url = new URL(options.url, globalThis.location?.href).href.replace(/^http/, 'ws');
    const hints = readTicket(options.ticket);
    const tracks = { mic: options.mic ?? null, camera: options.camera ?? null, screen: null };
    this.media = new MediaLink(tracks, hints.canSend, options.transport ?? 'all', hints.ice, {
      post: (m) => this.post(m),
      candidate: (m) => this.greeted && this.socket?.send(m) === true,
      changed: () => this.show(),
      replaced: () => {
        this.lastTotals = null;
        this.session = { ...this.session, slots: [] };
      },
      trace: (what, detail) => this.trace(what, detail),
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
    } else if (this.phase === 'live' && this.media.state === 'interrupted') {
      void this.media.offer(true);
    }
  };

  // --- what this device sends -------------------------------------------------------------------------------------------

  setTrack(source: 'mic' | 'camera' | 'screen', track: MediaStreamTrack | null): void {
    if (source === 'screen' && track) {
      track.contentHint ||= 'detail';
      // The browser's own "stop sharing".
      track.addEventListener('ended', () => this.media.tracks.screen === track && this.setTrack('screen', null));
    }
    this.media.setTrack(source, track);
    this.tellState();
  }

  setEnabled(source: 'mic' | 'camera', on: boolean): void {
    const track = this.media.tracks[source];
    if (track) track.enabled = on;
    this.tellState();
  }

  private switches(): Switches {
    const on = (t: MediaStreamTrack | null): boolean => t?.enabled === true && t.readyState === 'live';
    const { mic, camera, screen } = this.media.tracks;
    const hidden = globalThis.document?.visibilityState === 'hidden';
    return { mic: on(mic), camera: on(camera), screen: on(screen), hidden };
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
    const mine = { type: 'shared', topic, from: this.session.you, keep: true, data } as const;
    this.session = apply(this.session, mine, Date.now());
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
    if (this.phase === 'live') this.socket?.send(m);
  }

  private lost(end: SocketEnd): void {
    this.socket = null;
    this.greeted = false;
    this.media.socketLost();
    if (this.phase === 'ended') return;
    if (this.phase === 'live') {
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
    this.session = apply(this.session, m, Date.now());
    switch (m.type) {
      case 'welcome':
        this.welcomed(m);
        break;
      case 'answer':
        void this.media.answered(m);
        break;
      case 'slots':
        this.media.slots(m);
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

  private welcomed(w: Extract<ServerMessage, { type: 'welcome' }>): void {
    this.resume = w.resume;
    this.graceMs = w.graceMs;
    this.tries = 0;
    this.phase = 'live';
    if (w.ice) this.media.ice = w.ice;
    this.trace('welcome', { resumed: w.resumed, gen: w.gen });
    this.tellState();
    for (const line of this.session.pending) this.post({ type: 'say', ...line });
    this.media.welcomed(w.gen);
  }

  // --- measuring and showing --------------------------------------------------------------------------------------------

  private async measure(): Promise<void> {
    const pc = this.media.connection;
    if (!pc || this.media.state !== 'connected') return;
    const stats: (Record<string, unknown> & { type: string; id: string })[] = [];
    (await pc.getStats()).forEach((s) => void stats.push(s));
    if (pc !== this.media.connection) return;
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
    clearTimeout(this.retryTimer);
    for (const t of this.timers) clearInterval(t);
    globalThis.removeEventListener?.('online', this.retryNow);
    globalThis.document?.removeEventListener('visibilitychange', this.tellState);
    this.media.close();
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.show();
  }

  private compose(): CallState {
    const { you, room, canSend, chat, pending, shared, lines, clockOffset } = this.session;
    const line = lines[you] ?? null;
    return {
      phase: this.phase,
      media: this.media.state,
      you,
      room,
      canSend,
      people: remotes(this.session, (mid) => this.media.stream(mid)),
      local: { ...this.media.tracks, switches: this.switches() },
      chat,
      pending,
      shared,
      grade: gradeOf(line, this.figures),
      line,
      path: this.path,
      graceEnds: this.phase === 'recovering' ? this.graceEnds : null,
      ended: this.ended,
      clockOffset,
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
