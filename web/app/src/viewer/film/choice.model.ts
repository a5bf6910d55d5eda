/** What a person has chosen for film, and the cells that follow from it. Pure. */
import { isColour, type Series } from '../study.model';
import type { Window } from '../window.model';
import { type Address, type Cell, cellOf, type FilmLayout, type Handed, type Paper, partOf } from './film.model';

export type Source = 'shown' | 'keys' | 'series' | 'chosen';

export interface Part {
  readonly series: string;
  readonly from: number; // from 1
  readonly to: number;
  readonly each: number;
}

export interface FilmChoice {
  readonly paper: Paper['name'];
  readonly across: boolean;
  readonly layout: FilmLayout;
  readonly source: Source;
  readonly part: Part;
  readonly chosen: readonly Address[];
  /** as: in the viewer; file: as the image says; else a preset's number. */
  readonly window: 'as' | 'file' | number;
  readonly marks: boolean;
  readonly trueSize: boolean;
}

const most = 500; // pictures in one printing

/** What is offered first: what the viewer showed, else all of the largest series on few sheets. */
export function firstChoice(handed: Handed, series: readonly Series[]): FilmChoice {
  const main = series.find((s) => s.uid === handed.shown[0]?.series) ?? largest(series);
  const count = handed.shown.length;
  const radiograph = main !== undefined && main.frames.length === 1;
  return {
    paper: 'A4',
    across: false,
    layout: count > 2 ? '2x2' : count === 2 ? '2x1' : count === 1 || radiograph ? '1x1' : '5x4',
    source: count > 0 ? 'shown' : 'series',
    part: wholeOf(main),
    chosen: [],
    window: 'as',
    marks: true,
    trueSize: false,
  };
}

export function wholeOf(s: Series | undefined): Part {
  const count = s?.frames.length ?? 0;
  return { series: s?.uid ?? '', from: 1, to: count, each: Math.max(1, Math.ceil(count / 60)) };
}

function largest(all: readonly Series[]): Series | undefined {
  return all.filter((s) => s.kind === 'stack').sort((a, b) => b.frames.length - a.frames.length)[0];
}

/** The pictures in their order, each in its window. */
export function cellsOf(c: FilmChoice, handed: Handed, series: readonly Series[], presets: readonly Window[]): Cell[] {
  return addresses(c, handed, series)
    .slice(0, most)
    .flatMap((a) => {
      const cell = cellOf(a, series);
      const of = series.find((s) => s.uid === a.series);
      if (!cell || !of) return [];
      const seen = handed.shown.find((s) => s.series === a.series && s.instance === a.instance && s.frame === a.frame);
      const alike = seen ?? handed.shown.find((s) => s.series === a.series);
      const as = c.window === 'as' ? alike : undefined;
      const window = isColour(of) ? undefined : typeof c.window === 'number' ? presets[c.window] : as?.window;
      return [{ ...cell, window, invert: as?.invert ?? false }];
    });
}

function addresses(c: FilmChoice, handed: Handed, series: readonly Series[]): readonly Address[] {
  switch (c.source) {
    case 'shown':
      return handed.shown;
    case 'keys':
      return handed.keys;
    case 'chosen':
      return c.chosen;
    case 'series': {
      const s = series.find((one) => one.uid === c.part.series);
      if (!s) return [];
      return partOf(s, c.part.from, c.part.to, c.part.each).map((f) => ({
        series: s.uid,
        instance: f.instanceUid,
        frame: f.frame,
      }));
    }
  }
}

/** Puts a picture at a place of those that are chosen, or at their end. */
export function put(chosen: readonly Address[], a: Address, at = chosen.length): Address[] {
  const next = [...chosen];
  next.splice(Math.min(at, next.length), at < next.length ? 1 : 0, a);
  return next;
}
