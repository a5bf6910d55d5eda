/** What a study is to the viewer: ordered series, each of which is shown in one way. Pure. */

import { brief } from '@/ui/brief';
import { cineRate, cineSteps, timed } from './cine.model';
import { type DicomJson, num, numbers, tag, text } from './dicom.model';
import { framesOf, hasGroups, isSpread, passes, plainFrames } from './frames.model';
import { isReconstructed } from './kinds/nm.model';
import { suvOf } from './kinds/suv.model';
import { codingOf } from './kinds/video.model';
import { objectKind } from './objects/kind.model';

/** How a series is shown. A file that nothing here can show is offered for download, with the reason. */
export type SeriesKind = 'stack' | 'ecg' | 'pdf' | 'video' | 'object' | 'other';

export interface Frame {
  readonly instanceUid: string;
  readonly frame: number; // from 1
  readonly metadata: DicomJson;
}

export interface Series {
  readonly study: string;
  readonly uid: string;
  readonly number: number;
  readonly modality: string;
  readonly description: string;
  readonly kind: SeriesKind;
  readonly frames: readonly Frame[];
  readonly cineRate: number; // frames a second, on the whole; 0: not a cine
  /** How long each frame stays until the next, in ms, where that is not the same for all. */
  readonly cineSteps?: readonly number[];
  readonly metadata: DicomJson; // of its first instance
}

export interface WindowPreset {
  readonly key: 'lung' | 'mediastinum' | 'bone' | 'abdomen' | 'brain' | 'stroke' | 'liver' | 'suv5' | 'suv7' | 'suv10'; // below viewer.window
  readonly center: number;
  readonly width: number;
}

// Number keys as on desktop workstations; values in HU.
export const ctPresets: readonly WindowPreset[] = [
  { key: 'lung', center: -600, width: 1500 },
  { key: 'mediastinum', center: 40, width: 400 },
  { key: 'bone', center: 400, width: 1800 },
  { key: 'abdomen', center: 50, width: 350 },
  { key: 'brain', center: 40, width: 80 },
  { key: 'stroke', center: 35, width: 30 },
  { key: 'liver', center: 80, width: 150 },
];

// In SUV, from nought.
const petPresets: readonly WindowPreset[] = [
  { key: 'suv5', center: 2.5, width: 5 },
  { key: 'suv7', center: 3.5, width: 7 },
  { key: 'suv10', center: 5, width: 10 },
];

export function presetsFor(modality: string): readonly WindowPreset[] {
  if (modality === 'PT') return petPresets;
  return modality === 'CT' ? ctPresets : [];
}

/** By which modality's windows a series may be shown: those in SUV by none of which the uptake is not known. */
export function windowsOf(s: Pick<Series, 'modality' | 'metadata'>): string {
  return suvOf(s.metadata)?.flaw ? '' : s.modality;
}

const ecgClass = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.9\./; // Waveform Storage classes
const pdfClass = '1.2.840.10008.5.1.4.1.1.104.1';

export function kindOf(d: DicomJson): SeriesKind {
  const sop = text(d, tag.sopClass);
  if (ecgClass.test(sop) || d[tag.waveforms]) return 'ecg';
  if (sop === pdfClass) return 'pdf';
  // A camera may have sent pictures one by one, and an ultrasound scanner a video.
  if (codingOf(d)) return 'video';
  if (objectKind(d)) return 'object';
  return num(d, tag.rows) ? 'stack' : 'other';
}

/** What a series has that is shown in another way than its pictures has a name of its own: no UID has this sign in it (PS3.5 9.1). */
const ofKind = '~';

/** The UID by which the archive knows a series. */
export function archivedAs(series: string): string {
  return series.split(ofKind, 1)[0] ?? series;
}

/** Builds what a series consists of: one for its pictures, and one for each kind of what is shown otherwise (a camera's videos among its photographs). */
export function partsOf(instances: readonly DicomJson[]): Series[] {
  const kinds = [...new Set(instances.map(kindOf))].sort((a, b) => Number(b === 'stack') - Number(a === 'stack'));
  return kinds.flatMap((kind, n) => {
    const part = buildSeries(instances.filter((d) => kindOf(d) === kind));
    return part ? [n === 0 ? part : { ...part, uid: part.uid + ofKind + kind }] : [];
  });
}

/** Builds one series of the metadata of its instances, which are all shown in the same way. */
export function buildSeries(same: readonly DicomJson[]): Series | undefined {
  const head = same[0];
  if (!head) return undefined;
  const kind = kindOf(head);
  const frames = kind === 'stack' ? stacked(same) : [...same].sort(byNumber).flatMap(plainFrames);
  const lead = frames[0]?.metadata ?? head;
  const root = same.find((d) => text(d, tag.sopInstance) === frames[0]?.instanceUid) ?? head;
  return {
    study: text(lead, tag.studyUid),
    uid: text(lead, tag.seriesUid),
    number: num(lead, tag.seriesNumber) ?? 0,
    modality: text(lead, tag.modality),
    description: brief(text(lead, tag.seriesDescription)),
    kind,
    frames,
    // Frames with places of their own are a stack, unless the file says how fast they go.
    cineRate: hasGroups(root) && !timed.some((t) => root[t]) && isSpread(frames) ? 0 : cineRate(root),
    cineSteps: same.length === 1 ? cineSteps(root) : undefined,
    metadata: lead,
  };
}

