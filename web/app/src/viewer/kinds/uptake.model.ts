/** What the two ways to uptake share: the times of DICOM, doses, and what is missing. Pure. */
import { type DicomJson, num } from '../dicom.model';

/** units: not activity; mapping: not in proportion to it; the others: what is missing, or cannot be. */
export type SuvFlaw =
  | 'units'
  | 'mapping'
  | 'uncorrected'
  | 'decay'
  | 'dose'
  | 'weight'
  | 'halfLife'
  | 'injected'
  | 'scanned';

export type Suv = { readonly factor: number; readonly flaw?: undefined } | { readonly flaw: SuvFlaw };

/** Bq; a dose below it was written in megabecquerels. */
export const leastDose = 1e5;

export const day = 86_400; // s
/** From an injection to a scan. */
export const longest = 3 * day;

/** Seconds since some day, of a DICOM date and time; undefined without either. */
export function moment(date: string, time: string): number | undefined {
  const [, y, m, dd] = /^(\d{4})(\d\d)(\d\d)$/.exec(date) ?? [];
  const [, hour, minute = '0', second = '0'] = /^(\d\d)(\d\d)?(\d\d(?:\.\d+)?)?/.exec(time) ?? [];
  if (!y || !hour) return undefined;
  return Date.UTC(Number(y), Number(m) - 1, Number(dd), Number(hour), Number(minute)) / 1000 + Number(second);
}

/** The same of a DT, by its own clock. */
export function momentOf(dateTime: string): number | undefined {
  return moment(dateTime.slice(0, 8), dateTime.slice(8).replace(/[+-]\d{4}$/, ''));
}

export function positive(d: DicomJson, at: string): number | undefined {
  const v = num(d, at);
  return v !== undefined && v > 0 ? v : undefined;
}
