/** Who waits for a picture. */
import type { Types } from '@cornerstonejs/core';

export type Options = Record<string, unknown>;

export interface Waiter {
  readonly resolve: (image: Types.IImage) => void;
  readonly reject: (err: unknown) => void;
  readonly options: Options;
}

/** A volume takes pixels into its own memory, of which nothing is replaced later: a preview does not do. */
export function isForVolume(options: Options): boolean {
  return 'targetBuffer' in options;
}

/** Somebody looks at the place of the picture; what is fetched ahead, or for planes, is missed by nobody yet. */
function isForPane(options: Options): boolean {
  return options.requestType === 'interaction';
}

export class Waiting {
  readonly #all = new Map<string, Waiter[]>();

  has(id: string): boolean {
    return this.#all.has(id);
  }

  /** A volume waits, which asks only once. */
  isForVolume(id: string): boolean {
    return this.#all.get(id)?.some((w) => isForVolume(w.options)) ?? false;
  }

  options(id: string): Options {
    return this.#all.get(id)?.[0]?.options ?? {};
  }

  wait(id: string, options: Options): Promise<Types.IImage> {
    return new Promise((resolve, reject) => {
      this.#all.set(id, [...(this.#all.get(id) ?? []), { resolve, reject, options }]);
    });
  }

  /** All who wait; nobody does any more. */
  take(id: string): Waiter[] {
    const all = this.#all.get(id) ?? [];
    this.#all.delete(id);
    return all;
  }

  /** Those for whom a preview does; the others go on waiting. */
  takeForPreview(id: string): Waiter[] {
    return this.#part(id, (w) => !isForVolume(w.options));
  }

  /** Those who want to be told that the line is down; the others go on waiting until it is back. */
  takeForPanes(id: string): Waiter[] {
    return this.#part(id, (w) => isForPane(w.options));
  }

  #part(id: string, isMeant: (w: Waiter) => boolean): Waiter[] {
    const all = this.take(id);
    const others = all.filter((w) => !isMeant(w));
    if (others.length > 0) this.#all.set(id, others);
    return all.filter(isMeant);
  }
}
