// One generation of the media transport: an RTCPeerConnection that always offers (PROTOCOL.md).

import { extensions, offered, withOpusWishes } from './codecs.model';
import { contentHints, encodingsOf, pictureKind, sparing, withLayers } from './layers.model';
import type { LayersWanted, Offer, Source } from './protocol';

export type TrackList = Readonly<{ [source: string]: MediaStreamTrack | null }>;

export interface TransportOptions {
  gen: number;
  ice: RTCIceServer[];
  policy: RTCIceTransportPolicy;
  canSend: boolean;
  tracks: TrackList;
  /** Opens the data channel for looking together. */
  looking?: boolean;
}

export interface TransportEvents {
  candidate(gen: number, c: RTCIceCandidate | null): void;
  state(gen: number, s: RTCPeerConnectionState): void;
  /** A message on the data channel. */
  heard?(gen: number, text: unknown): void;
  /** The data channel is open. */
  channel?(gen: number): void;
}

const label = 'looking';
const mostUnsent = 64 * 1024; // bytes; what comes behind more than that goes faster by the socket

/** Microphone and camera keep their m-line while they are off; everything else is announced only while it is sent. */
const lasting = (source: Source): boolean => source === 'mic' || source === 'camera';

export class Transport {
  readonly gen: number;
  readonly pc: RTCPeerConnection;
  private readonly lines = new Map<Source, RTCRtpTransceiver>();
  private readonly streams = new Map<string, MediaStream>();
  private readonly wanted = new Map<Source, LayersWanted>();
  private readonly encodings = new Map<Source, number>(); // encodings offered; absent where the browser chose
  private readonly held = new Set<Source>(); // this device's line is too thin for it
  private targetMs: number | null = null;
  private readonly channel: RTCDataChannel | undefined;
  /** Whether this side leaves silence out. */
  dtx = false;

  constructor(
    private readonly options: TransportOptions,
    events: TransportEvents,
  ) {
    this.gen = options.gen;
    this.pc = new RTCPeerConnection({
      iceServers: options.ice,
      iceTransportPolicy: options.policy,
      bundlePolicy: 'max-bundle',
    });
    this.pc.onicecandidate = (e) => events.candidate(this.gen, e.candidate);
    this.pc.onconnectionstatechange = () => events.state(this.gen, this.pc.connectionState);
    const { canSend, tracks } = options;
    if (options.looking) this.channel = this.open(events);
    // The first two m-lines carry both ways: a call of two needs no more, and no second offer.
    const direction = canSend ? 'sendrecv' : 'recvonly';
    this.line('mic', tracks.mic ?? 'audio', direction);
    this.line('camera', tracks.camera ?? 'video', direction);
    this.receiving('video'); // for a shared screen
    if (!canSend) return;
    for (const [source, track] of Object.entries(tracks))
      if (track && !lasting(source)) this.line(source, track, 'sendonly');
  }

  /** Ordered and reliable, as the browser makes them. */
  private open(events: TransportEvents): RTCDataChannel | undefined {
    const channel = this.pc.createDataChannel?.(label);
    if (!channel) return undefined;
    channel.onmessage = (e: MessageEvent<unknown>) => events.heard?.(this.gen, e.data);
    channel.onopen = () => events.channel?.(this.gen);
    return channel;
  }

  /** Bytes that wait in the data channel, if that is the way. */
  unsent(): number {
    const { channel } = this;
    return channel?.readyState === 'open' && this.pc.connectionState === 'connected' ? channel.bufferedAmount : 0;
  }

  /** Sends on the data channel; false if it is not open, or would be late there. */
  say(text: string): boolean {
    const { channel } = this;
    if (channel?.readyState !== 'open' || this.pc.connectionState !== 'connected') return false;
    if (channel.bufferedAmount + text.length > mostUnsent) return false;
    channel.send(text);
    return true;
  }

  private line(
    source: Source,
    what: MediaStreamTrack | 'audio' | 'video',
    direction: RTCRtpTransceiverDirection,
  ): void {
    const video = what === 'video' || (typeof what !== 'string' && what.kind === 'video');
    const sends = video && direction !== 'recvonly';
    const line = sends ? this.layered(source, what, direction) : this.pc.addTransceiver(what, { direction });
    trim(line, video ? 'video' : 'audio');
    if (typeof what !== 'string') hint(source, what);
    this.lines.set(source, line);
  }

  private layered(
    source: Source,
    what: MediaStreamTrack | string,
    direction: RTCRtpTransceiverDirection,
  ): RTCRtpTransceiver {
    const sendEncodings = encodingsOf(source, typeof what === 'string' ? 0 : widthOf(what));
    try {
      const line = this.pc.addTransceiver(what, { direction, sendEncodings });
      this.encodings.set(source, sendEncodings.length);
      return line;
    } catch {
      return this.pc.addTransceiver(what, { direction }); // a browser without simulcast sends one picture
    }
  }

  /** Makes the next offer; `restart` with new ICE credentials. */
  async offer(restart = false): Promise<Offer> {
    if (restart) this.pc.restartIce();
    const description = await this.pc.createOffer();
    await this.pc.setLocalDescription(description);
    const tracks: Offer['tracks'] = [];
    for (const [source, line] of this.lines) {
      if (line.mid !== null && this.options.canSend && (lasting(source) || line.sender.track))
        tracks.push({ mid: line.mid, source });
    }
    return { gen: this.gen, sdp: withOpusWishes(description.sdp ?? '', true), tracks };
  }

