/**
 * Writes the tables of pictures into their metadata as numbers: palettes, Modality and VOI LUTs, those of single frames, too. Without them
 * nothing can show what they say.
 */
import { type DicomJson, items, numbers } from '../dicom.model';
import { bulk } from '../dicomweb';
import { frameVoi, perFrame, shared } from '../frames.model';
import { entriesOf, tables } from './grey.model';
import { withPalette } from './palette';

export async function withTables(d: DicomJson, signal?: AbortSignal): Promise<DicomJson> {
  const indexed = await withPalette(d, signal);
  const within = (sequence: string, fill: (item: DicomJson) => Promise<DicomJson>) => each(d, sequence, fill);
  const ofObject = [tables.modality, tables.voi].map((sequence) => within(sequence, (item) => filled(item, signal)));
  const ofFrames = [shared, perFrame].map((groups) => within(groups, (group) => ofMacro(group, signal)));
  const entries = (await Promise.all([...ofObject, ...ofFrames])).flat();
  return entries.length > 0 ? { ...indexed, ...Object.fromEntries(entries) } : indexed;
}

type Entry = readonly [string, DicomJson[string]];

/** A sequence with each of its items filled, or nothing where there is none, or nothing to fill. */
async function each(
  d: DicomJson,
  sequence: string,
  fill: (item: DicomJson) => DicomJson | Promise<DicomJson>,
): Promise<Entry[]> {
  const before = items(d, sequence);
  const after = await Promise.all(before.map(fill));
  return after.some((item, i) => item !== before[i]) ? [[sequence, { vr: 'SQ', Value: after }]] : [];
}

/** A functional group with the tables of its Frame VOI LUT macro (PS3.3 C.7.6.16.2.10b). */
async function ofMacro(group: DicomJson, signal?: AbortSignal): Promise<DicomJson> {
  const macros = items(group, frameVoi);
  if (!macros.some((m) => m[tables.voi])) return group;
  const ofTables = async (m: DicomJson) =>
    Object.fromEntries([...Object.entries(m), ...(await each(m, tables.voi, (item) => filled(item, signal)))]);
  return { ...group, ...Object.fromEntries(await each(group, frameVoi, ofTables)) };
}

async function filled(item: DicomJson, signal?: AbortSignal): Promise<DicomJson> {
  const bytes = await bulk(item, tables.data, signal);
  if (!bytes) return item;
  const [count = 0, , bits = 16] = numbers(item, tables.descriptor);
  return { ...item, [tables.data]: { vr: 'US', Value: entriesOf(bytes, count || 65536, bits) } };
}
