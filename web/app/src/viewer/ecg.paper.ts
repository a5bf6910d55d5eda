/** Draws an ECG sheet on a canvas: 1 mm and 5 mm grid, calibration pulse, lead names, curves. */
import type { Sheet } from './ecg.model';

interface Scale {
  readonly speed: number; // mm/s
  readonly gain: number; // mm/mV
}

const rowHeight = 26; // mm, two large boxes above and below the baseline and a little
const margin = 8; // mm, room for the calibration pulse
const footer = 6;

/** Size of the sheet in millimetres. */
export function sheetSize(sheet: Sheet, scale: Scale): { width: number; height: number } {
  return {
    width: margin * 2 + sheet.secondsPerColumn * sheet.columns * scale.speed,
    height: rowHeight * sheet.rows + footer,
  };
}

const paper = '#fff9f6';
const fine = '#f8d9d2';
const bold = '#eda99b';
const ink = '#15181d';

export function drawSheet(canvas: HTMLCanvasElement, sheet: Sheet, rate: number, o: Scale & { width: number }): void {
  const size = sheetSize(sheet, o);
  const ctx = canvas.getContext('2d');
  if (!ctx || o.width <= 0) return;
  // One millimetre is at least 3 px, so that the grid can be counted; wider sheets scroll.
  const mm = Math.max(3, o.width / size.width);
  const dpr = window.devicePixelRatio || 1;
  canvas.width = Math.round(size.width * mm * dpr);
  canvas.height = Math.round(size.height * mm * dpr);
  canvas.style.width = `${size.width * mm}px`;
  canvas.style.height = `${size.height * mm}px`;
  ctx.setTransform(mm * dpr, 0, 0, mm * dpr, 0, 0);
  grid(ctx, size.width, size.height);
  ctx.strokeStyle = ink;
  ctx.fillStyle = ink;
  for (let row = 0; row < sheet.rows; row++) calibration(ctx, baseline(row), o.gain);
  for (const strip of sheet.strips) curve(ctx, strip, sheet, rate, o);
  ctx.font = '3px system-ui, sans-serif';
  ctx.fillText(`${o.speed} mm/s  ${o.gain} mm/mV`, margin, size.height - 2);
}

function baseline(row: number): number {
  return row * rowHeight + rowHeight / 2 + 2;
}

function grid(ctx: CanvasRenderingContext2D, width: number, height: number): void {
  ctx.fillStyle = paper;
  ctx.fillRect(0, 0, width, height);
  for (const [step, colour, line] of [
    [1, fine, 0.1],
    [5, bold, 0.18],
  ] as const) {
    ctx.beginPath();
    for (let x = 0; x <= width; x += step) line2(ctx, x, 0, x, height);
    for (let y = 0; y <= height; y += step) line2(ctx, 0, y, width, y);
    ctx.strokeStyle = colour;
    ctx.lineWidth = line;
    ctx.stroke();
  }
}

function line2(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
}

/** The 1 mV pulse at the left edge, by which a reader checks the gain. */
function calibration(ctx: CanvasRenderingContext2D, y: number, gain: number): void {
  ctx.beginPath();
  ctx.moveTo(1, y);
  ctx.lineTo(2, y);
  ctx.lineTo(2, y - gain);
  ctx.lineTo(6, y - gain);
  ctx.lineTo(6, y);
  ctx.lineTo(7, y);
  ctx.lineWidth = 0.3;
  ctx.stroke();
}

function curve(
  ctx: CanvasRenderingContext2D,
  strip: Sheet['strips'][number],
  sheet: Sheet,
  rate: number,
  o: Scale,
): void {
  const left = margin + strip.column * sheet.secondsPerColumn * o.speed;
  const y0 = baseline(strip.row);
  const start = Math.floor(strip.from * rate);
  const end = Math.min(strip.lead.millivolts.length, Math.ceil(strip.to * rate));
  ctx.beginPath();
  for (let i = start; i < end; i++) {
    const x = left + ((i - start) / rate) * o.speed;
    ctx.lineTo(x, y0 - (strip.lead.millivolts[i] ?? 0) * o.gain);
  }
  ctx.lineWidth = 0.28;
  ctx.lineJoin = 'round';
  ctx.stroke();
  ctx.font = '600 3.4px system-ui, sans-serif';
  ctx.fillText(strip.lead.name, left + 1, y0 - 9);
}
