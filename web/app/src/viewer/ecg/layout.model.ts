/** Which lead stands where on the paper, and when its part of the recording begins. Pure. */
import type { Ecg, Lead } from './ecg.model';

export type EcgLayout = '3x4' | '6x2' | 'rows';

export interface Strip {
  readonly lead: Lead;
  readonly row: number;
  readonly column: number;
  readonly from: number; // s
  readonly to: number;
}

export interface Sheet {
  readonly rows: number;
  readonly columns: number;
  readonly secondsPerColumn: number;
  readonly strips: readonly Strip[];
}

/** How the paper runs and how high a millivolt stands. */
export interface PaperScale {
  readonly speed: number; // mm/s
  readonly gain: number; // mm/mV
}

/** A part of the recording, s. */
export interface Span {
  readonly from: number;
  readonly length: number;
}

export const widest = 10; // s on one sheet, as on paper

/** Layouts that suit so many leads; the first is the usual one. */
export function layoutsFor(leads: number): readonly EcgLayout[] {
  if (leads >= 12) return ['3x4', '6x2', 'rows'];
  return leads > 6 ? ['6x2', 'rows'] : ['rows'];
}

/** "12×1" of the leads there are. */
export function layoutName(layout: EcgLayout, leads: number): string {
  return layout === 'rows' ? `${leads}×1` : layout === '3x4' ? '3×4 + II' : '6×2';
}

/** Leads in columns that follow one another in time, as a recorder writes them; 3×4 has lead II below as rhythm. */
export function layOut(ecg: Ecg, layout: EcgLayout, span: Span = { from: 0, length: widest }): Sheet {
  const [rows, columns] = layout === '3x4' ? [3, 4] : layout === '6x2' ? [6, 2] : [Math.max(1, ecg.leads.length), 1];
  const from = Math.min(span.from, Math.max(0, ecg.seconds - 1));
  const length = Math.min(span.length, ecg.seconds - from);
  const secondsPerColumn = length / columns;
  const strips: Strip[] = ecg.leads.slice(0, rows * columns).map((lead, i) => {
    const column = Math.floor(i / rows);
    const start = from + column * secondsPerColumn;
    return { lead, row: i % rows, column, from: start, to: start + secondsPerColumn };
  });
  const rhythm = layout === '3x4' ? ecg.leads.find((l) => l.name === 'II') : undefined;
  if (rhythm) strips.push({ lead: rhythm, row: rows, column: 0, from, to: from + length });
  return { rows: rows + (rhythm ? 1 : 0), columns, secondsPerColumn, strips };
}

/** The parts of a recording that follow one another, each at most so long. */
export function spansOf(seconds: number, longest: number): Span[] {
  const count = Math.max(1, Math.ceil((seconds - 0.05) / longest));
  return Array.from({ length: count }, (_, i) => ({ from: i * longest, length: longest }));
}

/** Millimetres. */
export interface Box {
  readonly left: number;
  readonly baseline: number; // of 0 mV, from above
  readonly top: number;
  readonly height: number;
  readonly width: number;
}

export const pulseRoom = 8; // mm before the first strip, for the calibration pulse

export interface Page {
  readonly width: number; // mm
  readonly height: number;
  readonly rowHeight: number;
}

/** The size of a sheet. On the screen rows are 26 mm high, on a paper with room for `most` mm up to 38, or as high as go on it. */
export function pageOf(sheet: Sheet, { speed }: PaperScale, most = Number.POSITIVE_INFINITY): Page {
  const usual = Number.isFinite(most) ? 38 : sheet.rows > 6 ? 18 : 26;
  const rowHeight = Math.min(usual, Math.floor(most / sheet.rows));
  const width = pulseRoom + sheet.secondsPerColumn * sheet.columns * speed;
  return { width: Math.ceil(width / 5) * 5, height: Math.ceil((rowHeight * sheet.rows) / 5) * 5, rowHeight };
}

export function boxOf(strip: Strip, sheet: Sheet, page: Page, { speed }: PaperScale): Box {
  const top = strip.row * page.rowHeight;
  return {
    left: pulseRoom + strip.column * sheet.secondsPerColumn * speed,
    baseline: top + Math.round(page.rowHeight * 0.6),
    top,
    height: page.rowHeight,
    width: (strip.to - strip.from) * speed,
  };
}

/** The curve of a strip as the data of an SVG path, in mm; gaps of the signal are gaps. */
export function curveOf(strip: Strip, box: Box, rate: number, { speed, gain }: PaperScale): string {
  const start = Math.ceil(strip.from * rate - 1e-6);
  const end = Math.min(strip.lead.millivolts.length, Math.ceil(strip.to * rate));
  let path = '';
  let pen = false;
  for (let i = start; i < end; i++) {
    const mv = strip.lead.millivolts[i] ?? Number.NaN;
    if (Number.isNaN(mv)) {
      pen = false;
      continue;
    }
    const x = box.left + (i / rate - strip.from) * speed;
    path += `${pen ? 'L' : 'M'}${x.toFixed(2)} ${(box.baseline - mv * gain).toFixed(2)}`;
    pen = true;
  }
  return path;
}

/** Lines each `step` mm over a page, as the data of an SVG path. */
export function gridOf({ width, height }: Pick<Page, 'width' | 'height'>, step: number): string {
  let path = '';
  for (let x = 0; x <= width + 1e-6; x += step) path += `M${x} 0V${height}`;
  for (let y = 0; y <= height + 1e-6; y += step) path += `M0 ${y}H${width}`;
  return path;
}

/** 1 mV for 0.2 s, as the recorder's own pulse: at 25 mm/s 5 mm wide. */
export function pulseOf(baseline: number, { speed, gain }: PaperScale): string {
  const wide = Math.min(0.2 * speed, 5);
  return `M0.8 ${baseline}h1v${-gain}h${wide}v${gain}h1`;
}
