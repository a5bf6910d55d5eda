/** Key images that others chose: those of the selections of other makers (PS3.3 A.35.4). Pure. */
import { type DicomJson, items, tag, text } from '../dicom.model';
import type { Series } from '../study.model';
import type { PictureRef } from './drawing.model';
import type { PlacedPicture } from './links.model';
import type { StudyObject } from './objects.model';

/** A picture that somebody chose, and in what words. */
export interface ForeignKey {
  readonly picture: PlacedPicture;
  readonly title: string;
  readonly author: string;
  readonly words: string;
}

/** Titles that take pictures away, or keep them out of sight: nothing in these is of interest (PS3.16 CID 7011). */
const taken = new Set(['113001', '113037', '113038', '113039']);

function takesAway(d: DicomJson): boolean {
  return taken.has(text(items(d, '0040A043')[0] ?? {}, '00080100'));
}

/** Each picture of the series once, in the order of the selections. What readers of this system chose stands among their marks. */
export function foreignKeys(objects: readonly StudyObject[], all: readonly Series[]): ForeignKey[] {
  const found: ForeignKey[] = [];
  for (const o of objects) {
    if (o.kind !== 'selection' || text(o.metadata, tag.manufacturer) === 'Yilian' || takesAway(o.metadata)) continue;
    const { title, author, words, pictures } = o.selection;
    for (const p of pictures) {
      const series = all.find((s) => s.kind === 'stack' && s.frames.some((f) => means(p, f)));
      if (!series) continue;
      const { instance, frame } = p;
      const several = p.whole && series.frames.some((f) => f.instanceUid === instance && f.frame !== frame);
      const picture: PlacedPicture = { instance, frame, series: series.uid, ...(several ? { whole: true } : {}) };
      if (!found.some((k) => covers(k.picture, picture))) found.push({ picture, title, author, words });
    }
  }
  return found;
}

/** Whether a reference means a frame. Without a number it means all frames of its object (PS3.3 10.3). */
export function means(p: PictureRef, f: { readonly instanceUid: string; readonly frame: number }): boolean {
  return f.instanceUid === p.instance && (p.whole === true || f.frame === p.frame);
}

function covers(a: PictureRef, b: PictureRef): boolean {
  return a.instance === b.instance && (a.whole === true || (!b.whole && a.frame === b.frame));
}
