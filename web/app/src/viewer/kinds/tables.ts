/** Writes the tables of pictures into their metadata as numbers: palettes, Modality and VOI LUTs. Without them nothing can show what they say. */
import { type DicomJson, items, numbers } from '../dicom.model';
import { bulk } from '../dicomweb';
import { entriesOf, tables } from './grey.model';
import { withPalette } from './palette';

export async function withTables(d: DicomJson, signal?: AbortSignal): Promise<DicomJson> {
  const indexed = await withPalette(d, signal);
  const found = await Promise.all(
    [tables.modality, tables.voi].map(async (sequence) => {
      const all = await Promise.all(items(d, sequence).map((item) => filled(item, signal)));
      return all.length > 0 ? [[sequence, { vr: 'SQ', Value: all }]] : [];
    }),
  );
  const entries = found.flat();
  return entries.length > 0 ? { ...indexed, ...Object.fromEntries(entries) } : indexed;
}

async function filled(item: DicomJson, signal?: AbortSignal): Promise<DicomJson> {
  const bytes = await bulk(item, tables.data, signal);
  if (!bytes) return item;
  const [count = 0, , bits = 16] = numbers(item, tables.descriptor);
  return { ...item, [tables.data]: { vr: 'US', Value: entriesOf(bytes, count || 65536, bits) } };
}
