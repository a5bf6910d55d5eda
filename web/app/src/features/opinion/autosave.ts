export type SaveState = 'saved' | 'dirty' | 'saving' | 'failed';

export interface Memory {
  setItem(place: string, text: string): void;
  removeItem(place: string): void;
}

interface AutosaveOptions<T> {
  /** Where the text lies in this browser until the service has it. */
  place: string;
  memory: Memory;
  save: (value: T) => Promise<unknown>;
  changed: (state: SaveState) => void;
  waitMs?: number;
  retryMs?: number;
}

/**
 * Saves a value a moment after its last change: one save at a time, the newest last. What is not saved yet also lies in
 * the browser, so that a crash or a dead line loses nothing.
 */
export class Autosave<T> {
  #pending: { value: T } | undefined;
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: AutosaveOptions<T>;

  constructor(options: AutosaveOptions<T>) {
    this.#options = options;
  }

  change(value: T): void {
    const { memory, place, waitMs = 1200 } = this.#options;
    this.#pending = { value };
    memory.setItem(place, JSON.stringify(value));
    this.#options.changed('dirty');
    this.#later(waitMs);
  }

  /** Saves now what is still to be saved; answers when it was tried. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    const job = this.#pending;
    if (!job) return;
    this.#pending = undefined;
    this.#options.changed('saving');
    this.#running = this.#run(job);
    await this.#running;
  }

  async #run(job: { value: T }): Promise<void> {
    const { memory, place, save, changed, retryMs = 5000 } = this.#options;
    try {
      await save(job.value);
      if (this.#pending) return;
      memory.removeItem(place);
      changed('saved');
    } catch {
      this.#pending ??= job;
      changed('failed');
      this.#later(retryMs);
    } finally {
      this.#running = undefined;
    }
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), ms);
  }
}

/** What lay unsaved in this browser when the page was closed or crashed. */
export function leftover<T>(place: string, memory: Pick<Storage, 'getItem'> = localStorage): T | undefined {
  try {
    const text = memory.getItem(place);
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}