  /** Takes an answer; `dtx`: this side leaves silence out. */
  async answer(sdp: string, dtx = false): Promise<void> {
    // What the answer wishes of Opus is what this side's encoder does.
    await this.pc.setRemoteDescription({ type: 'answer', sdp: withOpusWishes(sdp, dtx) });
    this.dtx = dtx;
    await Promise.all([...this.lines.keys()].map((source) => this.tune(source)));
    this.buffer(this.targetMs);
  }

  /** What the server needs of a source now. */
  async layers(wanted: LayersWanted): Promise<void> {
    this.wanted.set(wanted.source, wanted);
    await this.tune(wanted.source);
  }

  /** Holds a source back, or lets it go again, whatever the server needs. */
  async hold(source: Source, held: boolean): Promise<void> {
    if (held === this.held.has(source)) return;
    if (held) this.held.add(source);
    else this.held.delete(source);
    await this.tune(source);
  }

  private async tune(source: Source): Promise<void> {
    const sender = this.lines.get(source)?.sender;
    if (sender?.track?.kind !== 'video') return;
    const parameters = sender.getParameters();
    const wanted = this.held.has(source) ? { source, active: [] } : this.wanted.get(source);
    const encodings = withLayers(parameters.encodings ?? [], source, wanted);
    const preference = sparing[pictureKind(source)];
    if (!encodings && parameters.degradationPreference === preference) return;
    const next = { ...parameters, ...(encodings ? { encodings } : {}), degradationPreference: preference };
    // An older browser knows fewer of these: the picture then goes as it is.
    await sender.setParameters(next).catch(() => undefined);
  }

  /** How long what arrives may wait for what is late, in ms; null leaves it to the browser. */
  buffer(targetMs: number | null): void {
    this.targetMs = targetMs;
    for (const { receiver } of this.pc.getTransceivers())
      if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = targetMs;
  }

  /** Adds receiving m-lines; they count after the next offer. */
  want(audio: number, video: number): void {
    for (let i = 0; i < audio; i++) this.receiving('audio');
    for (let i = 0; i < video; i++) this.receiving('video');
  }

  private receiving(kind: 'audio' | 'video'): void {
    trim(this.pc.addTransceiver(kind, { direction: 'recvonly' }), kind);
  }

  /**
   * Whether a picture can go out in as many encodings as were offered. Their number is settled with the m-line, and of more than fit its width the browser leaves out
   * the largest.
   */
  fits(source: Source, track: MediaStreamTrack | null): boolean {
    const offered = this.encodings.get(source);
    return !track || offered === undefined || offered === encodingsOf(source, widthOf(track)).length;
  }

  /** Sends another track for a source; true if that needs an offer. */
  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<boolean> {
    if (track) hint(source, track);
    const line = this.lines.get(source);
    if (line) {
      const announced = line.sender.track !== null;
      await line.sender.replaceTrack(track);
      await this.tune(source);
      return !lasting(source) && announced !== (track !== null);
    }
    if (!track || !this.options.canSend) return false;
    this.line(source, track, 'sendonly');
    return true;
  }

  /** The stream of what arrives on an m-line; the same object for the life of the transport. */
  stream(mid: string): MediaStream | undefined {
    const known = this.streams.get(mid);
    if (known) return known;
    const line = this.pc.getTransceivers().find((t) => t.mid === mid);
    if (!line) return undefined;
    const stream = new MediaStream([line.receiver.track]);
    this.streams.set(mid, stream);
    return stream;
  }

  /** A number that changes with whatever arrives of the others. */
  arrivals(): number {
    let sum = 0;
    for (const { receiver } of this.pc.getTransceivers())
      for (const s of receiver.getSynchronizationSources?.() ?? []) sum += s.timestamp;
    return sum;
  }

  receiver(mid: string): RTCRtpReceiver | undefined {
    return this.pc.getTransceivers().find((t) => t.mid === mid)?.receiver;
  }

  close(): void {
    this.pc.onicecandidate = null;
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }
}

/** An m-line whose header extensions can be chosen (WebRTC Extensions 5.2). */
interface Choosing {
  getHeaderExtensionsToNegotiate?(): { uri: string; direction: string }[];
  setHeaderExtensionsToNegotiate?(all: { uri: string; direction: string }[]): void;
}

/** Leaves out of the offer what the server would not answer. */
function trim(line: RTCRtpTransceiver, kind: 'audio' | 'video'): void {
  if (typeof RTCRtpReceiver === 'undefined') return;
  try {
    const codecs = offered(kind, RTCRtpReceiver.getCapabilities?.(kind)?.codecs ?? []);
    if (codecs) line.setCodecPreferences?.(codecs);
    const choosing = line as Choosing;
    const all = choosing.getHeaderExtensionsToNegotiate?.();
    if (all) choosing.setHeaderExtensionsToNegotiate?.(extensions(all));
  } catch {
    // It does not take what it lists: then everything is offered.
  }
}

function hint(source: Source, track: MediaStreamTrack): void {
  if (track.kind === 'video') track.contentHint = contentHints[pictureKind(source)];
}

/** Pixels; 0 while unknown. */
const widthOf = (track: MediaStreamTrack): number => track.getSettings?.().width ?? 0;
