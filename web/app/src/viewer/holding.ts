/** The series that one viewer holds: the addresses of their pictures, and the metadata that Cornerstone asks for. */
import { frameUrl } from './dicomweb';
import type { PictureOf } from './measurements.model';
import { Pictures } from './pictures';
import { stream } from './stream/stream';
import type { Frame, Series } from './study.model';
import { nearestFrame } from './volume/volume.model';

const pictures = new Pictures(); // of all viewers of the page

export class Holding {
  readonly #held = new Map<string, string[]>();
  readonly #series = new Map<string, Series>();
  readonly #registered = new Set<string>();

  /** The addresses of a series' pictures, in their order; they are fetched from now on. */
  images(series: Series): string[] {
    const there = this.#held.get(series.uid);
    if (there?.length === series.frames.length) return there;
    const ids = series.frames.map((f) => {
      const id = imageId(series.study, series.uid, f);
      if (!this.#registered.has(id)) {
        this.#registered.add(id);
        pictures.hold(id, f.metadata);
      }
      return id;
    });
    if (there) stream.release(series.uid);
    this.#held.set(series.uid, ids);
    this.#series.set(series.uid, series);
    stream.hold(series, ids);
    return ids;
  }

  /** The picture of a series whose plane is nearest to a place; undefined where the pictures have none. */
  nearest(series: string, at: readonly number[]): PictureOf | undefined {
    const frame = nearestFrame(this.#series.get(series)?.frames ?? [], at);
    return frame && { series, instance: frame.instanceUid, frame: frame.frame };
  }

  holds(series: string): boolean {
    return this.#held.has(series);
  }

  /** Lets go of all. */
  release(): void {
    for (const uid of this.#held.keys()) stream.release(uid);
    for (const id of this.#registered) pictures.release(id);
  }
}

export function imageId(study: string, series: string, frame: Pick<Frame, 'instanceUid' | 'frame'>): string {
  return `wadors:${window.location.origin}${frameUrl(study, series, frame)}`;
}

/** The person, or the line, asks to be sparing. What a browser calls 3g is any line whose queue is full for a moment: what is wanted now comes first there, too. */
export function thinLine(): boolean {
  if (!('connection' in navigator)) return false;
  const { saveData, effectiveType } = navigator.connection as { saveData?: boolean; effectiveType?: string };
  return saveData === true || /2g/.test(effectiveType ?? '');
}
