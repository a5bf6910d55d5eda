// The call itself: joins conversation, media and session, and shows the result as one immutable snapshot.

import { Adapting } from './adapting';
import { type Announced, announce } from './announce';
import { Conversation } from './conversation';
import { Emitter } from './emitter';
import type { Looking } from './looking';
import { Measuring } from './measuring';
import { MediaLink } from './media';
import { onNetworkChange } from './network';
import { Own } from './own';
import type { ClientMessage, Recording, ServerMessage, SharedValue, Source } from './protocol';
import { apply, emptySession, type Session } from './session.model';
import { snapshot } from './snapshot';
import { Stills } from './stills';
import { wishTopic } from './stills.model';
import { readTicket } from './ticket';
import { Together } from './together';
import type { Call, CallEvents, CallOptions, CallState, Ended } from './types';
import { Views } from './views';
import { Words } from './words';

const statsEveryMs = 2000;

/** Makes a call; nothing happens before `join`. */
export function createCall(options: CallOptions): Call {
  return new CallClient(options);
}

class CallClient implements Call {
  private readonly events = new Emitter<Announced>();
  private readonly conversation: Conversation;
  private readonly media: MediaLink;
  private readonly own: Own;
  private readonly together: Together;
  readonly looking: Looking;
  private readonly adapting: Adapting;
  private readonly views = new Views((views) => this.post({ type: 'want', views }));
  private readonly stills = new Stills({
    share: (topic, data, to) => this.post({ type: 'share', topic, data, ...(to ? { to } : {}) }),
    now: () => Date.now() + this.session.clockOffset,
    available: () => this.measuring.figures?.availableKbps,
  });
  private readonly measuring = new Measuring((report) => this.post({ type: 'report', ...report }));
  private readonly words = new Words({
    post: (m) => this.post(m),
    session: () => this.session,
    change: (next) => {
      this.session = next;
      this.show();
    },
  });

  private session: Session = emptySession;
  private phase: CallState['phase'] = 'idle';
  private ended: Ended | null = null;
  private state: CallState;
  private timers: ReturnType<typeof setInterval>[] = [];
  private stopNetwork: (() => void) | undefined;

  private readonly trace = (what: string, detail?: unknown): void =>
    this.events.emit('trace', { at: Date.now(), what, ...(detail === undefined ? {} : { detail }) });

  constructor(options: CallOptions) {
    const hints = readTicket(options.ticket);
    const tracks = { mic: options.mic ?? null, camera: options.camera ?? null, screen: null, ...options.extras };
    this.media = new MediaLink(tracks, hints.canSend, options.transport ?? 'all', hints.ice, {
      post: (m) => this.post(m),
      candidate: (m) => this.conversation.afterHello(m),
      changed: () => this.show(),
      replaced: () => {
        this.measuring.restart();
        this.session = { ...this.session, slots: [] };
      },
      heard: (m) => m.type === 'shared' && this.receive(m),
      channel: () => this.looking.resend(),
      trace: this.trace,
    });
    const url = new URL(options.url, globalThis.location?.href).href;
    this.conversation = new Conversation(url, options, {
      offer: () => this.media.renew(),
      chatAfter: () => this.session.chat.at(-1)?.seq ?? 0,
      greeted: () => this.media.flush(),
      message: (m) => this.receive(m),
      lost: () => this.lost(),
      flowing: () => this.media.state === 'connected',
      waits: () => this.show(),
      ended: (why) => this.finish(why),
      trace: this.trace,
    });
    this.own = new Own(this.media, this.stills, () => this.tellState());
    this.adapting = new Adapting(this.media, this.stills, this.trace);
    this.together = new Together({
      session: () => this.session,
      post: (m) => this.post(m),
      say: (m) => this.media.say(m),
      unsent: () => this.media.unsent(),
    });
    this.looking = this.together.looking;
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
    const watch = (): void => {
      if (this.phase !== 'live') return;
      if (this.media.ceased()) this.conversation.test(); // if that is dead as well, the path is gone
      this.media.watch();
    };
    this.timers = [setInterval(() => void this.measure(), statsEveryMs), setInterval(watch, 250)];
    this.stopNetwork = onNetworkChange(() => this.moved(), this.retryNow);
    this.stills.source(this.media.tracks.camera ?? null);
    globalThis.document?.addEventListener('visibilitychange', this.tellState);
    this.conversation.open();
    this.show();
  }

  leave(reason?: string): void {
    if (this.phase === 'ended') return;
    this.post({ type: 'leave', ...(reason ? { reason } : {}) });
    this.finish({ reason: 'left', again: false });
  }

  readonly retryNow = (): void => {
    if (this.phase === 'recovering' && this.conversation.retry()) return;
    if (this.phase === 'live' && this.media.state === 'interrupted') {
      void this.media.offer(true);
    }
  };

