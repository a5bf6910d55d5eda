/** The pictures of a study through the viewer's own path, for a test that compares their pixels. Built by pixels.test.mjs. */
import { imageLoader, type Types } from '@cornerstonejs/core';
import { loadStudy } from '@/viewer/dicomweb';
import { imageId } from '@/viewer/holding';
import { Pictures } from '@/viewer/pictures';
import { start } from '@/viewer/start';
import { stream } from '@/viewer/stream/stream';
import type { Series } from '@/viewer/study.model';

const pictures = new Pictures();
const hex = (b: ArrayBuffer) => [...new Uint8Array(b)].map((v) => v.toString(16).padStart(2, '0')).join('');

/** The stored values: the loader hands out rescaled ones (PS3.3 C.11.1.1.2). */
function stored(image: Types.IImage): Uint8Array {
  const data = image.voxelManager?.getScalarData() ?? image.getPixelData();
  const { scaled, scalingParameters: by } = image.preScale ?? {};
  if (!scaled || !by) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  const values = Int16Array.from(data, (v) => Math.round((v - by.rescaleIntercept) / by.rescaleSlope));
  return new Uint8Array(values.buffer);
}

/** What the frames of one series are after decoding: SHA-256 of all their pixels, or why there are none. */
async function decode(s: Series) {
  const parts: Uint8Array[] = [];
  let color = false;
  const ids = s.frames.map((f) => imageId(s.study, s.uid, f));
  for (const [i, f] of s.frames.entries()) pictures.hold(ids[i] ?? '', f.metadata);
  stream.hold(s, ids);
  for (const id of ids) {
    // As for a volume: never a preview.
    const image = await imageLoader.loadAndCacheImage(id, { targetBuffer: undefined });
    color = image.color;
    parts.push(stored(image));
  }
  stream.release(s.uid);
  for (const id of ids) pictures.release(id);
  const all = await new Blob(parts as BlobPart[]).arrayBuffer();
  return {
    series: s.uid,
    bytes: all.byteLength,
    frames: s.frames.length,
    color,
    sha: hex(await crypto.subtle.digest('SHA-256', all)).slice(0, 16),
  };
}

/** A decoder that never answers is a fault, too. */
const late = () => new Promise<never>((_, no) => setTimeout(() => no(new Error('no answer in 15 s')), 15_000));

async function run(study: string) {
  await start();
  const all = await loadStudy(study, () => undefined);
  const answers: unknown[] = [];
  for (const s of all) {
    if (s.kind !== 'stack') answers.push({ series: s.uid, error: `shown as ${s.kind}` });
    else
      answers.push(
        await Promise.race([decode(s), late()]).catch((e) => ({
          series: s.uid,
          error: String(e?.error ?? e?.message ?? e),
        })),
      );
  }
  return answers;
}

Object.assign(window, { run });
