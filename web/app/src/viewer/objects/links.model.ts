/** References from a report's text to pictures: "Se 3 Im 40". The words themselves are the link, on paper too. Pure. */
import { num, tag } from '../dicom.model';
import type { Series } from '../study.model';
import type { PictureRef } from './drawing.model';

const pattern = /\bSe (\d{1,6}) Im (\d{1,6})(?: Fr (\d{1,6}))?(?: ~(\d{4}))?/g;

export interface TextRef {
  /** Where it stands in the text. */
  readonly at: number;
  readonly label: string;
  readonly series: number;
  readonly image: number;
  readonly frame: number;
  readonly tail?: string;
}

/** A picture of a study, ready to be shown. */
export interface PlacedPicture extends PictureRef {
  readonly series: string;
}

/** The references in a text, in their order. */
export function refsIn(text: string): TextRef[] {
  return [...text.matchAll(pattern)].map((m) => ({
    at: m.index,
    label: m[0],
    series: Number(m[1]),
    image: Number(m[2]),
    frame: Number(m[3] ?? 1),
    tail: m[4],
  }));
}

/** The reference of a picture; with the last digits of its UID where another one has the same numbers. Undefined for one that is not there. */
export function pictureRef(all: readonly Series[], p: PictureRef): string | undefined {
  const here = pictured(all).find((s) => s.frames.some((f) => f.instanceUid === p.instance));
  const frame = here?.frames.find((f) => f.instanceUid === p.instance && f.frame === p.frame);
  const image = frame && num(frame.metadata, tag.instanceNumber);
  if (!here || !frame || image === undefined || here.number < 0 || image < 0) return undefined;
  const several = here.frames.some((f) => f.instanceUid === p.instance && f.frame > 1);
  const label = `Se ${here.number} Im ${image}${several ? ` Fr ${p.frame}` : ''}`;
  const [ref] = refsIn(label);
  return ref && found(all, ref).length > 1 ? `${label} ~${p.instance.slice(-4)}` : label;
}

/** The picture that a reference means; undefined where it means none, or more than one. */
export function resolveRef(ref: TextRef, all: readonly Series[]): PlacedPicture | undefined {
  const pictures = found(all, ref);
  return pictures.length === 1 ? pictures[0] : undefined;
}

function found(all: readonly Series[], ref: TextRef): PlacedPicture[] {
  return pictured(all)
    .filter((s) => s.number === ref.series)
    .flatMap((s) =>
      s.frames
        .filter((f) => f.frame === ref.frame && num(f.metadata, tag.instanceNumber) === ref.image)
        .filter((f) => !ref.tail || f.instanceUid.endsWith(ref.tail))
        .map((f) => ({ series: s.uid, instance: f.instanceUid, frame: f.frame })),
    );
}

/** What a place in can be named; the paper of an ECG is one picture. */
function pictured(all: readonly Series[]): readonly Series[] {
  return all.filter((s) => s.kind === 'stack' || s.kind === 'ecg');
}

/** A text cut at its references. */
export function cutAtRefs(text: string): (string | TextRef)[] {
  const out: (string | TextRef)[] = [];
  let from = 0;
  for (const ref of refsIn(text)) {
    if (ref.at > from) out.push(text.slice(from, ref.at));
    out.push(ref);
    from = ref.at + ref.label.length;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}