  /** Another network: the old path may linger for many seconds; the socket is tested, the media look for a new one. */
  private moved(): void {
    this.conversation.test();
    if (this.phase === 'live') this.media.moved();
  }

  // --- what this device sends, what this person says and looks at -------------------------------------------------------

  readonly setTrack: Call['setTrack'] = (source, track) => this.own.setTrack(source, track);
  readonly raiseHand: Call['raiseHand'] = (up) => this.own.raise(up);

  setEnabled(source: 'mic' | 'camera', on: boolean): void {
    if (on && source === 'mic' && this.session.asked?.what === 'unmute') this.words.dismiss();
    this.own.setEnabled(source, on);
  }

  private readonly tellState = (): void => {
    this.post({ type: 'state', ...this.own.switches() });
    this.show();
  };

  readonly say: Call['say'] = (text) => this.words.say(text);
  readonly share: Call['share'] = (topic, data, options) => this.words.share(topic, data, options ?? {});
  readonly control: Call['control'] = (action, target, source) => this.words.control(action, target, source);
  readonly consent: Call['consent'] = (recording) => this.words.consent(recording);
  readonly record: Call['record'] = (on) => this.words.record(on);
  readonly mark: Call['mark'] = (text) => this.words.mark(text);
  readonly dismiss: Call['dismiss'] = () => this.words.dismiss();

  readonly showing: Call['showing'] = (element, tile) => this.views.show(element, tile);
  readonly floating: Call['floating'] = (stream) => this.views.float(stream);
  readonly levels: Call['levels'] = () => this.media.levels(this.session.slots);

  // --- what the server says ---------------------------------------------------------------------------------------------

  private post(m: ClientMessage): void {
    if (this.phase === 'live' || (this.phase === 'lobby' && m.type === 'leave')) this.conversation.send(m);
  }

  private lost(): void {
    this.media.socketLost();
    if (this.phase === 'live' || this.phase === 'lobby') this.phase = 'recovering';
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
        this.adapting.silence(this.session);
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
        if (raised && !this.ownHand()) this.own.hand = false;
        break;
      case 'problem':
        this.trace('problem', m);
        if (m.re === 'offer') this.media.refused();
        break;
    }
    announce(m, this.events);
    if (m.type !== 'pong') this.show();
  }

  /** Whether the others see this hand up. */
  private ownHand(): boolean {
    return this.session.people.find((p) => p.id === this.session.you)?.state.hand === true;
  }

  /** What passes by many times a second is no part of the snapshot. */
  private aside(m: SharedValue): boolean {
    if (m.keep && m.from !== this.session.you) this.words.superseded(m.topic);
    if (m.topic === wishTopic) this.stills.wished(m.from);
    else return this.looking.receive(m);
    return true;
  }

  private welcomed(w: Extract<ServerMessage, { type: 'welcome' }>, recorded: Recording): void {
    this.conversation.welcomed(w);
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
    this.words.repeat();
    this.together.welcomed(w);
    if (w.resumed && wasIn) {
      this.words.remind(w.shared ?? []);
      this.looking.repeat();
      this.words.recordAgain(recorded);
    }
    this.views.repeat();
    this.media.welcomed(w.gen);
  }

  private admitted(m: Extract<ServerMessage, { type: 'admitted' }>): void {
    this.conversation.admitted(m.resume);
    this.phase = 'live';
    this.trace('admitted');
    this.tellState();
    this.together.look(m.shared);
    this.views.repeat();
    this.media.admitted();
  }

  /** A chair muted this device: the switch says so, and the person may switch it on again. */
  private muted(source: Source, by: string): void {
    this.own.setEnabled(source, false);
    this.events.emit('muted', { source, by });
  }

  // --- measuring and showing --------------------------------------------------------------------------------------------

  private async measure(): Promise<void> {
    if (this.media.state === 'connected' && !(await this.measuring.look(() => this.media.connection))) return;
    if (this.phase === 'ended') return;
    this.adapting.step({
      live: this.phase === 'live',
      figures: this.measuring.figures,
      session: this.session,
    });
    this.show();
  }

  private finish(ended: Ended): void {
    this.phase = 'ended';
    this.ended = ended;
    for (const t of this.timers) clearInterval(t);
    this.stopNetwork?.();
    this.views.close();
    this.looking.close();
    this.stills.close();
    globalThis.document?.removeEventListener('visibilitychange', this.tellState);
    this.media.close();
    this.conversation.close();
    this.show();
  }

  private compose(): CallState {
    return snapshot({
      phase: this.phase,
      session: this.session,
      media: this.media,
      measuring: this.measuring,
      lineNow: this.adapting.now,
      switches: this.own.switches(),
      graceEnds: this.phase === 'recovering' ? this.conversation.graceEnds : null,
      ended: this.ended,
    });
  }

  private show(): void {
    this.state = this.compose();
    this.events.emit('state', undefined);
  }
}
