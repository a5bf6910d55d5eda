/** Key images that others chose: those of the selections of other makers (PS3.3 A.35.4). Pure. */
import { type DicomJson, items, tag, text } from '../dicom.model';
import type { Series } from '../study.model';
import { type PictureRef, samePicture } from './drawing.model';
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
      const series = all.find((s) => s.kind === 'stack' && s.frames.some((f) => isOf(f.instanceUid, f.frame, p)));
      if (!series || found.some((k) => samePicture(k.picture, p))) continue;
      found.push({ picture: { ...p, series: series.uid }, title, author, words });
    }
  }
  return found;
}

function isOf(instance: string, frame: number, p: PictureRef): boolean {
  return instance === p.instance && frame === p.frame;
}
