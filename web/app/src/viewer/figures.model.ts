/** The numbers of a measurement, out of what Cornerstone computes. Pure. */

export type FigureKind = 'length' | 'angle' | 'mean' | 'sd' | 'min' | 'max' | 'area' | 'value';

export interface Figure {
  readonly kind: FigureKind;
  readonly value: number; // rounded to what is shown
  readonly unit: string; // mm, mm², HU, px …; empty without a unit
}

/** The statistics of one annotation on one image, as the tools cache them. */
export interface Stats {
  length?: number | null;
  unit?: string | null;
  angle?: number | null;
  mean?: number | null;
  stdDev?: number | null;
  min?: number | null;
  max?: number | null;
  area?: number | null;
  areaUnit?: string | null;
  value?: number | number[] | null;
  modalityUnit?: string | null;
}

/** What is worth showing, the telling number first. */
export function figuresOf(s: Stats | undefined): Figure[] {
  if (!s) return [];
  const unit = tidyUnit(s.modalityUnit);
  const value = Array.isArray(s.value) ? (s.value.length === 1 ? s.value[0] : undefined) : s.value;
  const all: [FigureKind, number | null | undefined, string, number][] = [
    ['length', s.length, tidyUnit(s.unit), 1],
    ['angle', s.angle, '°', 1],
    ['value', value, unit, 0],
    ['mean', s.mean, unit, 1],
    ['sd', s.stdDev, unit, 1],
    ['min', s.min, unit, 0],
    ['max', s.max, unit, 0],
    ['area', s.area, tidyUnit(s.areaUnit), 1],
  ];
  return all.flatMap(([kind, v, u, digits]) =>
    typeof v === 'number' && Number.isFinite(v) ? [{ kind, value: round(v, digits), unit: u }] : [],
  );
}

function round(v: number, digits: number): number {
  const r = Number(v.toFixed(digits));
  return r === 0 ? 0 : r; // no -0
}

/** Cornerstone marks units that it had to guess ("mm Est."), and raw pixels by words; both are told at the image's corner. */
function tidyUnit(unit: string | null | undefined): string {
  if (!unit || unit === 'raw' || unit === 'unitless') return '';
  return unit.replace(/\s.*$/, '').replace(/²|\^2/, '²');
}

/** One figure as it is read: 56.8 mm. */
export function figureText(f: Figure): string {
  return f.unit === '°' ? `${f.value}°` : f.unit ? `${f.value} ${f.unit}` : String(f.value);
}

/** The figures that stand in a report or a list: the extremes of a region are left out. */
export function tellingFigures(figures: readonly Figure[]): Figure[] {
  return figures.filter((f) => f.kind !== 'min' && f.kind !== 'max');
}
