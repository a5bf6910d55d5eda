/** What a pane can show: a series, or one picture of it. Pure. */
import type { DicomJson } from '../dicom.model';
import type { Series } from '../study.model';

/** What stands in one pane. */
export interface Slot {
  readonly series: string;
  /** The picture at which it opens; the middle one, or a cine's first, if it is left out. */
  readonly index?: number;
  /** Shown mirrored, so that it meets its neighbour as breasts do. */
  readonly mirror?: boolean;
  /** The side of the pane at which the picture stands. */
  readonly side?: 'left' | 'right';
  /** The largest of its group in its own columns and rows: all of them have one scale. */
  readonly field?: readonly [number, number];
}

/** One picture where it lies. */
export interface Picture {
  readonly series: Series;
  readonly index: number;
  readonly metadata: DicomJson;
}

const scout = /scout|topo|locali[sz]er|survey|定位/i;

/** What is worth a pane of its own: no localisers while there is anything else. */
export function worthy(all: readonly Series[]): Series[] {
  const stacks = all.filter((s) => s.kind === 'stack');
  const real = stacks.filter((s) => !scout.test(s.description));
  return real.length > 0 ? real : stacks;
}

export function whole(s: Series): Slot {
  return { series: s.uid };
}

export function one(s: Series, index: number): Slot {
  return s.frames.length > 1 ? { series: s.uid, index } : whole(s);
}

/** Each picture by itself. */
export function pictures(all: readonly Series[]): Picture[] {
  return all.flatMap((series) => series.frames.map(({ metadata }, index) => ({ series, index, metadata })));
}
