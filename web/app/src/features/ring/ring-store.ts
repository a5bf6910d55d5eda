import { next, quiet, type RingEvent, type RingState } from './ring.model';

/** What rings now, for every page. One value, changed only through the model. */
class RingStore {
  #state: RingState = quiet;
  #listeners = new Set<() => void>();

  state = (): RingState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  dispatch(event: RingEvent): void {
    const before = this.#state;
    this.#state = next(before, event);
    if (this.#state !== before) for (const listener of this.#listeners) listener();
  }
}

export const ringStore = new RingStore();