/** The frames of pictures in the order in which they are turned through. */
function stacked(instances: readonly DicomJson[]): Frame[] {
  const of = new Map<DicomJson, Frame[]>();
  for (const f of instances.flatMap(framesOf)) {
    const same = of.get(f.metadata);
    if (same) same.push(f);
    else of.set(f.metadata, [f]);
  }
  const headers = [...of.keys()];
  const ordered = (instances.some(hasGroups) && inPasses(headers)) || orderStack(headers);
  return ordered.flatMap((d) => of.get(d) ?? []);
}

/** Stacks and phases that frames tell apart, one after the other, each along its normal; undefined for a single stack, and where that is not enough. */
function inPasses(headers: readonly DicomJson[]): DicomJson[] | undefined {
  const sorted = [...headers].sort(byNumber);
  if (alongNormal(sorted)) return undefined;
  const ordered = passes(sorted).map((pass) => (pass.length > 1 ? alongNormal(pass) : undefined));
  return ordered.every((pass) => pass !== undefined) ? ordered.flat() : undefined;
}

function byNumber(a: DicomJson, b: DicomJson): number {
  return (num(a, tag.instanceNumber) ?? 0) - (num(b, tag.instanceNumber) ?? 0);
}

/**
 * Slices are ordered along the normal of their common plane, since instance numbers lie often enough; where orientation differs or is
 * missing (localisers, radiographs), by number. Head first, as workstations scroll.
 */
export function orderStack(pictures: readonly DicomJson[]): DicomJson[] {
  const sorted = [...pictures].sort(byNumber);
  return alongNormal(sorted) ?? sorted;
}

function alongNormal(pictures: readonly DicomJson[]): DicomJson[] | undefined {
  const normal = commonNormal(pictures);
  if (!normal) return undefined;
  const along = new Map(pictures.map((d) => [d, dot(normal, numbers(d, tag.position))]));
  const distinct = new Set([...along.values()].map((v) => v.toFixed(2)));
  // Several images at one place (phases, echoes): the acquisition order is the better one.
  if (distinct.size < pictures.length) return undefined;
  const sign = (normal[2] ?? 0) >= 0 ? 1 : -1;
  return [...pictures].sort((a, b) => sign * ((along.get(b) ?? 0) - (along.get(a) ?? 0)));
}

function commonNormal(instances: readonly DicomJson[]): number[] | undefined {
  let normal: number[] | undefined;
  for (const d of instances) {
    const o = numbers(d, tag.orientation);
    if (o.length !== 6 || numbers(d, tag.position).length !== 3) return undefined;
    const n = cross(o.slice(0, 3), o.slice(3));
    if (normal && dot(normal, n) < 0.99) return undefined;
    normal ??= n;
  }
  return normal;
}

function cross(a: number[], b: number[]): number[] {
  const [ax = 0, ay = 0, az = 0] = a;
  const [bx = 0, by = 0, bz = 0] = b;
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
}

/** The order of series on the strip: by number, images before other things. */
export function orderSeries(all: readonly Series[]): Series[] {
  const rank = (s: Series) => (s.kind === 'other' || s.kind === 'object' ? 1 : 0);
  return [...all].sort((a, b) => rank(a) - rank(b) || a.number - b.number || a.uid.localeCompare(b.uid));
}

/** Which series opens first: the one with most frames among what is shown as a stack, else the first. */
export function firstSeries(all: readonly Series[]): Series | undefined {
  const stacks = all.filter((s) => s.kind === 'stack');
  return [...stacks].sort((a, b) => b.frames.length - a.frames.length)[0] ?? all[0];
}

/** The picture at which a series opens: a stack in its middle, where the body is; a cine and the views of a scintigram at their start. */
export function opensAt(series: Series): number {
  const views = series.modality === 'NM' && !isReconstructed(series.metadata);
  return series.cineRate > 0 || views ? 0 : Math.floor(series.frames.length / 2);
}

/** Three samples a pixel: there is nothing to window. */
export function isColour(s: Series): boolean {
  return (num(s.metadata, tag.samples) ?? 1) > 1;
}

/** The same things in the order of their distance from index `from`. */
export function outward<T>(all: readonly T[], from: number): T[] {
  return all
    .map((item, i) => ({ item, d: Math.abs(i - from) }))
    .sort((a, b) => a.d - b.d)
    .map((x) => x.item);
}

/** PS3.3 C.7.6.1.1.1: L, P and H (F) for the positive directions, strongest component first. */
export function letters(v: readonly number[]): string {
  const [x = 0, y = 0, z = 0] = v;
  return [
    { size: Math.abs(x), letter: x > 0 ? 'L' : 'R' },
    { size: Math.abs(y), letter: y > 0 ? 'P' : 'A' },
    { size: Math.abs(z), letter: z > 0 ? 'H' : 'F' },
  ]
    .filter((c) => c.size > 0.25)
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map((c) => c.letter)
    .join('');
}
