/** What a reader wants to find in each pane, and how it is found again in the next study of the kind. Pure. */
import { tag, text } from '../dicom.model';
import type { Series } from '../study.model';
import { countOf, type Layout } from './layout.model';
import { atOneScale, usualFirst, usualViews, viewName } from './mammogram.model';
import { one, type Picture, pictures, type Slot, whole, worthy } from './slot.model';

/** What a reader kept for one screen of a protocol: the layout, and what they want to find in each pane. */
export interface Kept {
  readonly layout: Layout;
  readonly wishes: readonly Wish[];
  readonly linked: boolean;
}

export interface Wish {
  readonly prior: boolean;
  readonly description: string;
  /** Among those of the study, should the description not be found. */
  readonly nth: number;
  /** Which picture of its series, where each has a pane of its own; what was kept long ago does not say. */
  readonly index?: number;
  /** From where that picture was taken: R CC, PA. */
  readonly view?: string;
}

interface Studies {
  readonly own: readonly Series[];
  readonly prior: readonly Series[];
}

/** What a wish may come to: a series, or one picture of it. */
interface Place {
  readonly prior: boolean;
  readonly series: Series;
  readonly nth: number;
  readonly picture?: Picture;
}

const projections = new Set(['CR', 'DX', 'RG', 'MG']);

/** What is on show now, to be found again. */
export function keep(layout: Layout, slots: readonly (Slot | undefined)[], linked: boolean, f: Studies): Kept {
  const wishes = slots.slice(0, countOf(layout)).map((slot): Wish => {
    const prior = f.prior.some((s) => s.uid === slot?.series);
    const among = prior ? f.prior : f.own;
    const series = among.find((s) => s.uid === slot?.series);
    const nth = ranked(among).findIndex((s) => s.uid === slot?.series);
    const wish = { prior, description: series?.description ?? '', nth };
    const index = slot?.index ?? (series?.frames.length === 1 ? 0 : undefined);
    const picture = series && projections.has(series.modality) && pictures([series]).find((p) => p.index === index);
    return picture ? { ...wish, index: picture.index, view: viewNameOf(picture) } : wish;
  });
  return { layout, wishes, linked };
}

/** What stands where by the wishes: the likest pairs first, and nothing twice unless the reader had it twice. */
export function findAgain(wishes: readonly Wish[], f: Studies): (Slot | undefined)[] {
  const places = [...placesOf(f.own, false), ...placesOf(f.prior, true)];
  const pairs = wishes
    .flatMap((w, i) => places.map((place) => ({ w, i, place, like: likeness(w, place) })))
    .filter(({ like }) => like > 0)
    .sort((a, b) => b.like - a.like || a.i - b.i);
  const found: (Place | undefined)[] = wishes.map(() => undefined);
  for (const { w, i, place } of pairs) {
    const holder = wishes[found.indexOf(place)];
    if (!found[i] && (!holder || isTwice(w, holder, place))) found[i] = place;
  }
  return slotsAt(found, f);
}

/** Those worth a pane of their own, as they are counted; whatever there is, if none is. */
function ranked(all: readonly Series[]): readonly Series[] {
  const best = worthy(all);
  return best.length > 0 ? best : all;
}

function placesOf(all: readonly Series[], prior: boolean): Place[] {
  const best = ranked(all);
  const places = [...best, ...all.filter((s) => !best.includes(s))].flatMap((series): Place[] => {
    const place = { prior, series, nth: best.indexOf(series) };
    return projections.has(series.modality) ? pictures([series]).map((picture) => ({ ...place, picture })) : [place];
  });
  return places.sort((a, b) => order(a) - order(b));
}

/** Breasts in their usual order, should the wishes not name them. */
function order({ series, picture }: Place): number {
  return picture && series.modality === 'MG' ? usualFirst(picture) : 0;
}

/** How well a place fulfils a wish; 0: not at all. */
function likeness(w: Wish, { prior, series, nth, picture }: Place): number {
  if (w.prior !== prior || (w.nth < 0 && w.description === '')) return 0;
  const isNamed = w.description !== '' && w.description === series.description;
  const isNth = w.nth >= 0 && w.nth === nth;
  if (!picture) return (isNamed ? 8 : 0) + (isNth ? 2 : 0);
  const isView = w.view ? w.view === viewNameOf(picture) : false;
  // Another view of a breast is no answer; another picture of a bone is better than an empty pane.
  if (series.modality === 'MG' && w.view && !isView) return 0;
  return 1 + (isView ? 16 : 0) + (isNamed ? 8 : 0) + (w.index === picture.index ? 4 : 0) + (isNth ? 2 : 0);
}

/** Whether the reader had the same in two panes. Where they kept no picture of several, it is the next one. */
function isTwice(a: Wish, b: Wish, place: Place): boolean {
  const same = a.description === b.description && a.nth === b.nth && a.index === b.index && a.view === b.view;
  return same && (!place.picture || a.index !== undefined);
}

/** From where a picture was taken, as far as it says. */
export function viewNameOf({ series, metadata: d }: Pick<Picture, 'series' | 'metadata'>): string {
  if (series.modality === 'MG') return viewName(d);
  return [text(d, tag.imageLaterality) || text(d, tag.laterality), text(d, tag.viewPosition)].join(' ').trim();
}

function slotsAt(found: readonly (Place | undefined)[], f: Studies): (Slot | undefined)[] {
  const breasts = found.flatMap((p) => (p?.picture && p.series.modality === 'MG' ? [p.picture] : []));
  // What stands on another screen has the same scale.
  const beside = [f.own, f.prior]
    .filter((all) => breasts.some((b) => all.includes(b.series)))
    .flatMap((all) => usualViews(pictures(worthy(all))));
  const scaled = atOneScale(breasts, beside);
  return found.map((p) => {
    if (!p?.picture) return p && whole(p.series);
    return scaled[breasts.indexOf(p.picture)] ?? one(p.series, p.picture.index);
  });
}
