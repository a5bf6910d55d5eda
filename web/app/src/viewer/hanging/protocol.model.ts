/**
 * Hanging protocols: which series stands where when a study is opened, by what was examined, what there is, how many
 * screens, and what is there of earlier. Pure.
 */
import { type DicomJson, numbers, tag, text } from '../dicom.model';
import type { Series } from '../study.model';
import { cross, vec } from '../vector.model';
import { countOf, type Layout, layoutFor, single } from './layout.model';
import { atOneScale, layeredViews, usualViews } from './mammogram.model';
import { one, pictures, type Slot, whole, worthy } from './slot.model';
import { findAgain, type Kept, viewNameOf } from './wishes.model';

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

/** What a protocol hangs; kept answers what the reader kept for a screen of it. */
export function hang(
  f: Facts,
  kept: (protocol: ProtocolName, screen: number) => Kept | undefined = () => undefined,
): Hanging {
  const protocol = protocolOf(f.own);
  const usual = usualScreens(protocol, f);
  const screens = usual.map((s, i) => {
    const mine = kept(protocol, i);
    return mine ? { layout: mine.layout, slots: findAgain(mine.wishes, f) } : s;
  });
  const together = f.prior.length > 0 && screens[0] !== undefined && countOf(screens[0].layout) > 1;
  return { protocol, screens, linked: kept(protocol, 0)?.linked ?? together };
}

function usualScreens(protocol: ProtocolName, f: Facts): Screen[] {
  const current = slotsOf(protocol, f.own);
  const earlier = slotsOf(protocol, f.prior);
  if (f.screens > 1) {
    const [here, there] =
      earlier.length > 0 ? [current, earlier] : (inDepth(protocol, current, f.own) ?? halves(current));
    return [grid(here), grid(there)];
  }
  if (earlier.length === 0) return [grid(current)];
  if (protocol === 'mg') return [{ layout: { rows: 2, columns: 4 }, slots: [...four(current), ...four(earlier)] }];
  // Current on the left, earlier on the right, like with like.
  const rows = protocol === 'mr' || protocol === 'xray' ? Math.min(2, current.length) : 1;
  const left = current.slice(0, rows);
  const right = likest(left, earlier, f);
  const slots = left.flatMap((slot, i) => [slot, right[i]]);
  return [{ layout: { rows, columns: 2 }, slots }];
}

function grid(slots: readonly Slot[]): Screen {
  return { layout: slots.length === 0 ? single : layoutFor(slots.length), slots };
}

/** Breasts beside the layers of the same breasts. */
function inDepth(protocol: ProtocolName, current: readonly Slot[], own: readonly Series[]) {
  const all = pictures(worthy(own));
  const layers =
    protocol === 'mg' ? layeredViews(all).filter((p) => !current.some((s) => s.series === p.series.uid)) : [];
  return layers.length > 0 ? ([current, atOneScale(layers, usualViews(all))] as const) : undefined;
}

function halves(slots: readonly Slot[]): [readonly Slot[], readonly Slot[]] {
  if (slots.length < 2) return [slots, slots];
  const half = Math.ceil(slots.length / 2);
  return [slots.slice(0, half), slots.slice(half)];
}

function four(slots: readonly Slot[]): (Slot | undefined)[] {
  return Array.from({ length: 4 }, (_, i) => slots[i]);
}

/** The earlier panes that belong beside current ones, none twice: called the same, else of the same plane, else as it comes. */
function likest(current: readonly Slot[], earlier: readonly Slot[], f: Facts): (Slot | undefined)[] {
  const rest = [...earlier];
  const take = (is: (e: Shown) => boolean) => {
    const at = rest.findIndex((e) => is(shown(e, f.prior)));
    return at < 0 ? undefined : rest.splice(at, 1)[0];
  };
  const here = current.map((slot) => shown(slot, f.own));
  const isNamed = (a: Shown, b: Shown) => a.name !== '' && a.name === b.name;
  const alike = here.map((h) => take((e) => isNamed(h, e) && h.view === e.view));
  const named = here.map((h, i) => alike[i] ?? take((e) => isNamed(h, e)));
  return here.map((h, i) => named[i] ?? take((e) => h.way === e.way) ?? take(() => true));
}

interface Shown {
  readonly name: string;
  readonly view: string;
  readonly way: string;
}

function shown(slot: Slot, all: readonly Series[]): Shown {
  const series = all.find((s) => s.uid === slot.series);
  const metadata = series?.frames[slot.index ?? 0]?.metadata ?? series?.metadata ?? {};
  const view = series ? viewNameOf({ series, metadata }) : '';
  return { name: series?.description ?? '', view, way: wayOf(metadata) };
}

const soft = /soft|stand|软组织|纵隔|脑|brain|mediast/i;
const bone = /bone|sharp|骨/i;
const lung = /lung|肺窗|肺算法|B70|sharp/i;

function slotsOf(protocol: ProtocolName, all: readonly Series[]): Slot[] {
  const stacks = worthy(all);
  switch (protocol) {
    case 'xray':
      return pictures(stacks)
        .slice(0, 4)
        .map((p) => one(p.series, p.index));
    case 'mg':
      return atOneScale(usualViews(pictures(stacks)));
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

/** The plane of a series, roughly: which way its normal points. */
function wayOf(d: DicomJson): string {
  const o = numbers(d, tag.orientation);
  if (o.length !== 6) return '';
  const n = cross(vec(o), vec(o.slice(3))).map(Math.abs);
  return ['sagittal', 'coronal', 'axial'][n.indexOf(Math.max(...n))] ?? '';
}
