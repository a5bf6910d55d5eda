/** Film: which pictures stand where on which sheet, how large, and what is written on them. Pure. */
import { type DicomJson, num, numbers, tag } from '../dicom.model';
import type { Measurement } from '../measurements.model';
import { type Frame, letters, type Series } from '../study.model';
import { fileScale } from '../tools/scale.model';

interface Window {
  readonly center: number;
  readonly width: number;
}

/** A picture by its address. */
export interface Address {
  readonly series: string;
  readonly instance: string;
  readonly frame: number;
}

/** As a pane of the viewer shows it. */
export interface Shown extends Address {
  readonly window?: Window;
  readonly invert: boolean;
}

/** What the viewer hands over. */
export interface Handed {
  readonly shown: readonly Shown[];
  readonly keys: readonly Address[];
  readonly marks: readonly Measurement[];
}

export interface Paper {
  readonly name: 'A4' | 'A3' | '14x17';
  readonly width: number; // mm, upright
  readonly height: number;
}

export const papers: readonly Paper[] = [
  { name: 'A4', width: 210, height: 297 },
  { name: 'A3', width: 297, height: 420 },
  { name: '14x17', width: 355.6, height: 431.8 },
];

/** Rows and columns on an upright sheet. */
export const layouts = ['1x1', '2x1', '2x2', '3x2', '4x3', '5x4', '6x5'] as const;
export type FilmLayout = (typeof layouts)[number];

export interface Sheet {
  readonly width: number; // mm
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
  readonly cell: { readonly width: number; readonly height: number }; // mm
}

export const margin = 6; // mm
export const headHeight = 12;
export const footHeight = 8;
export const gap = 1;

/** A sheet: lying across, rows and columns change places. */
export function sheetOf(paper: Paper, layout: FilmLayout, across: boolean): Sheet {
  const [a = 1, b = 1] = layout.split('x').map(Number);
  const [rows, columns] = across ? [b, a] : [a, b];
  const [width, height] = across ? [paper.height, paper.width] : [paper.width, paper.height];
  const room = { width: width - 2 * margin, height: height - 2 * margin - headHeight - footHeight };
  const cell = {
    width: (room.width - (columns - 1) * gap) / columns,
    height: (room.height - (rows - 1) * gap) / rows,
  };
  return { width, height, rows, columns, cell };
}

/** "2×3" as it lies: columns by rows. */
export function layoutText(layout: FilmLayout, across: boolean): string {
  const [a, b] = layout.split('x');
  return across ? `${a}×${b}` : `${b}×${a}`;
}

/** A cell's picture. */
export interface Cell extends Address {
  readonly metadata: DicomJson;
  readonly number: number; // in its series, from 1
  readonly of: number;
  readonly window?: Window;
  readonly invert: boolean;
}

export function pagesOf(cells: readonly Cell[], sheet: Sheet): Cell[][] {
  const each = sheet.rows * sheet.columns;
  return Array.from({ length: Math.ceil(cells.length / each) }, (_, i) => cells.slice(i * each, (i + 1) * each));
}

/** Every n-th picture of a series between two places (from 1, both inclusive). */
export function partOf(series: Series, from: number, to: number, each: number): Frame[] {
  const [a, b] = [Math.min(from, to), Math.max(from, to)];
  return series.frames.filter((_, i) => i + 1 >= a && i + 1 <= b && (i + 1 - a) % Math.max(1, each) === 0);
}

/** The cell of a picture of one of these series. */
export function cellOf(a: Address & { window?: Window; invert?: boolean }, all: readonly Series[]): Cell | undefined {
  const series = all.find((s) => s.uid === a.series && s.kind === 'stack');
  const at = series?.frames.findIndex((f) => f.instanceUid === a.instance && f.frame === a.frame) ?? -1;
  const frame = series?.frames[at];
  if (!series || !frame) return undefined;
  const { series: uid, instance, window, invert = false } = a;
  const address = { series: uid, instance, frame: a.frame };
  return { ...address, metadata: frame.metadata, number: at + 1, of: series.frames.length, window, invert };
}

export interface Size {
  readonly width: number; // mm on paper
  readonly height: number;
  /** Paper over body (or detector); undefined where the size of a pixel is not known. */
  readonly times?: number;
  readonly source: 'calibrated' | 'estimated' | 'detector' | 'none';
  /** 1:1 was asked for and does not fit. */
  readonly tooLarge: boolean;
}

/** How large a picture is on paper: as the cell allows, or true to size where that is known and fits. */
export function sizeOf(d: DicomJson, cell: Sheet['cell'], trueSize: boolean): Size {
  const scale = fileScale(d);
  const [width, height] = [(num(d, tag.columns) ?? 1) * scale.x, (num(d, tag.rows) ?? 1) * scale.y];
  const fit = Math.min(cell.width / width, cell.height / height);
  const known = scale.unit === 'mm';
  const tooLarge = trueSize && known && fit < 0.9995;
  const times = trueSize && known && !tooLarge ? 1 : fit;
  const source = known ? (scale.source as Size['source']) : 'none';
  return { width: width * times, height: height * times, times: known ? times : undefined, source, tooLarge };
}

/** A round length that takes at most a third of the picture: mm of the body, and on paper. */
export function barOf(size: Size): { mm: number; paper: number } | undefined {
  const { times } = size;
  if (times === undefined) return undefined;
  const mm = [1, 2, 5, 10, 20, 50, 100, 200].filter((l) => l * times <= Math.max(size.width, size.height) / 3).at(-1);
  return mm === undefined ? undefined : { mm, paper: mm * times };
}

