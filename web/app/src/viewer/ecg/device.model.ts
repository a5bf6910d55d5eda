/** What the recorder itself says it measured (Waveform Annotation Sequence, PS3.3 C.10.10). Pure. */
import { type DicomJson, items, num, text } from '../dicom.model';

export interface DeviceValues {
  readonly rate?: number; // beats a minute
  readonly pr?: number; // ms
  readonly qrs?: number;
  readonly qt?: number;
  readonly qtc?: number;
  readonly axis?: number; // degrees, of the QRS
  /** Its own words about the recording, which no doctor has confirmed. */
  readonly words: readonly string[];
}

type Name = Exclude<keyof DeviceValues, 'words'> | 'rr';

/** By code (LOINC, MDC, SCP-ECG) where one is known, else by what the code means. */
const names: readonly [Name, RegExp, RegExp][] = [
  ['rate', /^(8867-4|2:16020)$/, /^(heart|ventricular) rate/i],
  ['rr', /^(8637-1|2:16168|5\.10\.2\.1-3)$/, /^(mean |median )?rr interval/i],
  ['pr', /^(8625-6|2:15872|5\.13\.5-7)$/, /^p[rq] (interval|duration)/i],
  ['qrs', /^(8633-0|2:16156|5\.13\.5-9)$/, /^qrs (duration|interval)/i],
  ['qt', /^(8634-8|2:16160|5\.13\.5-11)$/, /^qt (interval|duration)/i],
  ['qtc', /^(8636-3|2:16164|5\.10\.2\.5-5)$/, /^qtc/i],
  ['axis', /^(8632-2|2:16132|5\.10\.3-13)$/, /^qrs (wave )?axis/i],
];

export function deviceValues(d: DicomJson): DeviceValues | undefined {
  const found: Partial<Record<Name, number>> = {};
  const words: string[] = [];
  for (const a of items(d, '0040B020')) {
    const said = text(a, '00700006').trim();
    if (said) words.push(said);
    const concept = items(a, '0040A043')[0];
    const value = num(a, '0040A30A');
    if (!concept || value === undefined || value === 0) continue;
    const name = nameOf(text(concept, '00080100'), text(concept, '00080104'));
    if (name) found[name] ??= Math.round(value * factor(a));
  }
  if (words.length === 0 && Object.keys(found).length === 0) return undefined;
  const { rr, ...values } = found;
  return { ...values, rate: values.rate ?? (rr ? Math.round(60_000 / rr) : undefined), words };
}

function nameOf(code: string, meaning: string): Name | undefined {
  return (names.find(([, codes]) => codes.test(code)) ?? names.find(([, , words]) => words.test(meaning)))?.[0];
}

function factor(a: DicomJson): number {
  return text(items(a, '004008EA')[0] ?? {}, '00080100') === 's' ? 1000 : 1;
}
