/** How breasts hang: back to back, mirrored where they were stored the other way round, at one scale. Pure. */
import { type DicomJson, items, num, tag, text } from '../dicom.model';
import type { Series } from '../study.model';
import { fileScale } from '../tools/scale.model';
import { one, type Picture, pictures, type Slot, worthy } from './slot.model';

const order = ['R CC', 'L CC', 'R MLO', 'L MLO'];

/** The layers of a breast: Breast Tomosynthesis, the projections it is made of, and what else has a breast in many frames. */
const layered = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.13\.1\.[345]$/;
const inLayers = 'DBT';

function isLayered(d: DicomJson): boolean {
  return layered.test(text(d, tag.sopClass)) || (num(d, tag.frames) ?? 1) > 1;
}

/** Right beside left, head to foot before oblique: RCC LCC RMLO LMLO. Layers take a pane only where there is no picture of the whole breast. */
export function usualViews(all: readonly Picture[]): Picture[] {
  const chosen = order.flatMap(
    (name) => all.find((p) => viewName(p.metadata) === name) ?? middleOf(all, `${name} ${inLayers}`),
  );
  return chosen.length > 0 ? chosen : all.slice(0, 4);
}

/** The layers of the same views, each at its middle. */
export function layeredViews(all: readonly Picture[]): Picture[] {
  return order.flatMap((name) => middleOf(all, `${name} ${inLayers}`));
}

/** The middle picture of the first series of a view: a series of layers opens there. */
function middleOf(all: readonly Picture[], name: string): Picture | [] {
  const first = all.find((p) => viewName(p.metadata) === name);
  const layers = all.filter((p) => p.series === first?.series && viewName(p.metadata) === name);
  return layers[layers.length >> 1] ?? [];
}

/** Where a view stands in the usual order; layers come behind, what is none of them last. */
export function usualFirst(p: Picture): number {
  const at = order.findIndex((name) => viewName(p.metadata).startsWith(name));
  return (at < 0 ? order.length : at) + (isLayered(p.metadata) ? order.length : 0);
}

/** The panes of some views; `beside` stands with them and has the same scale. */
export function atOneScale(views: readonly Picture[], beside: readonly Picture[] = []): Slot[] {
  const largest = largestOf([...views, ...beside].map((v) => v.metadata));
  return views.map(({ series, index, metadata: d }): Slot => {
    const { side } = viewOf(d);
    const to = side === 'R' ? 'right' : side === 'L' ? 'left' : undefined;
    const field = largest && sizeOf(d, largest);
    const slot = field ? { ...one(series, index), field } : one(series, index);
    return to ? { ...slot, side: to, mirror: isMirrored(d, side) } : slot;
  });
}

/** What somebody puts into a pane: a breast stands there as the others of its study do. */
export function put(series: Series, index: number | undefined, study: readonly Series[]): Slot {
  const at = index ?? (series.frames.length === 1 ? 0 : undefined);
  const picture = series.modality === 'MG' ? pictures([series]).find((p) => p.index === at) : undefined;
  const [slot] = picture ? atOneScale([picture], usualViews(pictures(worthy(study)))) : [];
  return slot ?? { series: series.uid, index };
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

/** As it is called: R CC, in layers R CC DBT; empty unless both are known. */
export function viewName(d: DicomJson): string {
  const { side, view } = viewOf(d);
  if (!side || !view) return '';
  return isLayered(d) ? `${side} ${view} ${inLayers}` : `${side} ${view}`;
}

/** The chest wall of a right breast belongs on the right: the rows run to the back (PS3.3 C.7.6.1.1.1). */
function isMirrored(d: DicomJson, side: string): boolean {
  const way = text(d, tag.patientOrientation)[0];
  return (side === 'R' && way === 'A') || (side === 'L' && way === 'P');
}
