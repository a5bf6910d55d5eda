/**
 * Fetches the pictures of series in the order in which they are needed: on a poor line small ones of everything first, then pixels around where
 * people look; on a good line pixels at once. It is Cornerstone's image loader, and the one owner of what is on its way.
 */
import { cache, Enums, eventTarget, registerImageLoader, type Types, triggerEvent } from '@cornerstonejs/core';
import { onBack } from '@/api/steady';
import { isColour, type Series } from '../study.model';
import { Ahead } from './ahead';
import { FetchError, fetchPixels, fetchPreviews, isFinal } from './fetch';
import { Held, type Progress } from './held';
import { imageOfPixels, imageOfPreview, place, warmDecoder, wholeOf } from './image';
import type { Line } from './line.model';
import { Meter } from './meter';
import type { Preview } from './records';
import { isLeftBehind, isOutrun, type Job, next, Part, type PartState, type Shelf } from './schedule.model';
import { isForVolume, type Options, Waiting } from './waiting';

interface Running {
  readonly job: Job;
  readonly abort: AbortController;
  readonly begun: number; // ms of performance.now
  isHere: boolean; // all of it has come, and is decoded maybe
}

const patience = 1_000; // ms in which who opens a study says where it looks, and for which who turns waits for a line that was down
const late = 250; // ms after which a picture is late on a fast line
const turning = 700; // ms after which who turns may have come to rest
const fill = 0.8; // of the memory; beyond it only what is near is fetched
const smallLimit = 96 << 20; // bytes of previews
const tellEvery = 150; // ms

export class Stream {
  readonly #held = new Map<string, Held>();
  readonly #places = new Map<string, { held: Held; index: number }>();
  readonly #waiting = new Waiting();
  readonly #running = new Set<Running>();
  readonly #listeners = new Set<() => void>();
  readonly #meter = new Meter();
  readonly #ahead = new Ahead((id, image) => this.#place(id, image));
  #opened = 0; // when a series was held last, in ms of performance.now
  #paused = 0; // until then nothing is asked, in ms of performance.now
  #timer: ReturnType<typeof setTimeout> | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #placing: string | undefined;

