import type { StoreAnswer } from '@/api/imports';
import {
  backoff,
  batchBytes,
  nextBatch,
  type Result,
  rateOf,
  resultsOf,
  type Sample,
  type Sendable,
  sample,
  verdictOf,
} from './import-run.model';
import type { Source } from './import-source';

/** Where an import stands. `line`: nothing moves until the line or the service is back; it goes on by itself. */
export type Phase = 'running' | 'paused' | 'line' | 'sign-in' | 'forbidden' | 'done' | 'cancelled';

export interface Snapshot {
  phase: Phase;
  results: readonly Result[];
  files: { done: number; total: number };
  bytes: { done: number; total: number };
  /** Bytes a second. */
  rate?: number;
  /** Seconds. */
  left?: number;
  /** Since when nothing moves, as Date.now(); with the line itself, or with a service that answers that it cannot. */
  lost?: { since: number; by: 'line' | 'service' };
}

export interface Sent extends Sendable {
  source: Source;
}

type Store = (files: Blob[], o: { signal: AbortSignal; onProgress: (bytes: number) => void }) => Promise<StoreAnswer>;

/** Batches under way at a time: one is on the line while another is being made durable. */
const lanes = 3;
const refresh = 250;

/** Sends chosen files and remembers what became of each. A plain object; pages subscribe. */
export class Sending {
  private readonly queue: Sent[];
  /** Batches that were begun and given back, or cut. */
  private readonly again: Sent[][] = [];
  private readonly results: Result[];
  private readonly total: { files: number; bytes: number };
  private phase: Phase = 'running';
  private lost: Snapshot['lost'];
  private working = 0;
  private done = { files: 0, bytes: 0 };
  /** Bytes on their way, a lane each. */
  private readonly flying = new Map<object, number>();
  private wire = 0;
  private samples: Sample[] = [];
  private stop = new AbortController();
  private wake = new EventTarget();
  private readonly listeners = new Set<() => void>();
  private told: Snapshot;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ticker: ReturnType<typeof setTimeout> | undefined;

  constructor(
    files: Sent[],
    results: readonly Result[],
    private readonly store: Store,
  ) {
    this.queue = [...files];
    this.results = [...results];
    for (const file of files) this.results[file.number] = { outcome: 'waiting' };
    this.total = { files: files.length, bytes: files.reduce((n, file) => n + file.size, 0) };
    this.told = this.look();
    this.work();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): Snapshot => this.told;

  /** What is on the line is broken off and sent again later: storing twice has the effect of once. */
  pause(): void {
    if (this.phase === 'running' || this.phase === 'line') this.halt('paused');
  }

  resume(): void {
    if (this.phase !== 'paused' && this.phase !== 'sign-in') return;
    this.enter('running');
    this.work();
  }

  cancel(): void {
    this.halt('cancelled');
    this.results.forEach(({ outcome }, number) => {
      if (outcome === 'waiting' || outcome === 'sending') this.results[number] = { outcome: 'cancelled' };
    });
    this.tell();
  }

  /** The line is said to be back: whoever waits tries at once. */
  online(): void {
    this.wake.dispatchEvent(new Event('now'));
  }

  private halt(phase: Phase): void {
    this.enter(phase);
    this.stop.abort();
    this.stop = new AbortController();
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    if (phase !== 'line') this.lost = undefined;
    this.samples = [];
    this.tell();
  }

  /** Keeps the lanes busy; with nothing left to do and nobody at work it is done. */
  private work(): void {
    if (!this.active()) return;
    while (this.working < lanes && (this.again.length > 0 || this.queue.length > 0)) {
      this.working++;
      void this.lane().finally(() => {
        this.working--;
        this.work();
      });
    }
    if (this.working === 0) this.enter('done');
  }

  private active = () => this.phase === 'running' || this.phase === 'line';

  private async lane(): Promise<void> {
    const { signal } = this.stop;
    while (this.active() && !signal.aborted) {
      const batch = this.again.shift() ?? nextBatch(this.queue, batchBytes(rateOf(this.samples)));
      if (batch.length === 0) return;
      if (!(await this.sendUntilAnswered(batch, signal))) this.giveBack(batch);
    }
  }

  private giveBack(batch: Sent[]): void {
    const open = batch.filter((file) => /waiting|sending/.test(this.results[file.number]?.outcome ?? ''));
    for (const file of open) this.results[file.number] = { outcome: 'waiting' };
    if (open.length > 0) this.again.push(open);
    this.tell();
  }

