/**
 * Fetches the pictures of series in the order in which they are needed: on a poor line small ones of everything first, then pixels around where
 * people look; on a good line pixels at once. It is Cornerstone's image loader, and the one owner of what is on its way.
 */
import { cache, Enums, eventTarget, registerImageLoader, type Types, triggerEvent } from '@cornerstonejs/core';
import { root } from '../dicomweb';
import { isColour, type Series } from '../study.model';
import { FetchError, fetchPixels, fetchPreviews } from './fetch';
import { imageOfPixels, imageOfPreview, isPreview, place, warmDecoder } from './image';
import { isFast, type Line, lineOf, type Transfer } from './line.model';
import { numbersOf } from './numbers.model';
import type { Preview } from './records';
import { isLeftBehind, type Job, next, Part, type PartState, type Shelf } from './schedule.model';

interface Look {
  at: number;
  way: number;
  since: number;
}

/** A series whose pictures somebody may look at. */
interface Held {
  readonly series: Series;
  readonly ids: readonly string[];
  readonly numbers: readonly number[];
  readonly previews: Uint8Array;
  readonly pixels: Uint8Array;
  readonly small: (Preview | undefined)[];
  readonly looks: Map<object, Look>;
  holders: number;
  native: boolean; // JPEG-LS saves time; until a preview tells, it may
  fails: number;
}

interface Waiter {
  resolve: (image: Types.IImage) => void;
  reject: (err: unknown) => void;
  options: Record<string, unknown>;
}

interface Running {
  readonly job: Job;
  readonly abort: AbortController;
}

export interface Progress {
  readonly count: number;
  readonly seen: number; // small or whole
  readonly pixels: number;
}

const fresh = 5_000; // ms
const rest = 700; // ms at one picture: it is being read
const patience = 1_000; // ms
const fill = 0.8; // of the memory; beyond it only what is near is fetched
const smallLimit = 96 << 20; // bytes of previews
const decodeAhead = 6;

export class Stream {
  readonly #held = new Map<string, Held>();
  readonly #places = new Map<string, { held: Held; index: number }>();
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #running = new Set<Running>();
  readonly #listeners = new Set<() => void>();
  #recent: Transfer[] = [];
  #line: Line = {};
  #fast = false;
  #opened = 0; // when a series was held last, in ms of performance.now
  #paused = 0; // until then nothing is asked, in ms of performance.now
  #timer: ReturnType<typeof setTimeout> | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #decoding = false;
  #placing: string | undefined;