  /** Takes over the scheme of DICOMweb's pictures. */
  start(): void {
    registerImageLoader('wadors', (id, options) => ({ promise: this.#load(id, options ?? {}) }));
    eventTarget.addEventListener(Enums.Events.IMAGE_CACHE_IMAGE_REMOVED, ((e: CustomEvent<{ imageId: string }>) => {
      this.#gone(e.detail.imageId);
    }) as EventListener);
    const back = () => {
      this.#paused = 0;
      this.#go();
    };
    window.addEventListener('online', back);
    onBack(back);
    void warmDecoder();
  }

  /** Calls back a moment after something came. */
  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  get line(): Line {
    return this.#meter.line;
  }

  progress(series: string): Progress {
    return this.#held.get(series)?.progress ?? { count: 0, seen: 0, pixels: 0 };
  }

  /** What of a picture is here. */
  parts(series: string): { readonly previews: Uint8Array; readonly pixels: Uint8Array } | undefined {
    return this.#held.get(series);
  }

  /** Whether a picture can be shown, small or whole, or never will be. */
  isHere(series: string, index: number): boolean {
    return this.#held.get(series)?.isHere(index) ?? true;
  }

  /** A viewer has the pictures of a series; they are fetched until all viewers let go. */
  hold(series: Series, ids: readonly string[]): void {
    this.#meter.refresh();
    const held = this.#held.get(series.uid) ?? this.#make(series, ids);
    held.holders++;
    this.#opened = performance.now();
    this.#go();
  }

  release(series: string): void {
    const held = this.#held.get(series);
    if (!held || --held.holders > 0) return;
    this.#held.delete(series);
    for (const id of held.ids) this.#places.delete(id);
    for (const r of [...this.#running]) if (r.job.key === series) r.abort.abort();
  }

  /** Somebody is about to look at a picture: it leads until a pane says where it looks. */
  expect(series: string, at: number): void {
    if ([...this.#held.values()].some((h) => h.isLookedAt)) return;
    this.#held.get(series)?.turn(this, at, performance.now());
    this.#go();
  }

  /** Somebody looks at a picture of a series; `who` looks at one at a time. */
  look(who: object, series: string | undefined, at: number): void {
    if (series !== undefined) this.leave(this); // who was expected has come
    for (const held of this.#held.values()) {
      if (held.series.uid !== series) held.leave(who);
      else if (held.turn(who, at, performance.now())) {
        held.fails = 0;
        this.#paused = Math.min(this.#paused, performance.now() + patience); // who turns is told soon whether the line is back
        this.#ahead.make(held);
        for (const r of this.#running)
          if (r.job.kind === 'pixels' && r.job.index === at && r.job.key === series) this.#watch(r);
      }
    }
    this.#go();
  }

  /** A pane has drawn a picture of a series; when it is on the screen, the rest may come. */
  drew(series: string): void {
    const held = this.#held.get(series);
    if (!held || held.isDrawn) return;
    held.drew();
    requestAnimationFrame(() => requestAnimationFrame(() => this.#go()));
  }

  leave(who: object): void {
    for (const held of this.#held.values()) held.leave(who);
  }

  /** Somebody wants once more what could not be shown. */
  again(series: string): void {
    this.#held.get(series)?.forgive();
    this.#paused = 0;
    this.#go();
  }

  #make(series: Series, ids: readonly string[]): Held {
    const held = new Held(series, ids);
    this.#held.set(series.uid, held);
    for (const [index, id] of ids.entries()) this.#places.set(id, { held, index });
    return held;
  }

  /** Cornerstone wants a picture: whatever is here first. */
  #load(id: string, options: Options): Promise<Types.IImage> {
    const spot = this.#places.get(id);
    if (!spot) return Promise.reject(new Error('a picture that no viewer has'));
    const { held, index } = spot;
    // It has left the memory, or failed when nobody looked.
    if (held.pixels[index] !== Part.asked) held.pixels[index] = Part.none;
    const small = held.small[index];
    const whole = isForVolume(options);
    if (small && !whole) {
      this.#go();
      return soFar(id, small, options);
    }
    const image = this.#waiting.wait(id, options);
    const comesSmall = held.previews[index] === Part.asked || held.previews[index] === Part.none;
    if ((this.#meter.isFast || whole || !comesSmall) && held.pixels[index] === Part.none) {
      this.#run({ kind: 'pixels', key: held.series.uid, index });
    } else this.#go();
    return image;
  }

  /** Asks for as much as the line takes. */
  #go(): void {
    const now = performance.now();
    clearTimeout(this.#timer);
    const shelves = [...this.#held.values()].map((h) => h.shelf(now));
    const isLooked = shelves.some((s) => s.looks.length > 0);
    // Who has just opened a study is about to look at one of its pictures: that one leads.
    const from = Math.max(this.#paused, isLooked ? 0 : this.#opened + patience);
    if (now < from) this.#goIn(from - now);
    else this.#ask(shelves, isLooked);
  }

  #ask(shelves: readonly Shelf[], isLooked: boolean): void {
    // Whoever waits for one of these waits for its turn to come again; a volume would wait for ever, as what is far may have no turn.
    for (const r of [...this.#running])
      if (isLeftBehind(r.job, shelves, this.#meter.isFast) && !this.#isForVolume(r.job)) r.abort.abort();
    for (;;) {
      const job = next({
        shelves,
        fast: this.#meter.isFast,
        guessed: this.#meter.line.rate === undefined,
        running: [...this.#running].map(({ job, begun }) => ({ job, ms: performance.now() - begun })),
        batch: this.#meter.batch,
        room: cache.getCacheSize() < fill * cache.getMaxCacheSize(),
      });
      if (!job) break;
      this.#run(job);
    }
    const waits = !this.#meter.isFast || shelves.some((s) => s.opens || s.looks.some((l) => !l.rests));
    if (isLooked && waits) this.#goIn(turning);
  }

  #isForVolume(job: Job): boolean {
    return job.kind === 'pixels' && this.#waiting.isForVolume(this.#held.get(job.key)?.ids[job.index] ?? '');
  }

  #goIn(ms: number): void {
    this.#timer = setTimeout(() => this.#go(), ms);
  }

  #run(job: Job): void {
    const held = this.#held.get(job.key);
    if (!held) return;
    const running: Running = { job, abort: new AbortController(), begun: performance.now(), isHere: false };
    this.#running.add(running);
    const { signal } = running.abort;
    const came = () => {
      running.isHere = true;
    };
    const work =
      job.kind === 'previews' ? this.#previews(held, job, signal) : this.#pixels(held, job.index, signal, came);
    if (job.kind === 'pixels') this.#watch(running);
    void work.finally(() => {
      this.#running.delete(running);
      this.#tell();
      this.#go();
    });
  }

  async #previews(held: Held, job: Job & { kind: 'previews' }, signal: AbortSignal): Promise<void> {
    const { indexes } = job;
    for (const i of indexes) held.previews[i] = Part.asked;
    const numbers = indexes.map((i) => held.numbers[i] ?? 0);
    let left: PartState = Part.never; // what did not come has none
    try {
      this.#meter.add(await fetchPreviews(held.where, numbers, (p) => this.#came(held, p, job), signal));
      held.fails = 0;
    } catch (err) {
      left = err instanceof FetchError && isFinal(err) ? Part.never : Part.none;
      if (!signal.aborted) this.#failed(held, err);
      if (!signal.aborted && left === Part.none) this.#told(held, indexes, err);
    }
    for (const i of indexes) {
      if (held.previews[i] !== Part.asked) continue;
      held.previews[i] = left;
      if (left === Part.never && this.#waiting.has(held.ids[i] ?? '') && held.pixels[i] === Part.none)
        this.#run({ kind: 'pixels', key: held.series.uid, index: i });
    }
  }

  /** Tells panes that what they wait for did not come; it is asked for again in a while. */
  #told(held: Held, indexes: readonly number[], err: unknown): void {
    for (const i of indexes) for (const w of this.#waiting.takeForPanes(held.ids[i] ?? '')) w.reject(err);
  }

  #came(held: Held, p: Preview, by: Job): void {
    const index = held.indexOf(p);
    if (index < 0 || held.previews[index] === Part.here) return;
    held.small[index] = p;
    held.previews[index] = Part.here;
    held.native = p.native;
    this.#tell();
    for (const r of [...this.#running])
      if (r.job !== by && isOutrun(r.job, { key: held.series.uid, previews: held.previews })) r.abort.abort();
    const id = held.ids[index] ?? '';
    for (const w of this.#waiting.takeForPreview(id)) soFar(id, p, w.options).then(w.resolve, w.reject);
    if (!held.isDrawn && held.isShown(index)) this.#go(); // the rest may come now
    this.#shrink();
  }

  async #pixels(held: Held, index: number, signal: AbortSignal, came: () => void): Promise<void> {
    held.pixels[index] = Part.asked;
    const id = held.ids[index] ?? '';
    const frame = held.series.frames[index];
    if (!frame) return;
    try {
      const compress = !this.#meter.isFast && held.native && !isColour(held.series);
      const pixels = await fetchPixels(held.where, frame, compress, signal);
      came();
      this.#meter.add(pixels.transfer);
      const image = await imageOfPixels(id, pixels, this.#waiting.options(id));
      if (!this.#places.has(id)) return;
      held.pixels[index] = Part.here;
      held.fails = 0;
      const waiters = this.#waiting.take(id); // some may have come while it was decoded
      for (const w of waiters) w.resolve(image);
      if (waiters.length === 0) this.#place(id, image);
      // Where there was no room for it Cornerstone lets it go without a word.
      setTimeout(() => cache.getImageLoadObject(id) ?? this.#gone(id));
    } catch (err) {
      held.pixels[index] = Part.none;
      if (!signal.aborted) this.#missed(held, index, err);
    }
  }

  /** Looks after a while whether a picture is late. */
  #watch(r: Running): void {
    if (this.#meter.isFast) setTimeout(() => this.#late(r), late);
  }

  /** Who looks where a fast line would have brought the picture gets a small one at once, whatever else is on its way. */
  #late({ job, isHere, abort }: Running): void {
    const held = this.#held.get(job.key);
    if (job.kind !== 'pixels' || isHere || abort.signal.aborted || !held?.isShown(job.index)) return;
    if (held.previews[job.index] !== Part.none || this.#waiting.isForVolume(held.ids[job.index] ?? '')) return;
    this.#meter.doubt();
    this.#run({ kind: 'previews', key: job.key, indexes: [job.index] });
  }

  /** Pixels did not come, or are none. */
  #missed(held: Held, index: number, err: unknown): void {
    const waiters = this.#waiting.take(held.ids[index] ?? '');
    for (const w of waiters) w.reject(err);
    // What the line or the server has lost is asked for again in a while; what cannot be shown only when somebody wants it.
    if (!(err instanceof FetchError) || isFinal(err)) held.pixels[index] = Part.never;
    if (waiters.length === 0) this.#unseen(held, index, err);
    this.#failed(held, err);
  }

  /** Tells whoever looks at a preview that its pixels do not come; a line that is down has its own mark on the page. */
  #unseen(held: Held, index: number, error: unknown): void {
    if (!held.isShown(index) || (error instanceof FetchError && error.status === 0)) return;
    triggerEvent(eventTarget, Enums.Events.IMAGE_LOAD_ERROR, { imageId: held.ids[index], error });
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

  /** After a failure the line is left alone for a moment, longer each time. */
  #failed(held: Held, err: unknown): void {
    if (err instanceof FetchError && isFinal(err)) return;
    this.#paused = performance.now() + Math.min(10_000, 500 * 2 ** held.fails++);
  }

  /** Forgets previews of series that nobody looks at while there are too many. */
  #shrink(): void {
    let total = [...this.#held.values()].reduce((n, h) => n + h.weight, 0);
    for (const h of this.#held.values()) {
      if (total <= smallLimit) return;
      if (h.isLookedAt) continue;
      total -= h.weight;
      h.shed();
    }
  }

  #tell(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      for (const fn of this.#listeners) fn();
    }, tellEvery);
  }
}

/**
 * A preview, or the picture itself if that has come while the preview was decoded: the cache says which of them is on show, and what is measured
 * on one of them must not be taken for the other.
 */
async function soFar(id: string, small: Preview, options: Options): Promise<Types.IImage> {
  const image = await imageOfPreview(id, small, options);
  return wholeOf(id) ?? image;
}

export const stream = new Stream();
