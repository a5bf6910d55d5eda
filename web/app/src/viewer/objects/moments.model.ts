/** Places in time of a report, and the channels that they lie on (PS3.3 C.18.5, C.18.7). Pure. */
import { type DicomJson, dateText, items, numbers, text } from '../dicom.model';

const t = {
  range: '0040A130',
  samples: '0040A132',
  offsets: '0040A138',
  dates: '0040A13A',
  sop: '00081199',
  channels: '0040A0B0',
} as const;

/** Group of the waveform and channel in it, from 1; channel 0: all of the group. */
export type Channel = readonly [group: number, channel: number];

export interface Moments {
  /** begin: from there on; end: until there. */
  readonly reach: 'at' | 'begin' | 'end';
  readonly unit: 'seconds' | 'samples' | 'dates';
  /** Single moments and spans, as they are read. */
  readonly words: readonly string[];
}

const spans = new Set(['SEGMENT', 'MULTISEGMENT']);

export function momentsOf(d: DicomJson): Moments | undefined {
  const range = text(d, t.range);
  const reach = range === 'BEGIN' ? 'begin' : range === 'END' ? 'end' : 'at';
  const of = (unit: Moments['unit'], all: readonly string[]): Moments | undefined =>
    all.length > 0 ? { reach, unit, words: spans.has(range) ? paired(all) : all } : undefined;
  return (
    of('seconds', numbers(d, t.offsets).map(short)) ??
    of('samples', numbers(d, t.samples).map(String)) ??
    of('dates', dateTimes(d))
  );
}

/** To the millisecond. */
function short(seconds: number): string {
  return String(Math.round(seconds * 1000) / 1000);
}

/** The first and the last of each span; one that is left over stands alone. */
function paired(all: readonly string[]): string[] {
  return all.flatMap((v, i) => (i % 2 === 1 ? [] : [all.slice(i, i + 2).join('–') || v]));
}

function dateTimes(d: DicomJson): string[] {
  return (d[t.dates]?.Value ?? []).filter((v) => typeof v === 'string').map(dateTime);
}

/** A DT as it is read (PS3.5 6.2): to the second, as far as it goes. */
function dateTime(v: string): string {
  const clock = [v.slice(8, 10), v.slice(10, 12), v.slice(12, 14)].filter((s) => /^\d{2}$/.test(s));
  return `${dateText(v.slice(0, 8))} ${clock.join(':')}`.trim();
}

export function channelsOf(d: DicomJson): Channel[] {
  return items(d, t.sop).flatMap((s) => {
    const all = numbers(s, t.channels);
    return Array.from(
      { length: Math.floor(all.length / 2) },
      (_, i) => [all[2 * i] ?? 0, all[2 * i + 1] ?? 0] as const,
    );
  });
}
