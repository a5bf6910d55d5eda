/** Key object selections (PS3.3 A.35.4): which pictures matter, and why. Pure. */
import type { DicomJson } from '../dicom.model';
import { type ContentNode, documentOf } from './content.model';
import type { PictureRef } from './drawing.model';

export interface Selection {
  readonly title: string;
  readonly author: string;
  readonly at: string;
  readonly words: string;
  readonly pictures: readonly PictureRef[];
}

export function selectionOf(d: DicomJson): Selection {
  const doc = documentOf(d);
  const all: ContentNode[] = [];
  const visit = (n: ContentNode) => {
    all.push(n);
    n.children.forEach(visit);
  };
  doc.nodes.forEach(visit);
  return {
    title: doc.title,
    author: doc.author,
    at: doc.at,
    words: all
      .filter((n) => n.concept?.value === '113012')
      .map((n) => n.words)
      .join('\n'),
    pictures: all.flatMap((n) => n.pictures),
  };
}
