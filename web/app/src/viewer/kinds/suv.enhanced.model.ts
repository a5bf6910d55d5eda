/**
 * Uptake in an Enhanced PET image (PS3.3 A.56): what the values of a frame are stands in its real world value mapping, the correction of decay by
 * its moment, and the dose is in megabecquerels. Pure.
 */
import { type DicomJson, items, num, tag, text } from '../dicom.model';
import { leastDose, longest, momentOf, positive, type Suv, type SuvFlaw } from './uptake.model';

const sopClass = '1.2.840.10008.5.1.4.1.1.130';

const t = {
  units: '00541001',
  mappings: '00409096',
  mappedUnits: '004008EA',
  code: '00080100',
  slope: '00409225',
  intercept: '00409224',
  rescaleSlope: '00281053',
  rescaleIntercept: '00281052',
  decayCorrected: '00189758',
  attenuationCorrected: '00189759',
  correctedTo: '00189701',
  agents: '00540016',
  agentNumber: '00189729',
  dose: '00181074',
  halfLife: '00181075',
  start: '00181078',
  weight: '00101030',
} as const;

/** A converted classic image says its units as it did. */
export function isEnhancedPet(d: DicomJson): boolean {
  return text(d, tag.sopClass) === sopClass || (text(d, t.units) === '' && d[t.mappings] !== undefined);
}

/** Of one frame, whose functional groups stand flat in its header. */
export function suvOfEnhanced(d: DicomJson): Suv {
  const mappings = items(d, t.mappings).map((m) => ({ m, unit: text(items(m, t.mappedUnits)[0] ?? {}, t.code) }));
  const uptake = mappings.find(({ unit }) => /\{SUVbw\}/.test(unit));
  const activity = mappings.find(({ unit }) => /^k?Bq\/ml$/i.test(unit));
  const chosen = uptake ?? activity;
  if (!chosen) return { flaw: 'units' };
  const times = proportion(d, chosen.m);
  if (times === undefined) return { flaw: 'mapping' };
  return uptake ? { factor: times } : byDose(d, chosen.unit.startsWith('k') ? 1000 * times : times);
}

/** What a displayed value is multiplied by to be a real one; undefined where that is no matter of proportion. Both begin with what is stored. */
function proportion(d: DicomJson, m: DicomJson): number | undefined {
  const [slope, intercept] = [num(m, t.slope), num(m, t.intercept) ?? 0];
  const [shown, from] = [num(d, t.rescaleSlope) || 1, num(d, t.rescaleIntercept) ?? 0];
  if (!slope || slope / shown <= 0) return undefined;
  const same = Math.abs(intercept * shown - from * slope) <= 1e-6 * Math.abs(slope * shown);
  return same ? slope / shown : undefined;
}

/** becquerels: in a millilitre for one of the picture's values. */
function byDose(d: DicomJson, becquerels: number): Suv {
  if (![t.decayCorrected, t.attenuationCorrected].every((c) => text(d, c) === 'YES')) return { flaw: 'uncorrected' };
  const agent = agentOf(d);
  const said = agent && positive(agent, t.dose);
  if (!agent || !said) return { flaw: 'dose' };
  const dose = said < leastDose ? said * 1e6 : said;
  const kilograms = positive(d, t.weight);
  if (!kilograms) return { flaw: 'weight' };
  const left = leftOf(d, agent);
  return typeof left === 'string' ? { flaw: left } : { factor: (becquerels * kilograms * 1000) / (dose * left) };
}

/** The agent whose activity the frame shows; of several it has to say which. */
function agentOf(d: DicomJson): DicomJson | undefined {
  const all = items(d, t.agents);
  const used = num(d, t.agentNumber);
  if (all.length < 2) return all[0];
  return used === undefined ? undefined : all.find((a) => num(a, t.agentNumber) === used);
}

/** What part of the dose is left at the moment to which the picture is corrected. */
function leftOf(d: DicomJson, agent: DicomJson): number | SuvFlaw {
  const half = positive(agent, t.halfLife);
  if (!half) return 'halfLife';
  const injected = momentOf(text(agent, t.start));
  if (injected === undefined) return 'injected';
  const corrected = momentOf(text(d, t.correctedTo));
  if (corrected === undefined) return 'decay';
  const seconds = corrected - injected;
  return seconds >= 0 && seconds < longest ? 2 ** (-seconds / half) : 'injected';
}
