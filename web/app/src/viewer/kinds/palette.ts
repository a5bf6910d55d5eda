import type { DicomJson } from '../dicom.model';
import { bulk } from '../dicomweb';
import { type Colour, colours, entries, expanded, inBytes, isIndexed } from './palette.model';

/** Writes the palettes of an image of indexed colour into its metadata as numbers; without them the decoder cannot show it. */
export async function withPalette(d: DicomJson, signal?: AbortSignal): Promise<DicomJson> {
  if (!isIndexed(d)) return d;
  const tables = await Promise.all(colours.map((c) => table(d, c, signal)));
  const known = colours.flatMap((c, i) => {
    const table = tables[i];
    return table ? [[c.data, { vr: 'US', Value: table }] as const] : [];
  });
  return { ...d, ...Object.fromEntries(known), ...inBytes(d, new Map(known.map(([t, { Value }]) => [t, Value]))) };
}

async function table(d: DicomJson, colour: Colour, signal?: AbortSignal): Promise<number[] | undefined> {
  const plain = await bulk(d, colour.data, signal);
  if (plain) return entries(d, colour, plain);
  const segmented = await bulk(d, colour.segmented, signal);
  return segmented && expanded(d, colour, segmented);
}
