/** Measurements as words of a report. Pure. */
import { type FigureKind, figureText, tellingFigures } from '@/viewer/figures.model';
import type { Measurement } from '@/viewer/measurements.model';

export type MarkKind =
  | 'length'
  | 'angle'
  | 'ratio'
  | 'region'
  | 'point'
  | 'arrow'
  | 'text'
  | 'calibration'
  | 'caliper'
  | 'other';

const kinds: Readonly<Record<string, MarkKind>> = {
  Length: 'length',
  Bidirectional: 'length',
  CardiothoracicRatio: 'ratio',
  Calibration: 'calibration',
  PlanarFreehandROI: 'region',
  Label: 'text',
  Angle: 'angle',
  CobbAngle: 'angle',
  EllipticalROI: 'region',
  RectangleROI: 'region',
  Probe: 'point',
  ArrowAnnotate: 'arrow',
  EcgInterval: 'caliper',
  EcgHeight: 'caliper',
  EcgMarch: 'caliper',
};

export function markKind(tool: string): MarkKind {
  return kinds[tool] ?? 'other';
}

type Named = Exclude<FigureKind, 'length' | 'angle' | 'value'>;

/** The numbers, the named ones with their names, those of an ECG with their lead; an arrow's words; the length that a calibration was given. */
export function markText(m: Measurement, nameOf: (kind: Named) => string): string {
  const figures = tellingFigures(m.figures ?? []);
  if (figures.length === 0) return m.known ? `${m.known} mm` : (m.label ?? '');
  const words = figures
    .map((f) => (isNamed(f.kind) ? `${nameOf(f.kind)} ${figureText(f)}` : figureText(f)))
    .join(' · ');
  return m.lead ? `${m.lead} ${words}` : words;
}

function isNamed(kind: FigureKind): kind is Named {
  return kind !== 'length' && kind !== 'angle' && kind !== 'value';
}

/** Puts words where the writer stands, or at the end: with a blank before them where two words would touch. */
export function inserted(text: string, words: string, at: number): { text: string; caret: number } {
  const before = text.slice(0, at);
  const touch = /[\p{L}\p{N}]$/u.test(before) && /^[\p{L}\p{N}]/u.test(words);
  const chinese = /\p{Script=Han}$/u.test(before) && /^\p{Script=Han}/u.test(words);
  const glue = touch && !chinese ? ' ' : '';
  const put = before + glue + words;
  return { text: put + text.slice(at), caret: put.length };
}
