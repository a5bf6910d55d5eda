/** The numbers of a measurement, as they are shown and kept. Pure. */

export type FigureKind =
  | 'length'
  | 'width' // the short one of two diameters
  | 'angle'
  | 'ratio'
  | 'heart'
  | 'thorax'
  | 'value'
  | 'stored' // the value as it stands in the file
  | 'mean'
  | 'sd'
  | 'min'
  | 'max'
  | 'area'
  | 'time' // between two places of a trace
  | 'depth'
  | 'difference' // of two velocities, or frequencies
  | 'slope'
  | 'rate' // of beats
  | 'voltage'
  | 'speed'
  | 'shift' // of frequency
  | 'gradient'; // of pressure

export interface Figure {
  readonly kind: FigureKind;
  readonly value: number; // rounded to what is shown
  readonly unit: string; // mm, mm², HU, px …; empty without a unit
}

/** What a tool reads from the pixels under one annotation, as Cornerstone caches it. */
export interface Stats {
  mean?: number | null;
  stdDev?: number | null;
  min?: number | null;
  max?: number | null;
  value?: number | number[] | null;
  stored?: number | null;
  modalityUnit?: string | readonly string[] | null;
}

/** The figures out of pixels. */
export function figuresOf(s: Stats | undefined): Figure[] {
  if (!s) return [];
  const unit = tidyUnit(s.modalityUnit);
  const fine = unit === 'SUV' ? 2 : 0; // SUV are small numbers
  // In an ultrasound region Cornerstone reads its axes in the place of the value; those are read by trace.model.ts.
  const ofAxes = Array.isArray(s.modalityUnit);
  const value = Array.isArray(s.value) ? (s.value.length === 1 && !ofAxes ? s.value[0] : undefined) : s.value;
  const all: [FigureKind, number | null | undefined, string, number][] = [
    ['value', value, unit, fine],
    ['stored', s.stored, '', 0],
    ['mean', s.mean, unit, Math.max(1, fine)],
    ['sd', s.stdDev, unit, Math.max(1, fine)],
    ['min', s.min, unit, fine],
    ['max', s.max, unit, fine],
  ];
  return all.flatMap(([kind, v, u, digits]) =>
    typeof v === 'number' && Number.isFinite(v) ? [{ kind, value: rounded(v, digits), unit: u }] : [],
  );
}

const telling: readonly FigureKind[] = [
  'speed',
  'shift',
  'gradient',
  'time',
  'depth',
  'difference',
  'slope',
  'rate',
  'voltage',
  'ratio',
  'length',
  'width',
  'angle',
  'value',
  'stored',
  'mean',
  'sd',
  'min',
  'max',
  'area',
  'heart',
  'thorax',
];

/** The telling number first. */
export function byTelling(figures: readonly Figure[]): Figure[] {
  return [...figures].sort((a, b) => telling.indexOf(a.kind) - telling.indexOf(b.kind));
}

/** Whether a figure comes out of pixels, and so is known only while the picture is at hand. */
export function isOfPixels(kind: FigureKind): boolean {
  return ['value', 'stored', 'mean', 'sd', 'min', 'max'].includes(kind);
}

export function rounded(v: number, digits: number): number {
  const r = Number(v.toFixed(digits));
  return r === 0 ? 0 : r; // no -0
}

/** Cornerstone says raw pixels by words. */
function tidyUnit(unit: Stats['modalityUnit']): string {
  if (typeof unit !== 'string' || !unit || unit === 'raw' || unit === 'unitless' || unit === 'unknown') return '';
  return unit.replace(/\s.*$/, '');
}

/** One figure as it is read: 56.8 mm. */
export function figureText(f: Figure): string {
  if (f.kind === 'ratio') return f.value.toFixed(2);
  return f.unit === '°' ? `${f.value}°` : f.unit ? `${f.value} ${f.unit}` : String(f.value);
}

/** The figures that stand in a report or a list: the extremes of a region and the file's own value are left out. */
export function tellingFigures(figures: readonly Figure[]): Figure[] {
  return figures.filter((f) => !['min', 'max', 'stored'].includes(f.kind));
}
