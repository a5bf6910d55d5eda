const together = 120; // ms

/** Gathers hints for a moment: a study of five hundred images is fetched anew a few times, not five hundred. */
export class Hints {
  #waiting = new Map<string, string[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #flush: (key: string[]) => void;

  constructor(flush: (key: string[]) => void) {
    this.#flush = flush;
  }

  add(keys: string[][]): void {
    for (const key of keys) this.#waiting.set(key.join(' '), key);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const keys = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const key of keys) this.#flush(key);
    }, together);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }
}
