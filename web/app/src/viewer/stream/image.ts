/** Makes Cornerstone's images of what came over the line, and puts them where they are shown. Touches Cornerstone3D. */
import {
  cache,
  Enums,
  getRenderingEngines,
  getWebWorkerManager,
  metaData,
  StackViewport,
  type Types,
} from '@cornerstonejs/core';
import loader from '@cornerstonejs/dicom-image-loader';
import { annotation } from '@cornerstonejs/tools';
import type { DicomJson } from '../dicom.model';
import { colours, isIndexed } from '../kinds/palette.model';
import { isByPlane } from '../kinds/planes.model';
import { segmentsOf, unrolled } from '../kinds/rle.model';
import { finished, isCut, isSoiled, readied, scaledBy } from '../kinds/shown';
import type { Pixels } from './fetch';
import { enlarge, type Preview } from './records';

const jpegls = '1.2.840.10008.1.2.4.80';
const explicit = '1.2.840.10008.1.2.1';
const runLengths = '1.2.840.10008.1.2.5';
const little = new Set(['1.2.840.10008.1.2', explicit, '1.2.840.10008.1.2.1.99']);
const native = new Set([...little, '1.2.840.10008.1.2.2']);
const lossy = new Set(['50', '51', '53', '55', '81'].map((n) => `1.2.840.10008.1.2.4.${n}`));
const { SUBRESOLUTION, FULL_RESOLUTION } = Enums.ImageQualityStatus;

type Options = Record<string, unknown>;

interface Size {
  rows: number;
  columns: number;
}

interface PixelModule extends Size {
  samplesPerPixel: number;
  bitsAllocated: number;
  photometricInterpretation: string;
}

/** An image of a preview: as large as the frame, so that places and windows are the same, and marked as what it is. */
export async function imageOfPreview(id: string, p: Preview, options: Options): Promise<Types.IImage> {
  const size = { rows: p.rows, columns: p.columns };
  const codes = {
    ...size,
    codes: Uint8Array.from(await decoded(bytewise(size), jpegls, p.data)),
    steps: p.steps,
    factor: p.factor,
  };
  const frame = metaData.get('imagePixelModule', id) as { rows: number; columns: number; bitsAllocated: number };
  const bytes = enlarge(codes, frame.rows, frame.columns, frame.bitsAllocated === 8 ? 1 : 2);
  return made(id, bytes, explicit, options, SUBRESOLUTION);
}

const bytewise = (size: Size): PixelModule => ({
  ...size,
  bitsAllocated: 8,
  samplesPerPixel: 1,
  photometricInterpretation: 'MONOCHROME2',
});

/** The words of a frame as the loader's worker decodes them, all their bits. */
async function decoded(of: PixelModule, transferSyntax: string, pixelData: Uint8Array): Promise<ArrayLike<number>> {
  const task = {
    imageFrame: { ...of, bitsStored: of.bitsAllocated, pixelRepresentation: 0 },
    transferSyntax,
    pixelData,
    options: { preScale: { enabled: false } },
    decodeConfig: {},
  };
  const requestType = Enums.RequestType.Interaction;
  const done = await getWebWorkerManager().executeTask('dicomImageLoader', 'decodeTask', task, { requestType });
  return (done as { pixelData: ArrayLike<number> }).pixelData;
}

/** What a picture has of its words, which came compressed as they are. */
async function valuesOnly(id: string, bytes: Uint8Array, syntax: string): Promise<Uint8Array> {
  const of = metaData.get('imagePixelModule', id) as PixelModule;
  const words = await decoded(of, syntax, bytes);
  return readied(id, of.bitsAllocated === 8 ? Uint8Array.from(words) : new Uint8Array(Uint16Array.from(words).buffer));
}

/** Two by two black pixels. */
const tiny = [255, 216, 255, 247, 0, 11, 8, 0, 2, 0, 2, 1, 1, 17, 0, 255, 218, 0, 8, 1, 1, 0, 0, 0, 0, 240, 255, 217];

/** Lets the workers load their decoder before the first picture needs it, and before the line may go. */
export async function warmDecoder(): Promise<void> {
  const once = () => decoded(bytewise({ rows: 2, columns: 2 }), jpegls, Uint8Array.from(tiny)).catch(() => undefined); // the first picture tries again
  await once(); // the others find its code in the browser's cache
  await Promise.all(Array.from({ length: 4 }, once));
}

export async function imageOfPixels(id: string, p: Pixels, options: Options): Promise<Types.IImage> {
  if (p.syntax.startsWith(jpegls.slice(0, -1)) && isByPlane(p.bytes)) {
    planar(id, 1); // the decoder leaves the planes as they come
  }
  const { bytes, syntax } = p.syntax === runLengths ? unpacked(id, p) : p;
  const ready = little.has(syntax) ? readied(id, bytes) : bytes;
  refuseCut(id, ready, syntax);
  refuseColourless(id);
  return made(id, ready, syntax, options, FULL_RESOLUTION);
}

