/** Softcopy presentation states (PS3.3 A.33): how pictures are to be shown, and what is drawn on them. Pure. */
import { type DicomJson, dateText, items, num, numbers, personName, tag, text } from '../dicom.model';
import { type Drawing, framesOf, type PictureRef, pairs, type Shape } from './drawing.model';

const t = {
  label: '00700080',
  description: '00700081',
  creator: '00700084',
  date: '00700082',
  series: '00081115',
  images: '00081140',
  sopInstance: '00081155',
  frame: '00081160',
  annotations: '00700001',
  graphics: '00700009',
  texts: '00700008',
  graphicUnits: '00700005',
  boxUnits: '00700003',
  anchorUnits: '00700004',
  graphicData: '00700022',
  graphicType: '00700023',
  filled: '00700024',
  words: '00700006',
  box: '00700010',
  anchor: '00700014',
  flip: '00700041',
  rotation: '00700042',
  areas: '0070005A',
  topLeft: '00700052',
  bottomRight: '00700053',
  voi: '00283110',
  lutShape: '20500020',
  polarity: '20500010',
} as const;

/** How one picture is to be shown. Area is left, top, right, bottom in pixels. */
export interface Shown {
  readonly picture: PictureRef;
  readonly window?: { readonly center: number; readonly width: number };
  readonly area?: readonly [number, number, number, number];
  readonly rotation: number;
  readonly flip: boolean;
  readonly invert: boolean;
}

export interface Presentation {
  readonly label: string;
  readonly creator: string;
  readonly at: string;
  readonly shown: readonly Shown[];
  readonly drawings: readonly Drawing[];
}

export function presentationOf(d: DicomJson): Presentation {
  const pictures = items(d, t.series).flatMap((s) =>
    items(s, t.images).flatMap((i) => refsOf(i, text(s, tag.seriesUid) || undefined)),
  );
  const invert = text(d, t.lutShape) === 'INVERSE';
  const areas = items(d, t.areas);
  const windows = items(d, t.voi);
  return {
    label: text(d, t.description) || text(d, t.label),
    creator: personName(d, t.creator),
    at: dateText(text(d, t.date)),
    shown: pictures.map((picture) => ({
      picture,
      window: windowOf(about(windows, picture)),
      area: areaOf(about(areas, picture)),
      rotation: num(d, t.rotation) ?? 0,
      flip: text(d, t.flip) === 'Y',
      invert,
    })),
    drawings: items(d, t.annotations).flatMap((a) => drawings(a, pictures)),
  };
}

function refsOf(item: DicomJson, series?: string): PictureRef[] {
  const instance = text(item, t.sopInstance);
  return framesOf(numbers(item, t.frame)).map((frame) => ({ instance, frame, series }));
}

/** The item of a sequence that is about a picture: one that names it, or one that names none and so means all. */
function about(all: readonly DicomJson[], p: PictureRef): DicomJson | undefined {
  const names = (i: DicomJson) => items(i, t.images);
  const meant = (r: DicomJson) =>
    text(r, t.sopInstance) === p.instance &&
    (numbers(r, t.frame).length === 0 || numbers(r, t.frame).includes(p.frame));
  return all.find((i) => names(i).some(meant)) ?? all.find((i) => names(i).length === 0);
}

function windowOf(item: DicomJson | undefined): Shown['window'] {
  const center = item && num(item, tag.windowCenter);
  const width = item && num(item, tag.windowWidth);
  return center !== undefined && width !== undefined ? { center, width } : undefined;
}

/** Pixels are counted from 1 there (PS3.3 C.10.4); what begins at 0,0 and ends there is no area. */
function areaOf(item: DicomJson | undefined): Shown['area'] {
  const [left, top] = item ? numbers(item, t.topLeft) : [];
  const [right, bottom] = item ? numbers(item, t.bottomRight) : [];
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) return undefined;
  return right > left && bottom > top ? [left - 1, top - 1, right, bottom] : undefined;
}

const kinds: Readonly<Record<string, Shape['kind']>> = {
  POINT: 'point',
  POLYLINE: 'polyline',
  INTERPOLATED: 'polyline',
  CIRCLE: 'circle',
  ELLIPSE: 'ellipse',
};

function drawings(a: DicomJson, all: readonly PictureRef[]): Drawing[] {
  const named = items(a, t.images).flatMap((i) => refsOf(i));
  const pictures = named.length > 0 ? named : all;
  const shapes = items(a, t.graphics).flatMap((g): Shape[] => {
    const kind = kinds[text(g, t.graphicType)];
    const points = pairs(numbers(g, t.graphicData));
    const onDisplay = text(g, t.graphicUnits) === 'DISPLAY';
    return kind && points.length > 0 ? [{ kind, points, filled: text(g, t.filled) === 'Y', onDisplay }] : [];
  });
  const texts = items(a, t.texts).map((x) => {
    const [anchor] = pairs(numbers(x, t.anchor));
    const [box] = pairs(numbers(x, t.box));
    const units = text(x, anchor ? t.anchorUnits : t.boxUnits);
    return { words: text(x, t.words).split(/\r?\n/), at: anchor ?? box, onDisplay: units === 'DISPLAY' };
  });
  return pictures.flatMap((picture): Drawing[] => [
    ...(shapes.length > 0 ? [{ picture, shapes, words: [] }] : []),
    ...texts.map((x) => ({ picture, shapes: [], ...x })),
  ]);
}
