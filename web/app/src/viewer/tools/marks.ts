/** The measurements and key images of one viewer, and what was done with them. Touches Cornerstone3D, as engine.ts does. */
import { annotation, type Types as ToolTypes } from '@cornerstonejs/tools';
import { byTelling, type Figure, isOfPixels } from '../figures.model';
import { changesOf, type MarkChange, placeOf } from '../history.model';
import {
  type AnnotationLike,
  drawnIn,
  isCaliper,
  isInSpace,
  isKey,
  keyId,
  type Measurement,
  type PictureOf,
  pointsOf,
  toAnnotation,
  toMeasurement,
} from '../measurements.model';
import { centreOf } from '../vector.model';
import type { Reading } from './measure.model';
import { readingOn } from './reading';

/** The pictures of a viewer, as marks need them. */
interface Home {
  addressOf: (study: string, m: Measurement) => string;
  /** Undefined while the series is not here. */
  nearest: (series: string, place: readonly number[]) => PictureOf | undefined;
}

export class Marks {
  /** What each read when its picture was last on show, and where it lay then; Cornerstone computes only what it draws. */
  readonly #readings = new Map<string, { readonly reading: Reading; readonly place: string | undefined }>();
  /** What Cornerstone does not draw: key images, and calipers on the paper of an ECG. */
  readonly #beside = new Map<string, { study: string; mark: Measurement }>();
  /** The lists as they stood after the last step, by study. */
  readonly #last = new Map<string, readonly Measurement[]>();
  #hidden = false;
  /** What is in hand of these. */
  chosen: string | undefined;

  constructor(private readonly home: Home) {}

  get hidden(): boolean {
    return this.#hidden;
  }

  get studies(): readonly string[] {
    return [...this.#last.keys()];
  }

  /** The measurements and key images of one study, as they are now. */
  of(study: string): Measurement[] {
    const drawn = all()
      .filter((a) => drawnIn(a as AnnotationLike)?.study === study)
      .map((a) => toMeasurement(this.#anchored(a as AnnotationLike), this.#read(a)))
      .filter((m) => m !== undefined);
    const beside = this.besideOf(study);
    // What is drawn on pictures ends the list of measurements: the newest is the last one, wherever calipers were set.
    return [...beside.filter(isCaliper), ...drawn, ...beside.filter((m) => !isCaliper(m))];
  }

  besideOf(study: string): Measurement[] {
    return [...this.#beside.values()].filter((k) => k.study === study).map((k) => k.mark);
  }

  /** Adds those that are not there yet. */
  restore(study: string, kept: readonly Measurement[]): void {
    const there = new Set(this.of(study).map((m) => m.id));
    for (const m of kept) if (!there.has(m.id)) this.#add(study, m);
    this.settle(study);
  }

  /** Takes over another's: what they changed is changed, what they removed goes, this side's own stay. */
  adopt(study: string, theirs: readonly Measurement[], before: ReadonlySet<string>): void {
    const have = new Map(this.of(study).map((m) => [m.id, m]));
    for (const id of before) if (!theirs.some((m) => m.id === id)) this.#drop(id);
    for (const m of theirs) {
      const own = have.get(m.id);
      if (own && placeOf(own) !== placeOf(m)) this.#drop(m.id);
    }
    this.restore(study, theirs);
  }

  /** Puts one side of some changes in place. */
  apply(study: string, changes: readonly MarkChange[], side: 'before' | 'after'): void {
    for (const c of changes) {
      const gone = c.before?.id ?? c.after?.id;
      if (gone) this.#drop(gone);
      const m = c[side];
      if (m) this.#add(study, m);
    }
    this.settle(study);
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#drop(id);
  }

  /** Adds or changes one that Cornerstone does not draw. */
  put(study: string, mark: Measurement): void {
    if (!this.#last.has(study)) this.settle(study);
    this.#beside.set(mark.id, { study, mark });
  }

  /** Whether one is there that Cornerstone does not draw. */
  isBeside(id: string): boolean {
    return this.#beside.has(id);
  }

  hasKey(study: string, instance: string, frame: number): boolean {
    const key = this.#beside.get(keyId(instance, frame));
    return key?.study === study;
  }

  /** What was done with a study since the last step; that becomes the last step. */
  step(study: string): MarkChange[] {
    const now = this.of(study);
    const changes = changesOf(this.#last.get(study) ?? [], now);
    this.#last.set(study, now);
    return changes;
  }

  /** What stands there now was no step of a person. */
  settle(study: string): void {
    this.#last.set(study, this.of(study));
  }

  hide(on: boolean): void {
    this.#hidden = on;
    for (const a of all()) if (a.annotationUID) annotation.visibility.setAnnotationVisibility(a.annotationUID, !on);
  }

  /** Gives back what is drawn in these series. */
  clear(owned: (series: string) => boolean): void {
    for (const a of all()) {
      if (a.annotationUID && owned(drawnIn(a as AnnotationLike)?.series ?? ''))
        annotation.state.removeAnnotation(a.annotationUID);
    }
    this.#beside.clear();
  }

  #add(study: string, m: Measurement): void {
    if (isKey(m) || isCaliper(m)) {
      this.#beside.set(m.id, { study, mark: m });
      return;
    }
    this.#readings.set(m.id, { reading: { figures: m.figures ?? [], note: m.spacing }, place: undefined });
    const a = toAnnotation(m, this.home.addressOf(study, m)) as unknown as ToolTypes.Annotation;
    annotation.state.addAnnotation(a, m.frameOfReference ?? '');
    if (this.#hidden) annotation.visibility.setAnnotationVisibility(m.id, false);
  }

  /** What stands on a plane through a volume knows the picture nearest to it. */
  #anchored(a: AnnotationLike): AnnotationLike {
    const { series } = drawnIn(a) ?? {};
    if (!series || !a.metadata || !isInSpace(a)) return a;
    a.metadata.nearest = this.home.nearest(series, centreOf(pointsOf(a))) ?? a.metadata.nearest;
    return a;
  }

  #drop(id: string): void {
    if (this.chosen === id) this.chosen = undefined;
    if (!this.#beside.delete(id)) annotation.state.removeAnnotation(id);
  }

  /** The geometry is read anew each time; what comes out of pixels stays as it was when they were last at hand, unless it was moved since. */
  #read(a: ToolTypes.Annotation): Reading | undefined {
    const id = a.annotationUID ?? '';
    const old = this.#readings.get(id);
    const now = readingOn(a as AnnotationLike);
    if (!now) return old?.reading;
    const place = whereOf(a as AnnotationLike);
    const known = old && (old.place === undefined || old.place === place) ? old.reading.figures.filter(ofPixels) : [];
    const read = { ...now, figures: byTelling([...now.figures, ...(now.figures.some(ofPixels) ? [] : known)]) };
    this.#readings.set(id, { reading: read, place });
    return read;
  }
}

const ofPixels = (f: Figure) => isOfPixels(f.kind);
const whereOf = (a: AnnotationLike) => JSON.stringify(pointsOf(a));

function all(): ToolTypes.Annotation[] {
  return annotation.state.getAllAnnotations();
}
