// The media side of a call: one transport at a time, its offers, and its repair. It sends through the socket it is given and never touches the session.

import type { Answer, ClientMessage, LayersWanted, Offer, ServerMessage, Slot, Source, Want } from './protocol';
import { hear, type Quiet, unheard } from './quiet.model';
import { repair } from './recovery.model';
import { type TrackList, Transport } from './transport';
import type { MediaState } from './types';

const answerWithinMs = 8000;
const movedEveryMs = 3000;
const never = Number.NEGATIVE_INFINITY;

export interface MediaEvents {
  /** Sends a message if a conversation is under way. */
  post(m: ClientMessage): void;
  /** Sends a candidate as soon as hello has been said; false if not yet. */
  candidate(m: ClientMessage): boolean;
  changed(): void;
  /** The transport is another one: what was on its m-lines is void. */
  replaced(): void;
  /** What came on the data channel. */
  heard(m: ServerMessage): void;
  /** The data channel is open: what went on an earlier one may be lost. */
  channel(): void;
  trace(what: string, detail?: unknown): void;
}

export class MediaLink {
  state: MediaState = 'none';
  tracks: TrackList;
  private transport: Transport | null = null;
  private gen = 0;
  private early: ClientMessage[] = []; // candidates found before hello was said
  private offering: { at: number } | null = null;
  private torn = false; // the socket went with an offer that nobody has answered
  private wanted: Want = { audio: 0, video: 0 }; // m-lines to add
  private again: { restart: boolean } | null = null; // an offer to make after the one under way
  private lostAt = 0;
  private repairedAt = never;
  private movedAt = never;
  private restarts = 0;
  private everConnected = false;
  private held: ReadonlySet<Source> = new Set();
  private targetMs: number | null = null;
  private dtx = false;
  private quiet: Quiet = unheard;
  private waits = false; // in the lobby: no transport is made

  constructor(
    tracks: TrackList,
    private readonly canSend: boolean,
    private readonly policy: RTCIceTransportPolicy,
    public ice: RTCIceServer[],
    private readonly events: MediaEvents,
  ) {
    this.tracks = tracks;
  }

  get connection(): RTCPeerConnection | null {
    return this.transport?.pc ?? null;
  }

  stream(mid: string): MediaStream | undefined {
    return this.transport?.stream(mid);
  }

  receiver(mid: string): RTCRtpReceiver | undefined {
    return this.transport?.receiver(mid);
  }

  /** How loud each voice that arrives is, 0…1, by participant. */
  levels(slots: readonly Slot[]): Record<string, number> {
    const out: Record<string, number> = {};
    for (const slot of slots) {
      if (slot.source !== 'mic') continue;
      out[slot.from] = this.receiver(slot.mid)?.getSynchronizationSources()[0]?.audioLevel ?? 0;
    }
    return out;
  }

  /** Opens the next generation, above the server's, and makes its offer. */
  renew(atLeast = 0): Promise<Offer> {
    this.transport?.close();
    this.gen = Math.max(this.gen, atLeast) + 1;
    this.early = [];
    this.again = null;
    this.wanted = { audio: 0, video: 0 };
    this.quiet = unheard;
    this.events.replaced();
    const transport = new Transport(
      { gen: this.gen, ice: this.ice, policy: this.policy, canSend: this.canSend, tracks: this.tracks, looking: true },
      {
        candidate: (gen, c) => this.candidate(gen, c),
        state: (gen, s) => this.changed(gen, s),
        heard: (gen, text) => gen === this.gen && typeof text === 'string' && this.events.heard(JSON.parse(text)),
        channel: (gen) => gen === this.gen && this.events.channel(),
      },
    );
    this.transport = transport;
    for (const source of this.held) void transport.hold(source, true);
    transport.buffer(this.targetMs);
    this.offering = { at: performance.now() };
    this.state = this.everConnected ? 'interrupted' : 'connecting';
    this.lostAt ||= performance.now();
    return transport.offer();
  }

  /** Sends over the data channel; false if that is no way now. */
  say(m: ClientMessage): boolean {
    return this.transport?.say(JSON.stringify(m)) === true;
  }

  unsent(): number {
    return this.transport?.unsent() ?? 0;
  }

  /** Hello has been said: what was found meanwhile can go out. */
  flush(): void {
    for (const m of this.early.splice(0)) this.events.candidate(m);
  }

  /** The socket is gone, and with it the answer to what was offered. */
  socketLost(): void {
    this.torn ||= this.offering !== null;
    this.offering = null;
  }

  /** The seat waits in the lobby: what was offered is void, nothing is offered until `admitted`. */
  lobby(): void {
    this.waits = true;
    this.transport?.close();
    this.transport = null;
    this.offering = null;
    this.lostAt = 0;
    this.state = 'none';
  }

  admitted(): void {
    this.waits = false;
    void this.replace(this.gen);
  }

  /** The server's word on which transport it has for this seat. */
  welcomed(serverGen: number): void {
    this.waits = false;
    if (this.offering) return; // the answer is on its way
    if (serverGen !== this.gen || !this.transport) void this.replace(serverGen);
    // One that has never been up and was answered is still coming up: `watch` looks after it.
    else if (this.state === 'interrupted' || this.torn || this.quiet.told) void this.offer(true);
    this.torn = false;
  }

  private async replace(atLeast: number): Promise<void> {
    this.events.trace('new transport');
    const offer = await this.renew(atLeast);
    if (offer.gen === this.gen) this.events.post({ type: 'offer', ...offer });
  }

