/** The resting ECG: its groups of channels, in millivolts. Pure but for loadEcg. */

import { type DicomJson, first, items, num, tag, text } from '../dicom.model';
import { bulk } from '../dicomweb';
import type { Series } from '../study.model';

export interface Lead {
  readonly name: string;
  /** NaN where the file has no value. */
  readonly millivolts: Float32Array;
  /** Where the file has it: item of Waveform Sequence and channel of that, both from 1 (PS3.3 C.18.5.1.1). */
  readonly channel?: readonly [group: number, number: number];
}

/** What the device did to the signal before it was kept (PS3.3 C.10.9.1.4.5), Hz. */
export interface Band {
  readonly low?: number;
  readonly high?: number;
  readonly notch?: number;
}

export interface Ecg {
  readonly rate: number; // samples a second
  readonly seconds: number;
  readonly leads: readonly Lead[];
  readonly device: Band;
  /** MULTIPLEX GROUP LABEL: RHYTHM, MEDIAN BEAT … */
  readonly label: string;
}

const standardOrder = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const shortest = 2; // seconds of a rhythm; a median beat is shorter

// UCUM units of Channel Sensitivity Units Sequence (PS3.3 C.10.9.1.4.2), as factors to millivolts.
const toMillivolts: Record<string, number> = { uV: 0.001, mV: 1, V: 1000, nV: 0.000001 };

/** The rhythm of a file: its longest group that is not derived from others. */
export async function loadEcg(d: DicomJson, signal?: AbortSignal): Promise<Ecg | undefined> {
  const groups = await Promise.all(
    items(d, tag.waveforms).map(async (group, i) => {
      const data = await bulk(group, '54001010', signal);
      return data && decode(group, data, i + 1);
    }),
  );
  return rhythmOf(groups.filter((g) => g !== undefined));
}

/** The recordings that one may be compared with: newest first. */
export function otherEcgs(all: readonly Series[], shown: Series): Series[] {
  const at = (s: Series) => text(s.metadata, tag.studyDate) + text(s.metadata, tag.studyTime);
  return all.filter((s) => s.kind === 'ecg' && s.uid !== shown.uid).sort((a, b) => at(b).localeCompare(at(a)));
}

/** Among the groups of a file the rhythm; a file of single beats alone shows its longest. */
export function rhythmOf(groups: readonly Ecg[]): Ecg | undefined {
  const rank = (e: Ecg) => (e.seconds >= shortest && !/MEDIAN|BEAT|AVERAGE/i.test(e.label) ? 1 : 0);
  return [...groups].sort((a, b) => rank(b) - rank(a) || b.seconds - a.seconds)[0];
}

type Reader = (view: DataView, at: number) => number;

/** Sample interpretations by bits (PS3.3 C.10.9.1.5); the companded ones (MB, AB) belong to voice. */
const readers: Record<string, Reader | undefined> = {
  '8SB': (v, at) => v.getInt8(at),
  '8UB': (v, at) => v.getUint8(at),
  '16SS': (v, at) => v.getInt16(at, true),
  '16US': (v, at) => v.getUint16(at, true),
  '32SL': (v, at) => v.getInt32(at, true),
  '32UL': (v, at) => v.getUint32(at, true),
};

/** Decodes one item of Waveform Sequence (PS3.3 C.10.9): channels interleaved, little endian. */
export function decode(group: DicomJson, data: ArrayBuffer, nth = 1): Ecg | undefined {
  const channels = num(group, '003A0005') ?? 0;
  const rate = num(group, '003A001A') ?? 0;
  const bits = num(group, '54001004') ?? 16;
  const kind = text(group, '54001006') || (bits === 8 ? 'SB' : bits === 16 ? 'SS' : 'SL');
  const read = readers[`${bits}${kind}`];
  const definitions = items(group, '003A0200');
  if (channels <= 0 || rate <= 0 || definitions.length !== channels || !read) return undefined;
  const width = bits / 8;
  const samples = Math.min(
    num(group, '003A0010') ?? Number.POSITIVE_INFINITY,
    Math.floor(data.byteLength / width / channels),
  );
  const view = new DataView(data);
  const padding = paddingOf(group, read);
  const leads = definitions.map((def, c) => {
    const { scale, baseline } = scaleOf(def);
    const mv = new Float32Array(samples);
    for (let s = 0; s < samples; s++) {
      const raw = read(view, (s * channels + c) * width);
      mv[s] = raw === padding ? Number.NaN : raw * scale + baseline;
    }
    const channel = [nth, c + 1] as const;
    return { name: leadName(def), millivolts: deskew(mv, skewOf(def, rate)), channel };
  });
  return {
    rate,
    seconds: samples / rate,
    leads: inOrder(leads),
    device: bandOf(definitions[0] ?? {}),
    label: text(group, '003A0020').trim(),
  };
}

/** Waveform Padding Value stands as bytes of the sample's own kind. */
function paddingOf(group: DicomJson, read: Reader): number | undefined {
  const value = group['5400100A'];
  const code = value?.InlineBinary ?? (typeof value?.Value?.[0] === 'string' ? String(value.Value[0]) : undefined);
  if (code === undefined) return num(group, '5400100A');
  const bytes = Uint8Array.from(atob(code), (c) => c.charCodeAt(0));
  try {
    return read(new DataView(bytes.buffer), 0);
  } catch {
    return undefined; // shorter than a sample
  }
}

/** Millivolts of one step, and of raw 0: Channel Baseline is in the units of the sensitivity (PS3.3 C.10.9.1.4.2). */
function scaleOf(def: DicomJson): { scale: number; baseline: number } {
  const unit = toMillivolts[text(items(def, '003A0211')[0] ?? {}, '00080100')] ?? 0.001;
  const step = (num(def, '003A0210') ?? 1) * (num(def, '003A0212') ?? 1);
  return { scale: step * unit, baseline: (num(def, '003A0213') ?? 0) * unit };
}

/** By how many samples a channel was taken later than the first: Channel Time Skew in seconds, or Sample Skew. */
function skewOf(def: DicomJson, rate: number): number {
  const seconds = num(def, '003A0214');
  return seconds === undefined ? (num(def, '003A0215') ?? 0) : seconds * rate;
}

/** What the channel would have shown at the moments of the first one, between two samples on the line. */
function deskew(mv: Float32Array, skew: number): Float32Array {
  if (skew === 0 || Math.abs(skew) > mv.length) return mv;
  const whole = Math.floor(-skew);
  const part = -skew - whole;
  return mv.map((_, i) => {
    const a = mv[i + whole] ?? Number.NaN;
    return part === 0 ? a : a + part * ((mv[i + whole + 1] ?? Number.NaN) - a);
  });
}

function bandOf(def: DicomJson): Band {
  const positive = (t: string) => num(def, t) || undefined;
  return { low: positive('003A0220'), high: positive('003A0221'), notch: positive('003A0222') };
}

function leadName(def: DicomJson): string {
  const source = items(def, '003A0208')[0] ?? {};
  const meaning = String(text(source, '00080104') || (first(def, '003A0203') ?? ''));
  const name = meaning
    .replace(/^lead\s+/i, '')
    .replace(/\s*\(.*\)$/, '')
    .replace(/,.*$/, '')
    .trim();
  return standardOrder.find((n) => n.toLowerCase() === name.toLowerCase()) ?? name;
}

function inOrder(leads: Lead[]): Lead[] {
  const rank = (l: Lead) => {
    const i = standardOrder.indexOf(l.name);
    return i < 0 ? standardOrder.length : i;
  };
  return [...leads].sort((a, b) => rank(a) - rank(b));
}
