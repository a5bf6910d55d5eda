/** A series whose pictures somebody may look at: what of it is here, and who looks where. */
import { isColour, type Series } from '../study.model';
import { isWhole } from './image';
import { numbersOf } from './numbers.model';
import type { Preview } from './records';
import { Part, type Shelf } from './schedule.model';

interface Look {
  at: number;
  way: number;
  since: number;
}

export interface Progress {
  readonly count: number;
  readonly seen: number; // small or whole
  readonly pixels: number;
}

const opening = 1_000; // ms after which nobody waits for the first picture any more
const rest = 700; // ms at one picture: it is being read

export class Held {
  readonly numbers: readonly number[]; // by which the archive knows the pictures
  readonly previews: Uint8Array; // PartState by picture
  readonly pixels: Uint8Array;
  readonly small: (Preview | undefined)[];
  readonly #looks = new Map<object, Look>();
  readonly #byFrame: ReadonlyMap<string, number>;
  readonly #since = performance.now();
  #isDrawn = false;
  holders = 0;
  native = true; // JPEG-LS saves time; until a preview tells, it may
  fails = 0;

  constructor(
    readonly series: Series,
    readonly ids: readonly string[],
  ) {
    this.numbers = numbersOf(series.frames);
    this.previews = new Uint8Array(ids.length);
    this.pixels = new Uint8Array(ids.length);
    this.small = new Array(ids.length);
    this.#byFrame = new Map(series.frames.map((f, i) => [`${f.instanceUid} ${f.frame}`, i]));
    if (isColour(series)) this.previews.fill(Part.never);
    ids.forEach((id, i) => {
      if (isWhole(id)) this.pixels[i] = Part.here; // one that was let go on its way is not
    });
  }

  get where(): { study: string; series: string } {
    return { study: this.series.study, series: this.series.uid };
  }

  get progress(): Progress {
    let seen = 0;
    let pixels = 0;
    this.ids.forEach((_, i) => {
      if (this.pixels[i] === Part.here) pixels++;
      if (this.pixels[i] === Part.here || this.previews[i] === Part.here) seen++;
    });
    return { count: this.ids.length, seen, pixels };
  }

  /** Whether a picture can be shown, small or whole, or never will be. */
  isHere(index: number): boolean {
    const pixels = this.pixels[index];
    return pixels === Part.here || pixels === Part.never || this.previews[index] === Part.here;
  }

  /** Which picture a preview is of; below 0 if of none. */
  indexOf(p: Preview): number {
    return this.#byFrame.get(`${p.instanceUid} ${p.frame}`) ?? -1;
  }

  get isLookedAt(): boolean {
    return this.#looks.size > 0;
  }

  /** Where it is looked at first. */
  get look(): Look | undefined {
    return this.#looks.values().next().value;
  }

  isShown(index: number): boolean {
    return [...this.#looks.values()].some((l) => l.at === index);
  }

  /** Somebody has turned to a picture; false if it is the one of before. */
  turn(who: object, at: number, now: number): boolean {
    const old = this.#looks.get(who);
    if (old?.at === at) return false;
    this.#looks.set(who, { at, way: old ? Math.sign(at - old.at) : 0, since: now });
    return true;
  }

  /** A picture of it is on the screen. */
  drew(): void {
    this.#isDrawn = true;
  }

  get isDrawn(): boolean {
    return this.#isDrawn;
  }

  leave(who: object): void {
    this.#looks.delete(who);
  }

  shelf(now: number): Shelf {
    return {
      key: this.series.uid,
      previews: this.previews,
      pixels: this.pixels,
      looks: [...this.#looks.values()].map((l) => ({ at: l.at, way: l.way, rests: now - l.since >= rest })),
      loop: this.series.cineRate > 0,
      opens: !this.#isDrawn && now < this.#since + opening,
    };
  }

  /** Bytes of its previews. */
  get weight(): number {
    return this.small.reduce((n, p) => n + (p?.data.length ?? 0), 0);
  }

  /** Forgets its previews; they are not fetched again. */
  shed(): void {
    this.small.fill(undefined);
    this.previews.forEach((s, i) => {
      if (s === Part.here) this.previews[i] = Part.never;
    });
  }

  /** What could not be shown may be asked for once more. */
  forgive(): void {
    this.pixels.forEach((s, i) => {
      if (s === Part.never) this.pixels[i] = Part.none;
    });
    this.fails = 0;
  }
}