  /** Offers again on the transport there is; one at a time. */
  async offer(restart: boolean): Promise<void> {
    const transport = this.transport;
    if (!transport) return;
    if (this.offering) {
      this.again = { restart: restart || this.again?.restart === true };
      return;
    }
    this.offering = { at: performance.now() };
    if (restart) {
      this.restarts++;
      this.repairedAt = performance.now();
      this.events.trace('ice restart');
    }
    const offer = await transport.offer(restart);
    if (transport === this.transport) this.events.post({ type: 'offer', ...offer });
  }

  async answered(m: Answer): Promise<void> {
    const transport = this.transport;
    if (!transport || m.gen !== transport.gen) return;
    this.wanted = m.want;
    try {
      await transport.answer(m.sdp, this.dtx);
    } catch (err) {
      this.events.trace('answer refused', String(err));
    }
    if (transport !== this.transport) return;
    this.offering = null;
    const next = this.again;
    this.again = null;
    if (next?.restart || !this.grow()) {
      if (next) void this.offer(next.restart);
    }
    this.events.changed();
  }

  /** The server could not use an offer. */
  refused(): void {
    this.offering = null;
    this.repairedAt = performance.now();
  }

  /** What is on the m-lines, and how many more are wanted. */
  slots(m: { gen: number; want: Want }): void {
    if (m.gen !== this.gen) return;
    this.wanted = m.want;
    if (!this.offering) this.grow();
  }

  /** Offers the m-lines that are wanted. */
  private grow(): boolean {
    const { audio, video } = this.wanted;
    if (audio + video === 0) return false;
    this.wanted = { audio: 0, video: 0 };
    this.transport?.want(audio, video);
    void this.offer(false);
    return true;
  }

  /** What the server needs of what this device sends. */
  layers(m: LayersWanted): void {
    void this.transport?.layers(m);
  }

  /** Holds a source back while the line is too thin for it. */
  hold(source: Source, held: boolean): void {
    if (held === this.held.has(source)) return;
    const next = new Set(this.held);
    if (held) next.add(source);
    else next.delete(source);
    this.held = next;
    void this.transport?.hold(source, held);
  }

  /** Whether silence is left out; it takes an offer and its answer. */
  silence(leftOut: boolean): void {
    this.dtx = leftOut;
    if (this.state === 'connected' && !this.offering && this.transport?.dtx === !leftOut) void this.offer(false);
  }

  buffer(targetMs: number | null): void {
    if (targetMs === this.targetMs) return;
    this.targetMs = targetMs;
    this.transport?.buffer(targetMs);
  }

  /** The device is on another network: a new path is looked for at once, while the old one may still carry. */
  moved(): void {
    if (!this.transport || this.state === 'none' || performance.now() - this.movedAt < movedEveryMs) return;
    this.movedAt = performance.now();
    this.events.trace('network changed');
    void this.offer(true);
  }

  setTrack(source: Source, track: MediaStreamTrack | null): void {
    this.tracks = { ...this.tracks, [source]: track };
    const transport = this.transport;
    if (this.state === 'connected' && transport?.fits(source, track) === false) {
      void this.replace(this.gen); // the next transport offers what fits
      return;
    }
    transport?.setTrack(source, track).then(
      (offer) => {
        if (offer && transport === this.transport) void this.offer(false);
      },
      (err: unknown) => this.events.trace('set track', String(err)),
    );
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
    if (!this.events.candidate(m)) this.early.push(m);
  }

  private changed(gen: number, s: RTCPeerConnectionState): void {
    if (gen !== this.gen) return;
    this.events.trace('media', s);
    if (s === 'connected') {
      this.state = 'connected';
      this.everConnected = true;
      this.lostAt = 0;
      this.restarts = 0;
      this.repairedAt = never;
      // A camera that was changed on the way may not fit what was offered.
      const fits = Object.entries(this.tracks).every(([source, track]) => this.transport?.fits(source, track));
      if (!fits && !this.offering) void this.replace(this.gen);
    } else if (s === 'disconnected' || s === 'failed') {
      this.state = 'interrupted';
      this.lostAt ||= performance.now();
    }
    this.events.changed();
  }

  /** Whether what arrived until now has just ceased: the path may be gone, or the others send nothing any more. */
  ceased(): boolean {
    if (!this.transport || this.state !== 'connected') return false;
    const before = this.quiet;
    this.quiet = hear(before, this.transport.arrivals(), performance.now());
    return this.quiet.told && !before.told;
  }

  /** Asked twice a second while the socket is well: are media out, and is it time to repair them? */
  watch(): void {
    if (!this.transport || this.waits) return;
    const now = performance.now();
    if (this.offering && now - this.offering.at > answerWithinMs) {
      this.events.trace('no answer');
      void this.replace(this.gen);
      return;
    }
    if (this.state === 'connected' || this.offering || this.lostAt === 0) return;
    const failed = this.transport.pc.connectionState === 'failed';
    const since = this.repairedAt === never ? Number.POSITIVE_INFINITY : now - this.repairedAt;
    // A first connection gets as long as an answer before anything is tried.
    const lost = now - this.lostAt - (this.everConnected ? 0 : answerWithinMs);
    const what = repair(lost, since, this.restarts, failed);
    if (what === 'restart') void this.offer(true);
    if (what === 'renew') {
      this.restarts++;
      this.repairedAt = now;
      void this.replace(this.gen);
    }
  }

  close(): void {
    this.transport?.close();
    this.transport = null;
    this.state = 'none';
  }
}
