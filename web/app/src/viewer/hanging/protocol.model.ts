/**
 * Hanging protocols: which series stands where when a study is opened, by what was examined, what there is, how many
 * screens, and what is there of earlier. Pure.
 */
import { type DicomJson, items, num, numbers, tag, text } from '../dicom.model';
import type { Series } from '../study.model';
import { fileScale } from '../tools/scale.model';
import { cross, vec } from '../vector.model';
import { countOf, type Layout, layoutFor, single } from './layout.model';

export type ProtocolName =
  | 'xray'
  | 'mg'
  | 'ct-head'
  | 'ct-chest'
  | 'ct-abdomen'
  | 'ct'
  | 'mr'
  | 'us'
  | 'xa'
  | 'ecg'
  | 'nm'
  | 'other';

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

export interface Screen {
  readonly layout: Layout;
  readonly slots: readonly (Slot | undefined)[];
}

export interface Hanging {
  readonly protocol: ProtocolName;
  readonly screens: readonly Screen[];
  /** Panes turn together. */
  readonly linked: boolean;
}

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
}

export interface Facts {
  readonly own: readonly Series[];
  readonly prior: readonly Series[];
  readonly screens: number;
}

const parts = [
  { name: 'ct-head', words: /head|brain|skull|orbit|sinus|颅|脑|头|眼|鼻窦/i },
  { name: 'ct-chest', words: /chest|thorax|lung|胸|肺/i },
  { name: 'ct-abdomen', words: /abd|pelvi|liver|kidney|腹|肝|肾|胰|盆/i },
] as const;

const byModality: Readonly<Record<string, ProtocolName>> = {
  CR: 'xray',
  DX: 'xray',
  RG: 'xray',
  MG: 'mg',
  MR: 'mr',
  US: 'us',
  XA: 'xa',
  RF: 'xa',
  ECG: 'ecg',
  NM: 'nm',
  PT: 'nm',
};

export function protocolOf(own: readonly Series[]): ProtocolName {
  const lead = own.find((s) => s.kind === 'stack') ?? own[0];
  if (lead?.modality !== 'CT') return byModality[lead?.modality ?? ''] ?? 'other';
  if (own.some((s) => s.modality === 'PT')) return 'nm';
  const study = [tag.bodyPart, tag.studyDescription].map((t) => text(lead.metadata, t));
  const said = [...study, ...own.map((s) => s.description)].join(' ');
  return parts.find((p) => p.words.test(said))?.name ?? 'ct';
}

const scout = /scout|topo|locali[sz]er|survey|定位/i;

/** What is worth a pane of its own: no localisers while there is anything else. */
export function worthy(all: readonly Series[]): Series[] {
  const stacks = all.filter((s) => s.kind === 'stack');
  const real = stacks.filter((s) => !scout.test(s.description));
  return real.length > 0 ? real : stacks;
}

/** What a protocol hangs; kept answers what the reader kept for a screen of it. */
export function hang(
  f: Facts,
  kept: (protocol: ProtocolName, screen: number) => Kept | undefined = () => undefined,
): Hanging {
  const protocol = protocolOf(f.own);
  const usual = usualScreens(protocol, f);
  const screens = usual.map((s, i) => {
    const mine = kept(protocol, i);
    return mine ? keptScreen(mine, f) : s;
  });
  const together = f.prior.length > 0 && screens[0] !== undefined && countOf(screens[0].layout) > 1;
  return { protocol, screens, linked: kept(protocol, 0)?.linked ?? together };
}

function usualScreens(protocol: ProtocolName, f: Facts): Screen[] {
  const current = slotsOf(protocol, f.own);
  const earlier = slotsOf(protocol, f.prior);
  if (f.screens > 1) {
    const [here, there] = earlier.length > 0 ? [current, earlier] : halves(current);
    return [grid(here), grid(there)];
  }
  if (earlier.length === 0) return [grid(current)];
  if (protocol === 'mg') return [{ layout: { rows: 2, columns: 4 }, slots: [...four(current), ...four(earlier)] }];
  // Current on the left, earlier on the right, like with like.
  const rows = protocol === 'mr' || protocol === 'xray' ? Math.min(2, current.length) : 1;
  const slots = current.slice(0, rows).flatMap((slot, i) => [slot, likest(slot, i, f, earlier)]);
  return [{ layout: { rows, columns: 2 }, slots }];
}

function grid(slots: readonly Slot[]): Screen {
  return { layout: slots.length === 0 ? single : layoutFor(slots.length), slots };
}

function halves(slots: readonly Slot[]): [readonly Slot[], readonly Slot[]] {
  if (slots.length < 2) return [slots, slots];
  const half = Math.ceil(slots.length / 2);
  return [slots.slice(0, half), slots.slice(half)];
}

function four(slots: readonly Slot[]): (Slot | undefined)[] {
  return Array.from({ length: 4 }, (_, i) => slots[i]);
}

/** The earlier pane that belongs beside a current one: called the same, else of the same plane, else as it comes. */
function likest(slot: Slot, i: number, f: Facts, earlier: readonly Slot[]): Slot | undefined {
  const here = f.own.find((s) => s.uid === slot.series);
  const of = (e: Slot) => f.prior.find((s) => s.uid === e.series);
  const same = earlier.find((e) => here?.description !== '' && of(e)?.description === here?.description);
  const way = earlier.find((e) => here && wayOf(of(e)?.metadata ?? {}) === wayOf(here.metadata));
  return same ?? (i === 0 ? (way ?? earlier[0]) : earlier[i]);
}

const soft = /soft|stand|软组织|纵隔|脑|brain|mediast/i;
const bone = /bone|sharp|骨/i;
const lung = /lung|肺窗|肺算法|B70|sharp/i;

