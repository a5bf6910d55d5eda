/** What is done with a picture between its decoder and the display. Touches Cornerstone3D. */
import { type Types, utilities } from '@cornerstonejs/core';
import loader from '@cornerstonejs/dicom-image-loader';
import { type DicomJson, num, tag, text } from '../dicom.model';
import { canBeSoiled, cleaned, highBytes, unshared, type Words } from './bits.model';
import { extremes, looked, modalityTable, paddingOf, type Table, voiTable } from './grey.model';

/** Of pictures that were told to be YBR_FULL once their bytes were made so; they may be fetched again. */
const halved = new WeakSet<DicomJson>();

/** Native pixels, ready for the decoder. */
export function readied(id: string, bytes: Uint8Array): Uint8Array {
  const d = metadataOf(id);
  if (!d) return bytes;
  const [samples = 1, rows = 0, columns = 0] = [tag.samples, tag.rows, tag.columns].map((t) => num(d, t));
  const words = wordsOf(d);
  if (samples === 1) return cleaned(bytes, words);
  const { allocated } = words;
  const pixels = rows * columns;
  if (text(d, tag.photometric) === 'YBR_FULL_422') halved.add(d);
  if (!halved.has(d) || allocated !== 8 || bytes.length < 2 * pixels || bytes.length >= 3 * pixels) return bytes;
  Object.assign(d, { [tag.photometric]: { vr: 'CS', Value: ['YBR_FULL'] }, '00280006': { vr: 'US', Value: [0] } });
  return unshared(bytes, pixels);
}

function wordsOf(d: DicomJson): Words {
  const allocated = num(d, '00280100') ?? 16;
  const stored = num(d, tag.bitsStored) ?? allocated;
  return { allocated, stored, high: num(d, '00280102') ?? stored - 1, signed: num(d, '00280103') === 1 };
}

/**
 * Whether a picture that was compressed without loss has been taken from whole words, though not all of their bits are its values (PS3.5 8.1.1). What
 * is lossy may go beyond its values by itself.
 */
export function isSoiled(id: string, image: Types.IImage): boolean {
  const d = metadataOf(id);
  if (!d || image.color || (num(d, tag.samples) ?? 1) !== 1 || text(d, '00282110') === '01') return false;
  const words = wordsOf(d);
  if (!canBeSoiled(words)) return false;
  if (words.high >= words.stored) return true;
  const ends = [0, 2 ** words.stored - 1].map(meant(image.preScale));
  const found = [image.minPixelValue, image.maxPixelValue]; // the other way round where values fall
  return Math.min(...found) < Math.min(...ends) || Math.max(...found) > Math.max(...ends);
}

/** A decoded picture with its Modality LUT applied, its colours as the display takes them, and the window of what it shows where the file has none. */
export function finished(id: string, image: Types.IImage): Types.IImage {
  const d = metadataOf(id);
  if (!d) return image;
  if (image.color) return inBytes(d, image);
  const table = modalityTable(d);
  if (table) apply(table, image);
  const given = num(d, tag.windowWidth) !== undefined || voiTable(d) !== undefined || text(d, tag.modality) === 'PT';
  const plain = num(d, '00280100') === 8 && num(d, '00281053') === undefined && !table;
  const ends = given || plain ? undefined : extremes(scalars(image), paddingOf(d));
  if (!ends) return image;
  const { windowCenter, windowWidth } = utilities.windowLevel.toWindowLevel(...ends);
  return Object.assign(image, { windowCenter, windowWidth: Math.max(1.001, windowWidth), voiLUTFunction: 'LINEAR' });
}

function apply(table: Table, image: Types.IImage): void {
  const values = scalars(image);
  const data = table.entries.some((v) => v > 255) ? new Uint16Array(values.length) : new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = looked(table, values[i] ?? 0);
  replace(image, data, 1);
}

/**
 * Whether the values of a picture lost something: where the smallest and the largest are whole, Cornerstone's decoder takes all for whole; where larger
 * words mean less, it takes the largest for the smallest. It keeps what is stored in no more bits than what that means.
 */
export function isCut(image: Types.IImage): boolean {
  const { scaled, scalingParameters: s } = image.preScale ?? {};
  const factors = [s?.rescaleSlope, s?.rescaleIntercept, s?.suvbw];
  const parts = factors.some((v) => typeof v === 'number' && !Number.isInteger(v));
  const falls = (s?.rescaleSlope ?? 1) < 0;
  return !image.color && scaled === true && (parts || falls) && !(scalars(image) instanceof Float32Array);
}

/** A picture of stored values with those that they mean, by the scale that cut them. */
export function scaledBy(preScale: Types.IImage['preScale'], image: Types.IImage): Types.IImage {
  replace(image, Float32Array.from(scalars(image), meant(preScale)), 1);
  return Object.assign(image, { preScale });
}

/** What a stored value means; itself where it has not been scaled. */
function meant(preScale: Types.IImage['preScale']): (stored: number) => number {
  const { rescaleSlope = 1, rescaleIntercept = 0, suvbw = 1 } = (preScale?.scaled && preScale.scalingParameters) || {};
  return (v) => suvbw * (v * rescaleSlope + rescaleIntercept);
}

/** Colours of more than eight bits: the display would show each above 255 as the brightest. */
function inBytes(d: DicomJson, image: Types.IImage): Types.IImage {
  const values = scalars(image);
  if (values instanceof Uint16Array) replace(image, highBytes(values, num(d, tag.bitsStored) ?? 16), 3);
  return image;
}

function replace(image: Types.IImage, data: Uint8Array | Uint16Array | Float32Array, numberOfComponents: number): void {
  const [minPixelValue, maxPixelValue] = extremes(data, undefined) ?? [0, 0];
  const size = { width: image.columns, height: image.rows, numberOfComponents };
  Object.assign(image, {
    voxelManager: utilities.VoxelManager.createImageVoxelManager({ ...size, scalarData: data }),
    getPixelData: () => data,
    dataType: data.constructor.name,
    sizeInBytes: data.byteLength,
    minPixelValue,
    maxPixelValue,
  });
}

function scalars(image: Types.IImage): Types.PixelDataTypedArray {
  return image.voxelManager?.getScalarData() ?? image.getPixelData();
}

function metadataOf(id: string): DicomJson | undefined {
  return loader.wadors.metaDataManager.get(id) as unknown as DicomJson | undefined;
}