/** At the edges of an upright picture: by its plane in the patient, or as the device wrote it (PS3.3 C.7.6.1.1.1). */
export function edgesOf(d: DicomJson): { left: string; right: string; top: string; bottom: string } | undefined {
  const o = numbers(d, tag.orientation);
  if (o.length === 6) {
    const back = (v: number[]) => v.map((c) => -c);
    const [row, column] = [o.slice(0, 3), o.slice(3)];
    return { right: letters(row), left: letters(back(row)), bottom: letters(column), top: letters(back(column)) };
  }
  const [right, bottom] = (d[tag.patientOrientation]?.Value ?? []).map(String);
  if (!right || !bottom) return undefined;
  return { right, left: opposite(right), bottom, top: opposite(bottom) };
}

const other: Record<string, string> = { L: 'R', R: 'L', A: 'P', P: 'A', H: 'F', F: 'H' };

function opposite(way: string): string {
  return [...way].map((c) => other[c] ?? c).join('');
}

/** Where the plane of a picture stands along the axis that it is most across, mm: what a slice is named by. */
export function positionOf(d: DicomJson): number | undefined {
  const location = num(d, tag.sliceLocation);
  if (location !== undefined) return location;
  const [o, p] = [numbers(d, tag.orientation), numbers(d, tag.position)];
  if (o.length !== 6 || p.length !== 3) return undefined;
  const [a = 0, b = 0, c = 0, x = 0, y = 0, z = 0] = o;
  const normal = [b * z - c * y, c * x - a * z, a * y - b * x].map(Math.abs);
  return p[normal.indexOf(Math.max(...normal))];
}

/** From a measurement's point (LPS mm, or the plane of a picture without geometry) to columns and rows of the picture. */
export function pixelOf(d: DicomJson, point: readonly number[]): { x: number; y: number } {
  const o = numbers(d, tag.orientation);
  const p = numbers(d, tag.position);
  const spacing = numbers(d, tag.pixelSpacing);
  const imager = numbers(d, tag.imagerSpacing);
  const [sy = 1, sx = 1] = spacing.length === 2 ? spacing : imager.length === 2 ? imager : [1, 1];
  const [row, column] =
    o.length === 6
      ? [o.slice(0, 3), o.slice(3)]
      : [
          [1, 0, 0],
          [0, 1, 0],
        ];
  const from = point.map((v, i) => v - (o.length === 6 && p.length === 3 ? (p[i] ?? 0) : 0));
  const along = (axis: readonly number[]) => axis.reduce((sum, v, i) => sum + v * (from[i] ?? 0), 0);
  return { x: along(row) / sx + 0.5, y: along(column) / sy + 0.5 };
}

/** Lines of a measurement over its picture, as points of the picture. */
export function strokesOf(m: Measurement, d: DicomJson): { x: number; y: number }[][] {
  const p = m.points.map((point) => pixelOf(d, point));
  const [a, b, c, e] = p;
  if (!a) return [];
  if (m.tool === 'RectangleROI' && p.length >= 4) {
    const [p0, p1, p2, p3] = p; // Cornerstone's corners: two above, two below
    return p0 && p1 && p2 && p3 ? [[p0, p1, p3, p2, p0]] : [];
  }
  if (m.tool === 'EllipticalROI' && a && b && c && e) return [ellipse(a, b, c, e)];
  if (/^(CobbAngle|Bidirectional|CardiothoracicRatio)$/.test(m.tool) && a && b && c && e)
    return [
      [a, b],
      [c, e],
    ];
  if (p.length === 1)
    return [
      [
        { x: a.x - 6, y: a.y },
        { x: a.x + 6, y: a.y },
      ],
      [
        { x: a.x, y: a.y - 6 },
        { x: a.x, y: a.y + 6 },
      ],
    ];
  return [m.tool === 'PlanarFreehandROI' && m.closed !== false ? [...p, a] : p];
}

type Spot = { x: number; y: number };

/** Through its bottom, top, left and right. */
function ellipse(bottom: Spot, top: Spot, left: Spot, right: Spot): Spot[] {
  const centre = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
  const u = { x: (right.x - left.x) / 2, y: (right.y - left.y) / 2 };
  const v = { x: (bottom.x - top.x) / 2, y: (bottom.y - top.y) / 2 };
  return Array.from({ length: 49 }, (_, i) => {
    const [c, s] = [Math.cos((i * Math.PI) / 24), Math.sin((i * Math.PI) / 24)];
    return { x: centre.x + c * u.x + s * v.x, y: centre.y + c * u.y + s * v.y };
  });
}

/** The picture as the server draws it; not larger than paper can show (300 dots to an inch). */
export function pictureQuery(d: DicomJson, size: Pick<Size, 'width' | 'height'>, window: Window | undefined): string {
  const query = new URLSearchParams({ quality: '95' });
  if (window) query.set('window', `${window.center},${window.width},linear`);
  const dots = { width: Math.round((size.width / 25.4) * 300), height: Math.round((size.height / 25.4) * 300) };
  if ((num(d, tag.columns) ?? 0) > dots.width && (num(d, tag.rows) ?? 0) > dots.height)
    query.set('viewport', `${dots.width},${dots.height}`);
  return query.toString();
}
