/**
 * Standardised uptake by body weight (SUVbw, g/ml) of a PET picture: what its values are multiplied by, or why that is not known. After the
 * vendor-neutral way of QIBA and PS3.3 C.8.9.1. Pure.
 */
import { type DicomJson, items, num, tag, text } from '../dicom.model';
import { isEnhancedPet, suvOfEnhanced } from './suv.enhanced.model';
import { day, leastDose, longest, moment, momentOf, positive, type Suv, type SuvFlaw } from './uptake.model';

const t = {
  units: '00541001',
  corrected: '00280051',
  decay: '00541102',
  agents: '00540016',
  dose: '00181074',
  halfLife: '00181075',
  startTime: '00181072',
  startDateTime: '00181078',
  weight: '00101030',
  seriesDate: '00080021',
  seriesTime: '00080031',
  acquisitionDate: '00080022',
  acquisitionTime: '00080032',
  reference: '00541300',
  duration: '00181242',
  philipsSuv: '70531000',
  philipsActivity: '70531009',
} as const;

/** Undefined for what is no PET. */
export function suvOf(d: DicomJson): Suv | undefined {
  if (text(d, tag.modality) !== 'PT') return undefined;
  if (isEnhancedPet(d)) return suvOfEnhanced(d);
  const units = text(d, t.units);
  if (units === 'GML') return { factor: 1 };
  if (units === 'CNTS') {
    const known = positive(d, t.philipsSuv);
    if (known) return { factor: known };
    const activity = positive(d, t.philipsActivity);
    return activity ? byDose(d, activity) : { flaw: 'units' };
  }
  return units === 'BQML' ? byDose(d, 1) : { flaw: 'units' };
}

/** becquerels: in a millilitre for one of the picture's values. */
function byDose(d: DicomJson, becquerels: number): Suv {
  const corrections = (d[t.corrected]?.Value ?? []).map(String);
  if (!['ATTN', 'DECY'].every((c) => corrections.includes(c))) return { flaw: 'uncorrected' };
  const agent = items(d, t.agents)[0] ?? {};
  const dose = num(agent, t.dose);
  if (dose === undefined || dose < leastDose) return { flaw: 'dose' };
  const kilograms = positive(d, t.weight);
  if (!kilograms) return { flaw: 'weight' };
  const left = leftOf(d, agent);
  return typeof left === 'string' ? { flaw: left } : { factor: (becquerels * kilograms * 1000) / (dose * left) };
}

/** What part of the dose is left at the time to which the picture is corrected. */
function leftOf(d: DicomJson, agent: DicomJson): number | SuvFlaw {
  const decay = text(d, t.decay);
  if (decay === 'ADMIN') return 1;
  if (decay !== 'START') return 'decay';
  const half = positive(agent, t.halfLife);
  if (!half) return 'halfLife';
  const scanned = scanOf(d, half);
  if (scanned === undefined) return 'scanned';
  const injected = injectionOf(d, agent, scanned);
  const seconds = injected === undefined ? -1 : scanned - injected;
  return seconds >= 0 && seconds < longest ? 2 ** (-seconds / half) : 'injected';
}

/** The start of the scan: the series' own time, unless the series was made later than its pictures were taken. */
function scanOf(d: DicomJson, half: number): number | undefined {
  const series = moment(text(d, t.seriesDate), text(d, t.seriesTime));
  const taken = moment(text(d, t.acquisitionDate), text(d, t.acquisitionTime));
  if (series !== undefined && (taken === undefined || series <= taken)) return series;
  const [reference, duration] = [num(d, t.reference), positive(d, t.duration)];
  if (taken === undefined || reference === undefined || !duration) return undefined;
  // The reference time is that of the average count rate within the frame.
  const rate = Math.LN2 / half;
  const passed = (rate * duration) / 1000;
  const average = Math.log(passed / (1 - Math.exp(-passed))) / rate;
  return taken - (reference / 1000 - average);
}

function injectionOf(d: DicomJson, agent: DicomJson, scanned: number): number | undefined {
  const whole = text(agent, t.startDateTime);
  if (whole) return momentOf(whole);
  const time = text(agent, t.startTime);
  const same = time ? moment(text(d, t.seriesDate) || text(d, t.acquisitionDate), time) : undefined;
  // A time of day alone: after the scan is the day before.
  return same !== undefined && same > scanned ? same - day : same;
}