/** Run lengths are looked at before the decoder counts on them; colours of sixteen bits it lays over one another, so they are unpacked here. */
function unpacked(id: string, p: Pixels): { bytes: Uint8Array; syntax: string } {
  const of = metaData.get('imagePixelModule', id) as PixelModule;
  const shape = { pixels: of.rows * of.columns, samples: of.samplesPerPixel, allocated: of.bitsAllocated };
  if (shape.samples > 1 && shape.allocated === 16) {
    planar(id, 0);
    return { bytes: unrolled(p.bytes, shape), syntax: explicit };
  }
  segmentsOf(p.bytes, shape);
  return p;
}

/** Says how the samples lie now (Planar Configuration), whatever the file said. */
function planar(id: string, configuration: 0 | 1): void {
  const metadata: unknown = loader.wadors.metaDataManager.get(id);
  if (metadata) Object.assign(metadata, { '00280006': { vr: 'US', Value: [configuration] } });
}

/** Native pixels that are fewer than the picture has would be shown as another picture, or none. */
function refuseCut(id: string, bytes: Uint8Array, syntax: string): void {
  const of = metaData.get('imagePixelModule', id) as PixelModule;
  const samples = of.photometricInterpretation === 'YBR_FULL_422' ? 2 : of.samplesPerPixel; // two pixels share their colour
  const size = Math.floor((of.rows * of.columns * samples * of.bitsAllocated) / 8);
  if (native.has(syntax) && bytes.length < size) throw new Error(`${bytes.length} bytes of ${size}`);
}

/** Indices without all three tables: the loader would neither show nor refuse them. */
function refuseColourless(id: string): void {
  const d = loader.wadors.metaDataManager.get(id) as unknown as DicomJson | undefined;
  if (d && isIndexed(d) && !colours.every((c) => d[c.data]?.Value?.length)) throw new Error('no complete palette');
}

const patience = 30_000; // ms for a decoder

async function made(
  id: string,
  bytes: Uint8Array,
  syntax: string,
  options: Options,
  quality: number,
): Promise<Types.IImage> {
  const create = (o: Options) =>
    withinTime(loader.createImage(id, bytes as never, syntax, o as never) as Promise<Types.IImage>, patience);
  const first = await create({ ...options });
  if (!little.has(syntax) && !lossy.has(syntax) && isSoiled(id, first))
    return made(id, await valuesOnly(id, bytes, syntax), explicit, options, quality);
  const image = isCut(first)
    ? scaledBy(first.preScale, await create({ ...options, preScale: { enabled: false } }))
    : first;
  return Object.assign(finished(id, image), { imageQualityStatus: quality, transferSyntaxUID: syntax });
}

/** What the loader throws once a frame is decoded it tells nobody: neither comes a picture nor an error. */
async function withinTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, no) => {
    timer = setTimeout(() => no(new Error(`not decoded in ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The picture itself under an identifier, if it is here. */
export function wholeOf(id: string): Types.IImage | undefined {
  const image = cache.getImage(id);
  return image?.imageQualityStatus === FULL_RESOLUTION ? image : undefined;
}

/** Whether what is shown under an identifier is a preview. */
export function isPreview(id: string | undefined): boolean {
  return id !== undefined && cache.getImage(id)?.imageQualityStatus === SUBRESOLUTION;
}

/** Whether the pixels themselves are here. */
export function isWhole(id: string | undefined): boolean {
  return id !== undefined && wholeOf(id) !== undefined;
}

/** Puts an image where others look for it, and in the place of its preview wherever that is on show. Window, place and zoom stay. */
export function place(id: string, image: Types.IImage): void {
  const before = cache.getImageLoadObject(id);
  if (before) cache.removeImageLoadObject(id, { force: true }); // a volume may have it; it takes the new one
  void cache.putImageLoadObject(id, { promise: Promise.resolve(image) })?.catch(() => undefined); // no room: it is fetched again
  for (const engine of getRenderingEngines() ?? []) {
    for (const viewport of engine.getViewports()) {
      // While another picture is awaited the former one is left as it is: Cornerstone would give its window to the one that comes.
      if (!(viewport instanceof StackViewport) || viewport.getCurrentImageId() !== id) continue;
      if (viewport.getCornerstoneImage()?.imageId !== id) continue;
      viewport.renderImageObject(image);
      viewport.render();
    }
  }
  // What was measured on the preview is measured again.
  for (const a of annotation.state.getAllAnnotations()) {
    if (a.metadata?.referencedImageId !== id) continue;
    a.invalidated = true;
    const { cachedStats } = a.data as { cachedStats?: Record<string, unknown> };
    if (cachedStats) delete cachedStats[`imageId:${id}`]; // it may not be on show when that happens
  }
}
