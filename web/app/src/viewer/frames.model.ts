/** The frames of an object, each with a header of its own: what its functional groups say stands flat in it (PS3.3 C.7.6.16). Pure. */
import { type DicomJson, items, num, numbers, tag, text } from './dicom.model';
import { placedSlices } from './kinds/nm.model';
import type { Frame } from './study.model';

/** More frames than any object has that a person pages through; a header may say 2³¹. */
const mostFrames = 20_000;

/** Shared and Per-Frame Functional Groups. */
export const shared = '52009229';
export const perFrame = '52009230';

export const frameVoi = '00289132';

/** Macros whose attributes are those of a classic header. */
const macros = [
  '00209113', // Plane Position
  '00209116', // Plane Orientation
  '00289110', // Pixel Measures
  '00289145', // Pixel Value Transformation
  frameVoi,
  '00209111', // Frame Content
  '00209071', // Frame Anatomy
  '00189118', // Cardiac Synchronization
  '00189737', // Radiopharmaceutical Usage
] as const;

/** What a converter found in classic headers and had no macro for; it never stands before what the object itself says. */
const unassigned = ['00209170', '00209171'] as const;

/** What a macro says of the window takes the place of all that the object says of it. */
const windows = ['00281050', '00281051', '00281055', '00281056', '00283010'] as const;

/** A macro of which there may be several: what values are in the real world. */
const realWorld = '00409096';

const frameLaterality = '00209072';

function countOf(d: DicomJson): number {
  return Math.min(mostFrames, Math.max(1, num(d, tag.frames) ?? 1));
}

export function hasGroups(d: DicomJson): boolean {
  return d[shared] !== undefined || d[perFrame] !== undefined;
}

/** All frames with the header of their object. */
export function plainFrames(d: DicomJson): Frame[] {
  const instanceUid = text(d, tag.sopInstance);
  return Array.from({ length: countOf(d) }, (_, i) => ({ instanceUid, frame: i + 1, metadata: d }));
}

/** All frames of a picture; those that lie each in a place of its own have a header each, as if each were an object of one frame. */
export function framesOf(d: DicomJson): Frame[] {
  if (!hasGroups(d)) {
    const placed = placedSlices(d, countOf(d));
    return plainFrames(d).map((f, i) => ({ ...f, metadata: placed?.[i] ?? d }));
  }
  const { [shared]: common, [perFrame]: single, [tag.frames]: _, ...root } = d;
  const all = items({ [shared]: common }, shared)[0] ?? {};
  const each = items({ [perFrame]: single }, perFrame);
  return plainFrames(d).map((f, i) => ({ ...f, metadata: flat(root, each[i] ?? {}, all) }));
}

/** A new object; the attributes in it are those of the groups, which nobody changes. */
function flat(root: DicomJson, own: DicomJson, all: DicomJson): DicomJson {
  const group = (macro: string) => items(own, macro)[0] ?? items(all, macro)[0];
  const header: DicomJson = Object.assign({}, ...unassigned.map(group), root);
  if (group(frameVoi)) for (const t of windows) delete header[t];
  Object.assign(header, ...macros.map(group));
  const mappings = own[realWorld] ?? all[realWorld];
  if (mappings) header[realWorld] = mappings;
  const laterality = header[frameLaterality];
  if (laterality) header[tag.imageLaterality] = laterality;
  return header;
}

const stackId = '00209056';
const temporalIndex = '00209128';
const triggerDelay = '00209153';

/** Frames that do not make one stack, in those that they make: stacks by name, and each at its moments. */
export function passes(all: readonly DicomJson[]): DicomJson[][] {
  const groups = new Map<string, DicomJson[]>();
  const stacks = [...new Set(all.map((d) => text(d, stackId)))];
  const when = (d: DicomJson) => num(d, temporalIndex) ?? num(d, triggerDelay) ?? 0;
  const ordered = all
    .map((d) => ({ d, stack: stacks.indexOf(text(d, stackId)), at: when(d) }))
    .sort((a, b) => a.stack - b.stack || a.at - b.at);
  for (const { d, stack, at } of ordered) {
    const key = `${stack} ${at}`;
    const group = groups.get(key);
    if (group) group.push(d);
    else groups.set(key, [d]);
  }
  return [...groups.values()];
}

/** Whether frames lie side by side in the body, each where its own header says; else what goes on in them is time. */
export function isSpread(frames: readonly Frame[]): boolean {
  const places = new Set<string>();
  for (const { metadata } of frames) {
    const position = numbers(metadata, tag.position);
    if (position.length !== 3 || numbers(metadata, tag.orientation).length !== 6) return false;
    places.add(position.join());
  }
  return places.size > 1;
}
