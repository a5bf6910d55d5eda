// Still pictures of the camera instead of video, while the line of either side is too thin.

import {
  attempts,
  stillBytes,
  stillEveryMs,
  stillPause,
  stillRoom,
  stillSize,
  stillTopic,
  wishEveryMs,
  wishHoldsMs,
  wishTopic,
} from './stills.model';

/** What it needs of the call. */
export interface StillsLine {
  share(topic: string, data: unknown, to?: string): void;
  /** Now, on the server's clock, ms. */
  now(): number;
  /** kbit/s upward, if known. */
  available(): number | undefined;
}

export class Stills {
  private track: MediaStreamTrack | null = null;
  private video: HTMLVideoElement | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private toAll = false;
  private readonly wishes = new Map<string, number>(); // who asked, until when (performance.now)
  private readonly asked = new Map<string, number>(); // whom this side asked, when

  constructor(private readonly line: StillsLine) {}

  /** The camera to take pictures of; null for none. */
  source(track: MediaStreamTrack | null): void {
    if (track === this.track) return;
    this.track = track;
    this.video?.pause();
    this.video = null;
    this.go();
  }

  /** This device's own line is too thin: everybody gets stills. */
  broadcast(on: boolean): void {
    if (on === this.toAll) return;
    this.toAll = on;
    if (!on) this.line.share(stillTopic('camera'), null);
    this.go();
  }

  /** Somebody whose line is too thin asks for stills. */
  wished(from: string): void {
    this.wishes.set(from, performance.now() + wishHoldsMs);
    this.go();
  }

  /** Asks for stills of people whose picture this line does not carry. */
  wish(people: readonly string[]): void {
    const now = performance.now();
    for (const id of this.asked.keys()) if (!people.includes(id)) this.asked.delete(id);
    for (const id of people) {
      if (now - (this.asked.get(id) ?? Number.NEGATIVE_INFINITY) < wishEveryMs) continue;
      this.asked.set(id, now);
      this.line.share(wishTopic, { source: 'camera' }, id);
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.video?.pause();
    this.video = null;
    this.track = null;
  }

  private receivers(): string[] | 'all' | undefined {
    if (this.track?.readyState !== 'live' || !this.track.enabled) return undefined;
    if (this.toAll) return 'all';
    const now = performance.now();
    for (const [id, until] of this.wishes) if (until < now) this.wishes.delete(id);
    return this.wishes.size > 0 ? [...this.wishes.keys()] : undefined;
  }

  private go(): void {
    if (this.timer === undefined && this.receivers()) this.timer = setTimeout(() => void this.take(), 0);
  }

  private async take(): Promise<void> {
    const kbps = this.line.available();
    const jpeg = await this.grab(stillRoom(kbps)).catch(() => undefined);
    this.timer = undefined;
    const to = this.receivers();
    if (!to) return;
    if (jpeg) {
      const data = { jpeg, at: Math.round(this.line.now()) };
      if (to === 'all') this.line.share(stillTopic('camera'), data);
      else for (const id of to) this.line.share(stillTopic('camera'), { ...data, wished: true }, id);
    }
    const pause = jpeg ? stillPause(jpeg.length * 0.75, kbps) : stillEveryMs;
    this.timer = setTimeout(() => void this.take(), pause);
  }

  /** A JPEG of at most so many bytes as base64; undefined when there is no picture. */
  private async grab(room: number): Promise<string | undefined> {
    const video = await this.playing();
    if (!video || video.videoWidth === 0) return undefined;
    for (const { width, quality } of attempts) {
      const blob = await encode(video, stillSize(video.videoWidth, video.videoHeight, width), quality);
      if (blob && blob.size <= Math.min(room, stillBytes)) return base64(blob);
    }
    return undefined;
  }

  private async playing(): Promise<HTMLVideoElement | undefined> {
    if (!this.track) return undefined;
    if (!this.video) {
      this.video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
      this.video.srcObject = new MediaStream([this.track]);
    }
    await this.video.play();
    return this.video;
  }
}

/** Draws a picture of a playing video at a size and encodes it. */
export function encode(
  picture: CanvasImageSource,
  size: { width: number; height: number },
  quality: number,
): Promise<Blob | null> {
  const canvas = Object.assign(document.createElement('canvas'), size);
  canvas.getContext('2d')?.drawImage(picture, 0, 0, size.width, size.height);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality));
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}