function slotsOf(protocol: ProtocolName, all: readonly Series[]): Slot[] {
  const stacks = worthy(all);
  switch (protocol) {
    case 'xray':
      return pictures(stacks).slice(0, 4);
    case 'mg':
      return breasts(stacks);
    case 'ct-head':
      return byWords(stacks, [soft, bone]).slice(0, 2).map(whole);
    case 'ct-chest':
      return byWords(stacks, [soft, lung]).slice(0, 2).map(whole);
    case 'nm':
      return byWords(stacks, []).slice(0, 2).map(whole);
    case 'ecg':
      return all.slice(0, 1).map(whole);
    default:
      return (stacks.length > 0 ? stacks : all.slice(0, 1)).slice(0, 4).map(whole);
  }
}

/** For each kind the first series that is called so; then what is left, larger ones first. */
function byWords(all: readonly Series[], kinds: readonly RegExp[]): Series[] {
  const taken: Series[] = [];
  for (const words of kinds) {
    const found = all.find((s) => !taken.includes(s) && words.test(s.description));
    if (found) taken.push(found);
  }
  const rest = all.filter((s) => !taken.includes(s));
  return [...taken, ...rest.sort((a, b) => b.frames.length - a.frames.length)];
}

function whole(s: Series): Slot {
  return { series: s.uid };
}

function one(s: Series, index: number): Slot {
  return s.frames.length > 1 ? { series: s.uid, index } : whole(s);
}

/** Each picture by itself. */
function pictures(all: readonly Series[]): Slot[] {
  return all.flatMap((s) => s.frames.map((_, index) => one(s, index)));
}

/** Right beside left, back to back, head to foot before oblique: RCC LCC RMLO LMLO. */
function breasts(all: readonly Series[]): Slot[] {
  const views = all.flatMap((s) => s.frames.map((f, index) => ({ s, index, ...viewOf(f.metadata), d: f.metadata })));
  const order = ['R CC', 'L CC', 'R MLO', 'L MLO'];
  const chosen = order.flatMap((name) => views.find((v) => `${v.side} ${v.view}` === name) ?? []);
  const hung = chosen.length > 0 ? chosen : views.slice(0, 4);
  const largest = largestOf(hung.map((v) => v.d));
  return hung.map(({ s, index, side, d }): Slot => {
    const to = side === 'R' ? 'right' : side === 'L' ? 'left' : undefined;
    const field = largest && sizeOf(d, largest);
    const slot = field ? { ...one(s, index), field } : one(s, index);
    return to ? { ...slot, side: to, mirror: isMirrored(d, side) } : slot;
  });
}

/** The width and height in millimetres that hold each of some pictures; undefined where one's are not known. */
function largestOf(all: readonly DicomJson[]): [number, number] | undefined {
  const sizes = all.map((d) => {
    const { x, y, unit } = fileScale(d);
    return unit === 'mm' ? ([(num(d, tag.columns) ?? 0) * x, (num(d, tag.rows) ?? 0) * y] as const) : undefined;
  });
  if (sizes.some((s) => !s)) return undefined;
  return [Math.max(...sizes.map((s) => s?.[0] ?? 0)), Math.max(...sizes.map((s) => s?.[1] ?? 0))];
}

/** Millimetres in pixels of a picture. */
function sizeOf(d: DicomJson, [width, height]: readonly [number, number]): readonly [number, number] {
  const { x, y } = fileScale(d);
  return [Math.round(width / x), Math.round(height / y)];
}

/** Which breast, and from where, by what the device wrote down. */
export function viewOf(d: DicomJson): { side: string; view: string } {
  const side = text(d, tag.imageLaterality) || text(d, tag.laterality);
  const code = items(d, tag.viewCode)[0];
  const said = `${text(d, tag.viewPosition)} ${code ? text(code, tag.codeMeaning) : ''}`;
  const view = /\bMLO\b|medio-?lateral oblique/i.test(said) ? 'MLO' : /\bCC\b|cranio-?caudal/i.test(said) ? 'CC' : '';
  return { side, view };
}

/** The chest wall of a right breast belongs on the right: the rows run to the back (PS3.3 C.7.6.1.1.1). */
function isMirrored(d: DicomJson, side: string): boolean {
  const way = text(d, tag.patientOrientation)[0];
  return (side === 'R' && way === 'A') || (side === 'L' && way === 'P');
}

/** The plane of a series, roughly: which way its normal points. */
function wayOf(d: DicomJson): string {
  const o = numbers(d, tag.orientation);
  if (o.length !== 6) return '';
  const n = cross(vec(o), vec(o.slice(3))).map(Math.abs);
  return ['sagittal', 'coronal', 'axial'][n.indexOf(Math.max(...n))] ?? '';
}

/** What is on show now, to be found again in the next study of this kind. */
export function keep(layout: Layout, slots: readonly (Slot | undefined)[], linked: boolean, f: Facts): Kept {
  const wishes = slots.slice(0, countOf(layout)).map((slot): Wish => {
    const prior = f.prior.some((s) => s.uid === slot?.series);
    const among = prior ? f.prior : f.own;
    const nth = worthy(among).findIndex((s) => s.uid === slot?.series);
    return { prior, description: among.find((s) => s.uid === slot?.series)?.description ?? '', nth };
  });
  return { layout, wishes, linked };
}

function keptScreen(kept: Kept, f: Facts): Screen {
  const used = new Set<string>();
  const slots = kept.wishes.map((w): Slot | undefined => {
    const among = worthy(w.prior ? f.prior : f.own);
    const named = among.find((s) => w.description !== '' && s.description === w.description && !used.has(s.uid));
    const found = named ?? among[w.nth];
    if (!found) return undefined;
    used.add(found.uid);
    return whole(found);
  });
  return { layout: kept.layout, slots };
}
