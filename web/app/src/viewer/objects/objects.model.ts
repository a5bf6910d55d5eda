/** What comes with the pictures of a study: reports, presentations, selections, segmentations. Pure. */
import { type DicomJson, num, tag, text } from '../dicom.model';
import type { Series } from '../study.model';
import { type ContentDocument, documentOf, drawingsOf, type NameOf } from './content.model';
import { type Drawing, type PictureRef, samePicture } from './drawing.model';
import { objectKind } from './kind.model';
import { type Presentation, presentationOf } from './presentation.model';
import { type Segmentation, segmentationOf } from './segmentation.model';
import { type Selection, selectionOf } from './selection.model';

interface Common {
  readonly instance: string;
  readonly series: string;
  readonly study: string;
  readonly metadata: DicomJson;
}

export type StudyObject =
  | (Common & { readonly kind: 'report'; readonly document: ContentDocument })
  | (Common & { readonly kind: 'presentation'; readonly presentation: Presentation })
  | (Common & { readonly kind: 'selection'; readonly selection: Selection })
  | (Common & { readonly kind: 'segmentation'; readonly segmentation: Segmentation });

export function objectOf(d: DicomJson): StudyObject | undefined {
  const common = {
    instance: text(d, tag.sopInstance),
    series: text(d, tag.seriesUid),
    study: text(d, tag.studyUid),
    metadata: d,
  };
  switch (objectKind(d)) {
    case 'report':
      return { ...common, kind: 'report', document: documentOf(d) };
    case 'presentation':
      return { ...common, kind: 'presentation', presentation: presentationOf(d) };
    case 'selection':
      return { ...common, kind: 'selection', selection: selectionOf(d) };
    case 'segmentation':
      return { ...common, kind: 'segmentation', segmentation: segmentationOf(d) };
    default:
      return undefined;
  }
}

/** All objects of a study, the newest first; what another one supersedes is left out. */
export function objectsOf(all: readonly Series[]): StudyObject[] {
  const found = all.filter((s) => s.kind === 'object').flatMap((s) => instancesOf(s).flatMap((d) => objectOf(d) ?? []));
  const superseded = new Set(found.flatMap((o) => (o.kind === 'report' ? o.document.supersedes : [])));
  const own = newestOwn(found);
  return found
    .filter((o) => !superseded.has(o.instance) && own(o))
    .sort((a, b) => when(b).localeCompare(when(a)) || number(b) - number(a));
}

/** The header of each instance of a series. */
export function instancesOf(s: Series): DicomJson[] {
  return s.frames.filter((f) => f.frame === 1).map((f) => f.metadata);
}

function when(o: StudyObject): string {
  return (
    text(o.metadata, '00080023') + text(o.metadata, '00080033') ||
    text(o.metadata, '00700082') + text(o.metadata, '00700083')
  );
}

function number(o: StudyObject): number {
  return num(o.metadata, tag.instanceNumber) ?? 0;
}

/**
 * Presentations and selections cannot say what they supersede. Those of this system are versions of one another within their series: a
 * later one replaces a selection, and a presentation all of whose pictures it shows.
 */
function newestOwn(all: readonly StudyObject[]): (o: StudyObject) => boolean {
  const ours = all.filter((o) => text(o.metadata, tag.manufacturer) === 'Yilian');
  return (o) => !ours.includes(o) || !ours.some((later) => replaces(later, o));
}

function replaces(later: StudyObject, o: StudyObject): boolean {
  if (later.series !== o.series || number(later) <= number(o)) return false;
  if (o.kind === 'selection') return true;
  if (o.kind !== 'presentation' || later.kind !== 'presentation') return false;
  const { shown } = later.presentation;
  return o.presentation.shown.every((s) => shown.some((l) => samePicture(l.picture, s.picture)));
}

/** What the reports draw on a picture, but for measurements that are drawn on it already. */
export function reportDrawings(
  objects: readonly StudyObject[],
  picture: PictureRef,
  nameOf: NameOf,
  drawn: ReadonlySet<string>,
): Drawing[] {
  const seen = new Set(drawn);
  return objects
    .flatMap((o) => (o.kind === 'report' ? drawingsOf(o.document, nameOf) : []))
    .filter((d) => samePicture(d.picture, picture))
    .filter((d) => {
      if (!d.tracking) return true;
      return !seen.has(d.tracking) && seen.add(d.tracking);
    });
}
