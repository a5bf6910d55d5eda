/** A series as a volume that fills while it is looked at: first every n-th slice, then all of them. Touches Cornerstone3D. */
import { cache, Enums, eventTarget, imageLoader } from '@cornerstonejs/core';
import { onBack } from '@/api/steady';
import { isPreview } from '../stream/image';
import { outward, type Series } from '../study.model';
import type { Holder } from './holders';
import type { Voxels } from './reslice.model';
import { previewStep, thinned, type VolumeShape } from './volume.model';

export interface SourceState {
  /** What is there to look at. */
  readonly stage: 'none' | 'preview' | 'whole';
  readonly loaded: number; // slices
  readonly total: number;
  readonly failed: number;
  /** Slices whose small picture stands in for them still. */
  readonly coarse: number;
  /** Counts up when pictures changed under the volume: it is to be drawn again. */
  readonly fresh: number;
}

const lanes = 4;
const refreshMs = 250;
const attempts = 4; // by itself, after the line was back or somebody asked
const pause = 2_000; // ms before the first of them, twice as long before each next
let nextId = 1;

export class VolumeSource {
  #state: SourceState;
  #current: string | undefined;
  #over = false;
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #working = false;
  #wanted = false; // since the last round began
  #left = attempts;
  #again: ReturnType<typeof setTimeout> | undefined;
  readonly #have = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #name: string;

  /** ids are those of the series' frames, in their order. */
  constructor(
    series: Series,
    readonly shape: VolumeShape,
    ids: readonly string[],
    private readonly holder: Holder,
  ) {
    const address = new Map(series.frames.map((f, i) => [f, ids[i] ?? '']));
    this.#ids = shape.frames.map((f) => address.get(f) ?? '');
    this.#name = `volume:/studies/${series.study}/series/${series.uid}/${nextId++}`;
    this.#state = { stage: 'none', loaded: 0, total: this.#ids.length, failed: 0, coarse: 0, fresh: 0 };
    eventTarget.addEventListener(Enums.Events.IMAGE_CACHE_IMAGE_ADDED, this.#added as EventListener);
    this.#leaveLine = onBack(() => (this.#working || this.#failed.size > 0) && void this.load());
  }

  readonly #leaveLine: () => void;
  readonly #ids: readonly string[];

  get state(): SourceState {
    return this.#state;
  }

  /** The volume that may be looked at now; undefined while there is none. */
  get volumeId(): string | undefined {
    return this.#current;
  }

  /** Its values, where the processor draws. */
  get voxels(): Voxels | undefined {
    return this.#current === undefined ? undefined : this.holder.voxels(this.#current);
  }

  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  /** Loads what is missing; again after failures, by itself some times: a line that is just back may fail once more. */
  async load(): Promise<void> {
    this.#left = attempts;
    await this.#load();
  }

  async #load(): Promise<void> {
    if (this.#over) return;
    clearTimeout(this.#again);
    this.#wanted = true;
    if (this.#working) return;
    this.#working = true;
    while (this.#wanted && !this.#over) {
      this.#wanted = false;
      await this.#round();
    }
    this.#working = false;
    if (this.#over || this.#failed.size === 0 || this.#left === 0) return;
    this.#again = setTimeout(() => void this.#load(), pause * 2 ** (attempts - this.#left--));
  }

  async #round(): Promise<void> {
    this.#failed.clear();
    const step = previewStep(this.#ids.length);
    const first = this.#ids.filter((_, i) => i % step === 0);
    if (step > 1 && this.#state.stage === 'none' && !this.#ids.every((id) => this.#isThere(id))) {
      await this.#fetch(first);
      if (!this.#over && this.#failed.size === 0) await this.#show(thinned(this.shape, step), first, 'preview');
    }
    await this.#fetch(this.#ids);
    if (!this.#over && this.#have.size > 0) await this.#show(this.shape, this.#ids, 'whole');
  }

  /** Gives the texture and the volume back; the pictures stay as long as the viewer holds them. */
  free(): void {
    this.#over = true;
    clearTimeout(this.#refresh);
    clearTimeout(this.#again);
    this.#leaveLine();
    eventTarget.removeEventListener(Enums.Events.IMAGE_CACHE_IMAGE_ADDED, this.#added as EventListener);
    this.#listeners.clear();
    if (this.#current) this.holder.release(this.#current);
    this.#current = undefined;
  }

  #isThere(id: string): boolean {
    return cache.getImage(id) !== undefined;
  }

  async #fetch(ids: readonly string[]): Promise<void> {
    const waiting = outward(ids, Math.floor(ids.length / 2));
    const lane = async () => {
      for (let id = waiting.shift(); id && !this.#over; id = waiting.shift()) await this.#one(id);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  async #one(id: string): Promise<void> {
    if (this.#have.has(id)) return;
    try {
      const image = await imageLoader.loadAndCacheImage(id, { requestType: Enums.RequestType.Prefetch, priority: 0 });
      this.holder.loaded(id, image);
      this.#have.add(id);
    } catch {
      this.#failed.add(id); // told by number; the stack says why
    }
    this.#tell({ loaded: this.#have.size, failed: this.#failed.size, coarse: this.#coarse() });
  }

  async #show(shape: VolumeShape, ids: readonly string[], stage: 'preview' | 'whole'): Promise<void> {
    if (this.#state.stage === stage) return this.#refill();
    const id = `${this.#name}/${shape.step}`;
    await this.holder.make(id, shape, ids);
    if (this.#over) return this.holder.release(id);
    const before = this.#current;
    this.#current = id;
    this.#tell({ stage });
    // Whoever looked at the one before has changed over by now.
    if (before) setTimeout(() => this.holder.release(before), 1000);
  }

  #refill(): void {
    if (this.#current) this.holder.refill(this.#current);
    this.#tell({ fresh: this.#state.fresh + 1 });
  }

  /** A picture came, or came again in better quality. */
  readonly #added = (e: CustomEvent<{ image: { imageId: string } }>) => {
    if (!this.#current || !this.holder.take(this.#current, e.detail.image.imageId)) return;
    this.#refresh ??= setTimeout(() => {
      this.#refresh = undefined;
      this.#tell({ coarse: this.#coarse(), fresh: this.#state.fresh + 1 });
    }, refreshMs);
  };

  #coarse(): number {
    return this.#ids.reduce((n, id) => n + (isPreview(id) ? 1 : 0), 0);
  }

  #tell(change: Partial<SourceState>): void {
    if (this.#over) return;
    this.#state = { ...this.#state, ...change };
    for (const fn of this.#listeners) fn();
  }
}
