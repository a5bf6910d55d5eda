// The smallest page that makes a call with the call library, for browser tests: everything is driven through window.call.

import { type Call, type CallOptions, createCall } from '../../web/app/src/call';

interface Figures {
  frames: Record<string, number>;
  energy: Record<string, number>;
}

class Driver {
  call: Call | null = null;
  readonly trace: unknown[] = [];
  private readonly videos = new Map<string, HTMLVideoElement>();
  private audio: AudioContext | null = null;
  private readonly meters = new Map<MediaStream, AnalyserNode>();
  private readonly peaks: Record<string, number> = {};

  private started = 0;

  async join(options: Omit<CallOptions, 'url'> & { media?: boolean }): Promise<void> {
    const { media = true, ...rest } = options;
    const local = media
      ? // Small and slow: several browsers encode and decode on the cores of one test machine.
        await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240, frameRate: 10 } })
      : null;
    const call = createCall({
      ...rest,
      url: '/rtc',
      mic: local?.getAudioTracks()[0] ?? null,
      camera: local?.getVideoTracks()[0] ?? null,
    });
    this.call = call;
    const started = performance.now();
    this.started = started;
    call.on('trace', (t) => this.trace.push({ ...t, after: Math.round(performance.now() - started) }));
    call.subscribe(() => this.show());
    this.audio = new AudioContext();
    setInterval(() => this.listen(), 50);
    call.join();
  }

  /** Plays every video, and meters every voice. */
  private show(): void {
    for (const person of this.call?.snapshot().people ?? []) {
      for (const [source, stream] of Object.entries(person.streams)) {
        if (!stream) continue;
        const name = `${person.id}/${source}`;
        if (source === 'mic') this.meter(name, stream);
        else this.play(name, stream);
      }
    }
  }

  private play(name: string, stream: MediaStream): void {
    let video = this.videos.get(name);
    if (!video) {
      video = document.createElement('video');
      video.autoplay = true;
      video.muted = true;
      video.playsInline = true;
      document.body.append(video);
      this.videos.set(name, video);
      video.requestVideoFrameCallback(() => {
        this.trace.push({ what: 'first frame', detail: name, after: Math.round(performance.now() - this.started) });
      });
    }
    if (video.srcObject !== stream) video.srcObject = stream;
  }

  private meter(name: string, stream: MediaStream): void {
    if (!this.audio || this.meters.has(stream)) return;
    const player = new Audio(); // Chromium gives no samples of a remote stream that nothing plays
    player.srcObject = stream;
    void player.play();
    const node = this.audio.createAnalyser();
    this.audio.createMediaStreamSource(stream).connect(node);
    this.meters.set(stream, node);
    this.peaks[name] = 0;
    Object.assign(node, { voice: name });
  }

  private listen(): void {
    for (const node of this.meters.values()) {
      const samples = new Float32Array(node.fftSize);
      node.getFloatTimeDomainData(samples);
      const energy = samples.reduce((sum, v) => sum + v * v, 0);
      const name = (node as AnalyserNode & { voice: string }).voice;
      this.peaks[name] = (this.peaks[name] ?? 0) + energy;
    }
  }

  figures(): Figures {
    const frames: Record<string, number> = {};
    for (const [name, video] of this.videos) frames[name] = video.getVideoPlaybackQuality().totalVideoFrames;
    return { frames, energy: { ...this.peaks } };
  }

  /** The snapshot without what cannot leave the page. */
  state(): unknown {
    const s = this.call?.snapshot();
    if (!s) return null;
    const people = s.people.map((p) => ({ ...p, streams: Object.keys(p.streams) }));
    return { ...s, people, local: s.local.switches };
  }
}

Object.assign(globalThis, { driver: new Driver() });
