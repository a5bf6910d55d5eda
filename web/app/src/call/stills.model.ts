// Still pictures instead of video on a thin line: how they are named, sized, paced and read. Pure.

const prefix = 'still:';
/** A still is at most this large, so that a kept place on the line of voice remains. */
export const stillBytes = 12 * 1024;
export const stillEveryMs = 4000;

export interface Still {
  from: string;
  source: string;
  /** `data:image/jpeg;base64,…` */
  url: string;
  /** When it was taken, ms on the server's clock. */
  at: number;
  /** Sent because this side asked: it gives way as soon as the video comes again. */
  wished?: boolean;
}

export const stillTopic = (source: string): string => `${prefix}${source}`;

/** The source whose stills are over: its picture moves again. */
export function endedStill(value: { topic: string; data: unknown }): string | undefined {
  return value.topic.startsWith(prefix) && value.data === null ? value.topic.slice(prefix.length) : undefined;
}

/** Reads a still out of a shared value; undefined for anything else. Only a JPEG that is written into the message is taken: an address would be fetched. */
export function readStill(value: { topic: string; from: string; data: unknown }): Still | undefined {
  if (!value.topic.startsWith(prefix)) return undefined;
  const { data } = value;
  if (typeof data !== 'object' || data === null) return undefined;
  const { jpeg, at, wished } = data as { jpeg?: unknown; at?: unknown; wished?: unknown };
  if (typeof jpeg !== 'string' || !/^[A-Za-z0-9+/]+=*$/.test(jpeg) || jpeg.length > (stillBytes * 4) / 3 + 4)
    return undefined;
  if (typeof at !== 'number' || !Number.isFinite(at)) return undefined;
  const url = `data:image/jpeg;base64,${jpeg}`;
  return {
    from: value.from,
    source: value.topic.slice(prefix.length),
    url,
    at,
    ...(wished === true ? { wished } : {}),
  };
}

/** One try of encoding. */
export interface Attempt {
  width: number;
  quality: number;
}

/** Sizes and qualities to try, the best first; the first that fits is sent. */
export const attempts: readonly Attempt[] = [
  { width: 320, quality: 0.6 },
  { width: 320, quality: 0.4 },
  { width: 256, quality: 0.4 },
  { width: 192, quality: 0.35 },
  { width: 160, quality: 0.25 },
];

/** Size of a still of a picture, its sides in proportion and even. */
export function stillSize(width: number, height: number, wide: number): { width: number; height: number } {
  const scale = Math.min(1, wide / Math.max(1, width));
  const even = (v: number): number => Math.max(2, Math.round((v * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/** Whether a still takes the place of the moving picture: it is newer than the last frame that came. */
export function stillCounts(still: Still | undefined, now: number): boolean {
  return still !== undefined && now - still.at < 60_000;
}

/** How many bytes a still may have on a line of so many kbit/s: half a second of it, so that the voice waits no longer. */
export function stillRoom(kbps: number | undefined): number {
  if (kbps === undefined) return stillBytes;
  return Math.max(2048, Math.min(stillBytes, Math.round((kbps * 1000) / 8 / 2)));
}

/** Pause until the next still: a third of the line at most, between 4 and 15 s. */
export function stillPause(bytes: number, kbps: number | undefined): number {
  if (!kbps) return stillEveryMs;
  return Math.min(15_000, Math.max(stillEveryMs, Math.round((bytes * 1.4 * 8) / (kbps * 0.33))));
}

/** A receiver whose line is too thin for the picture asks for stills by this topic, again and again while it is so. */
export const wishTopic = 'still-wish';
export const wishEveryMs = 10_000;
export const wishHoldsMs = 25_000;
