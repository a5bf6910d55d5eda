// One generation of the media transport: an RTCPeerConnection that always offers (PROTOCOL.md).

import type { Offer, Source } from './protocol';

export interface TransportOptions {
  gen: number;
  ice: RTCIceServer[];
  policy: RTCIceTransportPolicy;
  canSend: boolean;
  mic: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
}

export interface TransportEvents {
  candidate(gen: number, c: RTCIceCandidate | null): void;
  state(gen: number, s: RTCPeerConnectionState): void;
}

const cameraMaxBps = 1_500_000;
const screenMaxBps = 2_500_000;

export class Transport {
  readonly gen: number;
  readonly pc: RTCPeerConnection;
  private readonly lines = new Map<Source, RTCRtpTransceiver>();
  private readonly streams = new Map<string, MediaStream>();

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
    // The first two m-lines carry both ways: a call of two needs no more, and no second offer.
    const direction = options.canSend ? 'sendrecv' : 'recvonly';
    this.line('mic', options.mic ?? 'audio', direction);
    this.line('camera', options.camera ?? 'video', direction);
    this.pc.addTransceiver('video', { direction: 'recvonly' }); // for a shared screen
    if (options.screen && options.canSend) this.line('screen', options.screen, 'sendonly');
  }

  private line(source: Source, what: MediaStreamTrack | string, direction: RTCRtpTransceiverDirection): void {
    this.lines.set(source, this.pc.addTransceiver(what, { direction }));
  }

  /** Makes the next offer; `restart` with new ICE credentials. */
  async offer(restart = false): Promise<Offer> {
    if (restart) this.pc.restartIce();
    const description = await this.pc.createOffer();
    await this.pc.setLocalDescription(description);
    const tracks: Offer['tracks'] = [];
    for (const [source, line] of this.lines) {
      // A screen is announced only while it is shown; microphone and camera keep their place.
      if (line.mid !== null && this.options.canSend && (source !== 'screen' || line.sender.track))
        tracks.push({ mid: line.mid, source });
    }
    return { gen: this.gen, sdp: description.sdp ?? '', tracks };
  }

  async answer(sdp: string): Promise<void> {
    await this.pc.setRemoteDescription({ type: 'answer', sdp });
    await Promise.all([this.limit('camera', cameraMaxBps), this.limit('screen', screenMaxBps)]);
  }

  private async limit(source: Source, bps: number): Promise<void> {
    const sender = this.lines.get(source)?.sender;
    const parameters = sender?.getParameters();
    const encoding = parameters?.encodings[0];
    if (!sender?.track || !parameters || !encoding || encoding.maxBitrate === bps) return;
    encoding.maxBitrate = bps;
    await sender.setParameters(parameters).catch(() => undefined); // an older browser: no limit then
  }

  /** Adds receiving m-lines; they count after the next offer. */
  want(audio: number, video: number): void {
    for (let i = 0; i < audio; i++) this.pc.addTransceiver('audio', { direction: 'recvonly' });
    for (let i = 0; i < video; i++) this.pc.addTransceiver('video', { direction: 'recvonly' });
  }

  /** Sends another track for a source; true if that needs an offer. */
  async setTrack(source: 'mic' | 'camera' | 'screen', track: MediaStreamTrack | null): Promise<boolean> {
    const line = this.lines.get(source);
    if (line) {
      const announced = line.sender.track !== null;
      await line.sender.replaceTrack(track);
      await this.limit(source, source === 'screen' ? screenMaxBps : cameraMaxBps);
      return source === 'screen' && announced !== (track !== null);
    }
    if (!track) return false;
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

  receiver(mid: string): RTCRtpReceiver | undefined {
    return this.pc.getTransceivers().find((t) => t.mid === mid)?.receiver;
  }

  close(): void {
    this.pc.onicecandidate = null;
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }
}
