/** The resting ECG: samples in millivolts, and where each lead stands on the paper. Pure. */

import { type DicomJson, first, items, num, tag, text } from './dicom.model';
import { bulk } from './dicomweb';

export interface Lead {
  readonly name: string;
  readonly millivolts: Float32Array;
}

export interface Ecg {
  readonly rate: number; // samples a second
  readonly seconds: number;
  readonly leads: readonly Lead[];
}

const standardOrder = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];

// UCUM units of Channel Sensitivity Units Sequence (PS3.3 C.10.9.1.4.2), as factors to millivolts.
const toMillivolts: Record<string, number> = { uV: 0.001, mV: 1, V: 1000, nV: 0.000001 };

/** Decodes the first multiplex group that is a rhythm of at least one second. */
export async function loadEcg(d: DicomJson, signal?: AbortSignal): Promise<Ecg | undefined> {
  for (const group of items(d, tag.waveforms)) {
    const data = await bulk(group, '54001010', signal);
    const ecg = data && decode(group, data);
    if (ecg && ecg.seconds >= 1) return ecg;
  }
  return undefined;
}

/** Decodes one item of Waveform Sequence (PS3.3 C.10.9): channels interleaved, 8 or 16 bit, little endian. */
export function decode(group: DicomJson, data: ArrayBuffer): Ecg | undefined {
  const channels = num(group, '003A0005') ?? 0;
  const rate = num(group, '003A001A') ?? 0;
  const bits = num(group, '54001004') ?? 16;
  const definitions = items(group, '003A0200');
  if (channels <= 0 || rate <= 0 || definitions.length !== channels || (bits !== 16 && bits !== 8)) return undefined;
  const width = bits / 8;
  const samples = Math.min(
    num(group, '003A0010') ?? Number.POSITIVE_INFINITY,
    Math.floor(data.byteLength / width / channels),
  );
  const view = new DataView(data);
  const leads = definitions.map((def, c) => {
    const scale = sensitivity(def);
    const baseline = num(def, '003A0213') ?? 0;
    const mv = new Float32Array(samples);
    for (let s = 0; s < samples; s++) {
      const at = (s * channels + c) * width;
      const raw = width === 2 ? view.getInt16(at, true) : view.getInt8(at);
      mv[s] = (raw + baseline) * scale;
    }
    return { name: leadName(def), millivolts: mv };
  });
  return { rate, seconds: samples / rate, leads: order(leads) };
}

function sensitivity(def: DicomJson): number {
  const value = num(def, '003A0210') ?? 1;
  const correction = num(def, '003A0212') ?? 1;
  const unit = text(items(def, '003A0211')[0] ?? {}, '00080100');
  return value * correction * (toMillivolts[unit] ?? 0.001);
}

function leadName(def: DicomJson): string {
  const source = items(def, '003A0208')[0] ?? {};
  const meaning = text(source, '00080104') || String(first(def, '003A0203') ?? '');
  return meaning
    .replace(/^lead\s+/i, '')
    .replace(/\s*\(.*\)$/, '')
    .trim();
}

function order(leads: Lead[]): Lead[] {
  const rank = (l: Lead) => {
    const i = standardOrder.findIndex((n) => n.toLowerCase() === l.name.toLowerCase());
    return i < 0 ? standardOrder.length : i;
  };
  return [...leads].sort((a, b) => rank(a) - rank(b));
}

export type EcgLayout = '3x4' | '6x2' | '12x1';

export interface Strip {
  readonly lead: Lead;
  readonly row: number;
  readonly from: number; // seconds
  readonly to: number;
  readonly column: number;
}

export interface Sheet {
  readonly rows: number;
  readonly columns: number;
  readonly secondsPerColumn: number;
  readonly strips: readonly Strip[];
}

/** Lays the leads out: 3×4 with a rhythm strip of lead II below, 6×2, or all one below the other. */
export function layOut(ecg: Ecg, layout: EcgLayout): Sheet {
  const [rows, columns] = layout === '3x4' ? [3, 4] : layout === '6x2' ? [6, 2] : [Math.max(1, ecg.leads.length), 1];
  const span = Math.min(ecg.seconds, 10);
  const secondsPerColumn = span / columns;
  const strips: Strip[] = ecg.leads.slice(0, rows * columns).map((lead, i) => {
    const column = Math.floor(i / rows);
    return { lead, row: i % rows, column, from: column * secondsPerColumn, to: (column + 1) * secondsPerColumn };
  });
  const rhythm = layout === '3x4' ? ecg.leads.find((l) => l.name.toUpperCase() === 'II') : undefined;
  if (rhythm) strips.push({ lead: rhythm, row: rows, column: 0, from: 0, to: span });
  return { rows: rows + (rhythm ? 1 : 0), columns, secondsPerColumn, strips };
}
