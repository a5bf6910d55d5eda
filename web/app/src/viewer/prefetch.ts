/** Fetches pictures before they are looked at, two at a time, the nearest first. */
import { cache, Enums, imageLoader } from '@cornerstonejs/core';

const lanes = 2; // a township's line also carries a call
const fill = 0.8; // of the cache; beyond it, fetching ahead would push out what is looked at

export class Prefetch {
  #jobs: string[] = [];
  #running = 0;
  #over = false;

  /** These come before everything that waits. */
  first(ids: readonly string[]): void {
    const now = new Set(ids);
    this.#jobs = [...ids, ...this.#jobs.filter((id) => !now.has(id))];
    this.#run();
  }

  /** These come when nothing else waits. */
  last(ids: readonly string[]): void {
    const waiting = new Set(this.#jobs);
    this.#jobs.push(...ids.filter((id) => !waiting.has(id)));
    this.#run();
  }

  stop(): void {
    this.#over = true;
    this.#jobs = [];
  }

  #run(): void {
    while (this.#running < lanes && this.#jobs.length > 0) {
      this.#running++;
      void this.#lane().finally(() => {
        this.#running--;
      });
    }
  }

  async #lane(): Promise<void> {
    for (let id = this.#jobs.shift(); id && !this.#over; id = this.#jobs.shift()) {
      if (cache.getCacheSize() > fill * cache.getMaxCacheSize()) return;
      if (cache.getImageLoadObject(id)) continue;
      // A picture that fails is asked for again, and explained, when somebody looks at it.
      await imageLoader
        .loadAndCacheImage(id, { requestType: Enums.RequestType.Prefetch, priority: 0 })
        .catch(() => undefined);
    }
  }
}
