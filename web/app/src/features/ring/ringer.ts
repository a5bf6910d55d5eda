import type { RequestKind } from '@/api/types';

/** One call sound a kind: rescue is quick and high, urgent two-toned, assist soft. [frequency Hz, start s, length s]. */
const melodies: Record<RequestKind, { notes: [number, number, number][]; every: number; loud: number }> = {
  rescue: {
    notes: [
      [988, 0, 0.14],
      [784, 0.18, 0.14],
      [988, 0.36, 0.14],
      [784, 0.54, 0.14],
    ],
    every: 1.1,
    loud: 0.5,
  },
  urgent: {
    notes: [
      [784, 0, 0.22],
      [659, 0.28, 0.3],
    ],
    every: 1.8,
    loud: 0.35,
  },
  assist: {
    notes: [
      [659, 0, 0.28],
      [880, 0.3, 0.4],
    ],
    every: 3.2,
    loud: 0.22,
  },
};

/** Sounds the ring through WebAudio. A page that was reloaded may not sound until it is pressed once: `blocked`. */
export class Ringer {
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #kind: RequestKind | undefined;
  #listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  blocked = (): boolean => this.#context?.state !== 'running';

  /** Makes the audio path; the browser lets it run at once only where the person pressed something on this page. */
  prepare(): void {
    if (this.#context) return;
    this.#context = new AudioContext();
    this.#context.onstatechange = () => this.#tell();
    this.#tell();
  }

  /** Called from a press: from here on rings are heard. */
  async unlock(): Promise<void> {
    this.prepare();
    await this.#context?.resume();
    this.#tell();
  }

  sound(kind: RequestKind | undefined): void {
    if (kind === this.#kind) return;
    this.#kind = kind;
    clearInterval(this.#timer);
    if (!kind) return;
    const play = () => this.#play(kind);
    play();
    this.#timer = setInterval(play, melodies[kind].every * 1000);
  }

  close(): void {
    this.sound(undefined);
    void this.#context?.close();
    this.#context = undefined;
  }

  #play(kind: RequestKind): void {
    const context = this.#context;
    if (context?.state !== 'running') return;
    const { notes, loud } = melodies[kind];
    for (const [frequency, start, length] of notes) {
      const from = context.currentTime + start + 0.02;
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.type = 'triangle';
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(loud, from + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.001, from + length);
      tone.connect(gain).connect(context.destination);
      tone.start(from);
      tone.stop(from + length + 0.05);
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
