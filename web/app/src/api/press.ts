import { newKey } from './client';

/** A press and its repeats: what is sent again because the line broke carries the key of the first time, so that it has the effect of once. */
export class Press {
  #what = '';
  #key = '';

  /** The key for just this; another wish is another press. */
  keyFor(what: unknown): string {
    const said = JSON.stringify(what);
    if (said !== this.#what || !this.#key) [this.#what, this.#key] = [said, newKey()];
    return this.#key;
  }

  /** It was done: the same wish again is a new one. */
  done(): void {
    this.#key = '';
  }
}
