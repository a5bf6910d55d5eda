/** One value that is replaced as a whole, and who is told of it: what React's useSyncExternalStore asks for. */
export class Store<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Tells only of a value that reads differently. */
  set(next: T): void {
    if (JSON.stringify(next) === JSON.stringify(this.#value)) return;
    this.#value = next;
    this.tell();
  }

  tell(): void {
    for (const fn of this.#listeners) fn();
  }

  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  close(): void {
    this.#listeners.clear();
  }
}