  /** False when it was broken off; what became of the batch is noted otherwise. */
  private async sendUntilAnswered(batch: Sent[], signal: AbortSignal): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      const readable = await this.readable(batch);
      if (signal.aborted) return false;
      if (readable.length === 0) return true;
      const answer = await this.send(readable, signal).catch(() => undefined);
      if (!answer) return false;
      if (verdictOf(answer.status) !== 'again')
        return this.conclude(
          readable.map((one) => one.file),
          answer,
        );
      for (const { file } of readable) this.results[file.number] = { outcome: 'waiting' };
      await this.pauseFor(attempt, answer.status === 0 ? 'line' : 'service', signal);
      if (signal.aborted) return false;
    }
  }

  /** A file that cannot be read (the disc was taken out) concerns itself alone. */
  private async readable(batch: Sent[]): Promise<{ file: Sent; blob: Blob }[]> {
    const all = await Promise.all(
      batch.map(async (file) => {
        try {
          const blob = await file.source.whole();
          await blob.slice(0, 1).arrayBuffer();
          return { file, blob };
        } catch {
          this.settle(file, { outcome: 'unreadable' });
          return;
        }
      }),
    );
    return all.filter((one) => one !== undefined);
  }

  private async send(batch: { file: Sent; blob: Blob }[], signal: AbortSignal): Promise<StoreAnswer> {
    const lane = {};
    for (const { file } of batch) this.results[file.number] = { outcome: 'sending' };
    this.tell();
    try {
      const answer = await this.store(
        batch.map((one) => one.blob),
        {
          signal,
          onProgress: (bytes) => {
            this.wire += Math.max(0, bytes - (this.flying.get(lane) ?? 0));
            this.flying.set(lane, bytes);
            if (this.phase === 'line') this.enter('running');
            this.tell();
          },
        },
      );
      if (answer.status !== 0 && this.phase === 'line' && verdictOf(answer.status) !== 'again') this.enter('running');
      return answer;
    } finally {
      this.flying.delete(lane);
    }
  }

  private conclude(batch: Sent[], answer: StoreAnswer): boolean {
    const verdict = verdictOf(answer.status);
    const only = batch.length === 1 ? batch[0] : undefined;
    switch (verdict) {
      case 'results':
        resultsOf(batch, answer.body).forEach((result, at) => {
          this.settle(batch[at] as Sent, result);
        });
        return true;
      case 'sign-in':
      case 'forbidden':
        this.halt(verdict);
        return false;
    }
    // The request as a whole was not taken: each file alone tells which one it is.
    if (only) this.settle(only, { outcome: 'refused', reason: verdict === 'smaller' ? 'large' : 'processing' });
    else this.again.push(...batch.map((file) => [file]));
    return true;
  }

  private settle(file: Sent, result: Result): void {
    this.results[file.number] = result;
    this.done = { files: this.done.files + 1, bytes: this.done.bytes + file.size };
    this.tell();
  }

  private async pauseFor(attempt: number, by: 'line' | 'service', signal: AbortSignal): Promise<void> {
    if (this.phase === 'running') {
      this.lost = { since: Date.now(), by };
      this.enter('line');
    }
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.wake.removeEventListener('now', end);
        resolve();
      };
      const timer = setTimeout(end, backoff(attempt, Math.random()));
      signal.addEventListener('abort', end);
      this.wake.addEventListener('now', end);
    });
  }

  /** Tells subscribers, a few times a second at most, and once a second at least while it runs: a rate falls without an event. */
  private tell(): void {
    if (this.timer) return;
    clearTimeout(this.ticker);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.told = this.look();
      for (const listener of this.listeners) listener();
      if (this.phase === 'running') this.ticker = setTimeout(() => this.tell(), 1000);
    }, refresh);
  }

  private look(): Snapshot {
    const flying = [...this.flying.values()].reduce((n, bytes) => n + bytes, 0);
    if (this.phase === 'running') this.samples = sample(this.samples, { at: Date.now(), bytes: this.wire });
    const done = Math.min(this.total.bytes, this.done.bytes + flying);
    const rate = this.phase === 'running' ? rateOf(this.samples) : undefined;
    return {
      phase: this.phase,
      results: [...this.results],
      files: { done: this.done.files, total: this.total.files },
      bytes: { done, total: this.total.bytes },
      rate,
      left: rate && (this.total.bytes - done) / rate,
      lost: this.lost,
    };
  }
}