  /** Takes over the scheme of DICOMweb's pictures. */
  start(): void {
    registerImageLoader('wadors', (id, options) => ({ promise: this.#load(id, options ?? {}) }));
    eventTarget.addEventListener(Enums.Events.IMAGE_CACHE_IMAGE_REMOVED, ((e: CustomEvent<{ imageId: string }>) => {
      this.#gone(e.detail.imageId);
    }) as EventListener);
    window.addEventListener('online', () => {
      this.#paused = 0;
      this.#go();
    });
    void warmDecoder();
  }

  /** Calls back a moment after something came. */
  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  get line(): Line {
    return this.#line;
  }

  progress(series: string): Progress {
    const held = this.#held.get(series);
    if (!held) return { count: 0, seen: 0, pixels: 0 };
    let seen = 0;
    let pixels = 0;
    held.ids.forEach((_, i) => {
      if (held.pixels[i] === Part.here) pixels++;
      if (held.pixels[i] === Part.here || held.previews[i] === Part.here) seen++;
    });
    return { count: held.ids.length, seen, pixels };
  }

  /** What of a picture is here. */
  parts(series: string): { readonly previews: Uint8Array; readonly pixels: Uint8Array } | undefined {
    return this.#held.get(series);
  }

  /** Whether a picture can be shown, small or whole, or never will be. */
  isHere(series: string, index: number): boolean {
    const held = this.#held.get(series);
    const pixels = held?.pixels[index];
    return !held || pixels === Part.here || pixels === Part.never || held.previews[index] === Part.here;
  }

  /** A viewer has the pictures of a series; they are fetched until all viewers let go. */
  hold(series: Series, ids: readonly string[]): void {
    // What was measured a while ago, maybe on another line, counts no more.
    const now = performance.now();
    this.#recent = this.#recent.filter((t) => t.ended > now - fresh);
    this.#measured(...soFar(now - fresh));
    const held = this.#held.get(series.uid) ?? this.#make(series, ids);
    held.holders++;
    this.#opened = now;
    this.#go();
  }

  release(series: string): void {
    const held = this.#held.get(series);
    if (!held || --held.holders > 0) return;
    this.#held.delete(series);
    for (const id of held.ids) this.#places.delete(id);
    for (const r of [...this.#running]) if (r.job.key === series) r.abort.abort();
  }

  /** Somebody looks at a picture of a series; `who` looks at one at a time. */
  look(who: object, series: string | undefined, at: number): void {
    const now = performance.now();
    for (const held of this.#held.values()) {
      const old = held.looks.get(who);
      if (held.series.uid !== series) {
        held.looks.delete(who);
        continue;
      }
      if (old?.at === at) continue;
      held.looks.set(who, { at, way: old ? Math.sign(at - old.at) : 0, since: now });
      held.fails = 0;
      this.#decode(held);
    }
    this.#go();
  }

  leave(who: object): void {
    for (const held of this.#held.values()) held.looks.delete(who);
  }

  #make(series: Series, ids: readonly string[]): Held {
    const state = () => new Uint8Array(ids.length);
    const held: Held = {
      series,
      ids,
      numbers: numbersOf(series.frames),
      previews: state(),
      pixels: state(),
      small: new Array(ids.length),
      looks: new Map(),
      holders: 0,
      native: true,
      fails: 0,
    };
    if (isColour(series)) held.previews.fill(Part.never);
    this.#held.set(series.uid, held);
    ids.forEach((id, index) => {
      this.#places.set(id, { held, index });
      if (cache.getImageLoadObject(id) && !isPreview(id)) held.pixels[index] = Part.here;
    });
    return held;
  }

  /** Cornerstone wants a picture: whatever is here first. */
  #load(id: string, options: Record<string, unknown>): Promise<Types.IImage> {
    const spot = this.#places.get(id);
    if (!spot) return Promise.reject(new Error('a picture that no viewer has'));
    const { held, index } = spot;
    // It has left the memory, or failed when nobody looked.
    if (held.pixels[index] !== Part.asked) held.pixels[index] = Part.none;
    const small = held.small[index];
    const whole = 'targetBuffer' in options; // for a volume, of which nothing is replaced later
    if (small && !whole) {
      this.#go();
      return imageOfPreview(id, small, options);
    }
    return new Promise((resolve, reject) => {
      const all = this.#waiting.get(id) ?? [];
      this.#waiting.set(id, [...all, { resolve, reject, options }]);
      const wait = held.previews[index] === Part.asked || held.previews[index] === Part.none;
      if ((this.#fast || whole || !wait) && held.pixels[index] === Part.none) {
        this.#run({ kind: 'pixels', key: held.series.uid, index });
      } else this.#go();
    });
  }

  /** Asks for as much as the line takes. */
  #go(): void {
    const now = performance.now();
    clearTimeout(this.#timer);
    if (now < this.#paused) {
      this.#timer = setTimeout(() => this.#go(), this.#paused - now);
      return;
    }
    const shelves = [...this.#held.values()].map((h) => shelfOf(h, now));
    // Who has just opened a study is about to look at one of its pictures: that one leads.
    if (now < this.#opened + patience && shelves.every((s) => s.looks.length === 0)) {
      this.#timer = setTimeout(() => this.#go(), patience);
      return;
    }
    // Whoever waits for one of these waits for its turn to come again.
    for (const r of [...this.#running]) if (isLeftBehind(r.job, shelves, this.#fast)) r.abort.abort();
    for (;;) {
      const job = next({
        shelves,
        fast: this.#fast,
        guessed: this.#line.rate === undefined,
        running: this.#running.size,
        batch: batchOf(this.#line),
        room: cache.getCacheSize() < fill * cache.getMaxCacheSize(),
      });
      if (!job) break;
      this.#run(job);
    }
    // Who still turns may come to rest.
    if (!this.#fast && shelves.some((s) => s.looks.length > 0)) this.#timer = setTimeout(() => this.#go(), rest);
  }

  #run(job: Job): void {
    const held = this.#held.get(job.key);
    if (!held) return;
    const running: Running = { job, abort: new AbortController() };
    this.#running.add(running);
    const work =
      job.kind === 'previews' ? this.#previews(held, job.indexes, running) : this.#pixels(held, job.index, running);
    void work.finally(() => {
      this.#running.delete(running);
      this.#tell();
      this.#go();
    });
  }

  async #previews(held: Held, indexes: readonly number[], { abort }: Running): Promise<void> {
    for (const i of indexes) held.previews[i] = Part.asked;
    const by = new Map(indexes.map((i) => [held.ids[i] ?? '', i]));
    const where = { study: held.series.study, series: held.series.uid };
    const numbers = indexes.map((i) => held.numbers[i] ?? 0);
    let left: PartState = Part.never; // what did not come has none
    try {
      const transfer = await fetchPreviews(where, numbers, (p) => this.#came(held, by, p), abort.signal);
      this.#measured(transfer);
      held.fails = 0;
    } catch (err) {
      left = Part.none;
      if (!abort.signal.aborted) this.#failed(held, err);
      if (err instanceof FetchError && isFinal(err)) left = Part.never;
    }
    for (const i of indexes) {
      if (held.previews[i] !== Part.asked) continue;
      held.previews[i] = left;
      if (left === Part.never && this.#waiting.has(held.ids[i] ?? '') && held.pixels[i] === Part.none)
        this.#run({ kind: 'pixels', key: held.series.uid, index: i });
    }
  }

  #came(held: Held, asked: ReadonlyMap<string, number>, p: Preview): void {
    const frame = held.series.frames.findIndex((f) => f.instanceUid === p.instanceUid && f.frame === p.frame);
    const index = asked.get(held.ids[frame] ?? '') ?? frame;
    if (index < 0) return;
    held.small[index] = p;
    held.previews[index] = Part.here;
    held.native = p.native;
    this.#tell();
    const id = held.ids[index] ?? '';
    const waiters = this.#waiting.get(id)?.filter((w) => !('targetBuffer' in w.options));
    if (!waiters || waiters.length === 0) return;
    this.#waiting.set(
      id,
      (this.#waiting.get(id) ?? []).filter((w) => 'targetBuffer' in w.options),
    );
    if (this.#waiting.get(id)?.length === 0) this.#waiting.delete(id);
    for (const w of waiters) imageOfPreview(id, p, w.options).then(w.resolve, w.reject);
    this.#shrink();
  }

  async #pixels(held: Held, index: number, { abort }: Running): Promise<void> {
    held.pixels[index] = Part.asked;
    const id = held.ids[index] ?? '';
    const frame = held.series.frames[index];
    if (!frame) return;
    try {
      const where = { study: held.series.study, series: held.series.uid };
      const compress = !this.#fast && held.native && !isColour(held.series);
      const pixels = await fetchPixels(where, frame, compress, abort.signal);
      this.#measured(pixels.transfer);
      const image = await imageOfPixels(id, pixels, this.#waiting.get(id)?.[0]?.options ?? {});
      const waiters = this.#waiting.get(id) ?? []; // some may have come while it was decoded
      if (!this.#places.has(id)) return;
      held.pixels[index] = Part.here;
      held.fails = 0;
      this.#waiting.delete(id);
      if (waiters.length > 0) for (const w of waiters) w.resolve(image);
      else this.#place(id, image);
    } catch (err) {
      held.pixels[index] = Part.none;
      if (!abort.signal.aborted) this.#missed(held, index, err);
    }
  }

  /** Pixels did not come, or are none. */
  #missed(held: Held, index: number, err: unknown): void {
    const id = held.ids[index] ?? '';
    const waiters = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const w of waiters) w.reject(err);
    // What the line or the server has lost is asked for again in a while; what cannot be shown only when somebody wants it.
    if (!(err instanceof FetchError) || isFinal(err)) held.pixels[index] = Part.never;
    if (waiters.length === 0) this.#unseen(held, index, err);
    this.#failed(held, err);
  }

  /** Tells whoever looks at a preview that its pixels do not come; a line that is down has its own mark on the page. */
  #unseen(held: Held, index: number, error: unknown): void {
    const looked = [...held.looks.values()].some((l) => l.at === index);
    if (!looked || (error instanceof FetchError && error.status === 0)) return;
    triggerEvent(eventTarget, Enums.Events.IMAGE_LOAD_ERROR, { imageId: held.ids[index], error });
  }

  /** Somebody wants once more what could not be shown. */
  again(series: string): void {
    const held = this.#held.get(series);
    if (!held) return;
    held.pixels.forEach((state, i) => {
      if (state === Part.never) held.pixels[i] = Part.none;
    });
    held.fails = 0;
    this.#paused = 0;
    this.#go();
  }

  #place(id: string, image: Types.IImage): void {
    this.#placing = id;
    place(id, image);
    this.#placing = undefined;
  }

  /** A picture was taken out of the memory; its preview stays. */
  #gone(id: string): void {
    const spot = this.#places.get(id);
    if (spot && id !== this.#placing && spot.held.pixels[spot.index] === Part.here)
      spot.held.pixels[spot.index] = Part.none;
  }

  #measured(...came: Transfer[]): void {
    this.#recent = [...this.#recent, ...came].slice(-20);
    this.#line = lineOf(this.#recent);
    this.#fast = isFast(this.#line);
  }

  /** After a failure the line is left alone for a moment, longer each time. */
  #failed(held: Held, err: unknown): void {
    if (err instanceof FetchError && isFinal(err)) return;
    this.#paused = performance.now() + Math.min(10_000, 500 * 2 ** held.fails++);
  }

  /** Makes images of the previews that come next, one at a time, so that turning finds them. */
  #decode(held: Held): void {
    if (this.#decoding) return;
    const look = [...held.looks.values()][0];
    if (!look) return;
    const steps = Array.from({ length: decodeAhead }, (_, i) => look.at + (i + 1) * (look.way || 1));
    const index = steps.find((i) => {
      const id = held.ids[i];
      return id !== undefined && held.small[i] && !cache.getImageLoadObject(id) && held.pixels[i] !== Part.asked;
    });
    const id = index === undefined ? undefined : held.ids[index];
    const small = index === undefined ? undefined : held.small[index];
    if (id === undefined || !small) return;
    this.#decoding = true;
    void imageOfPreview(id, small, {})
      .then((image) => {
        if (this.#places.has(id) && !cache.getImageLoadObject(id)) this.#place(id, image);
      })
      .catch(() => undefined) // who looks at it is told
      .finally(() => {
        this.#decoding = false;
        this.#decode(held);
      });
  }

  /** Forgets previews of series that nobody looks at while there are too many. */
  #shrink(): void {
    const size = (h: Held) => h.small.reduce((n, p) => n + (p?.data.length ?? 0), 0);
    let total = [...this.#held.values()].reduce((n, h) => n + size(h), 0);
    for (const h of this.#held.values()) {
      if (total <= smallLimit) return;
      if (h.looks.size > 0) continue;
      total -= size(h);
      h.small.fill(undefined);
      h.previews.forEach((s, i) => {
        if (s === Part.here) h.previews[i] = Part.never;
      });
    }
  }

  #tell(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      for (const fn of this.#listeners) fn();
    }, 150);
  }
}

/** What the page has loaded from the archive before the first picture tells of the line, too. */
function soFar(since: number): Transfer[] {
  return (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
    .filter(
      (e) =>
        e.name.includes(root) && /\/(metadata|series)$/.test(e.name) && e.transferSize > 0 && e.responseEnd > since,
    )
    .slice(-5)
    .map((e) => ({ bytes: e.transferSize, asked: e.requestStart, began: e.responseStart, ended: e.responseEnd }));
}

/** The server has understood, and answers so each time. */
function isFinal(err: FetchError): boolean {
  return err.status >= 400 && err.status < 500;
}

function shelfOf(h: Held, now: number): Shelf {
  return {
    key: h.series.uid,
    previews: h.previews,
    pixels: h.pixels,
    looks: [...h.looks.values()].map((l) => ({ at: l.at, way: l.way, rests: now - l.since >= rest })),
    loop: h.series.cineRate > 0,
  };
}

/** So many previews as the line brings in half a second. */
function batchOf(line: Line): number {
  return Math.max(4, Math.min(32, Math.round(((line.rate ?? 250_000) * 0.5) / 14_000)));
}

export const stream = new Stream();
