import { decodeText, displayName } from './import-charset.model';

/** The few attributes of a DICOM file that say whose it is and where it belongs, read from its first bytes. Pure. */
export interface Header {
  /** Offset of the data set: the length of preamble and file meta information. */
  start: number;
  instance: string;
  study: string;
  series: string;
  patientName: string;
  patientId: string;
  /** YYYYMMDD or ''. */
  birthDate: string;
  /** M, F, O or ''. */
  sex: string;
  institution: string;
  studyDate: string;
  studyDescription: string;
  accession: string;
  modality: string;
  seriesNumber: string;
  seriesDescription: string;
}

export interface Meta {
  start: number;
  syntax: string;
  sopClass: string;
}

/** The SOP class of a DICOMDIR (PS3.4 Y). */
const directoryClass = '1.2.840.10008.1.3.10';
const deflated = '1.2.840.10008.1.2.1.99';
const implicit = '1.2.840.10008.1.2';
const bigEndian = '1.2.840.10008.1.2.2';

export const isDirectory = (meta: Meta) => meta.sopClass === directoryClass;
export const isDeflated = (meta: Meta) => meta.syntax === deflated;

const undefinedLength = 0xffffffff;
const longForms = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

/** What is wanted, by tag; the last of them ends the reading. */
const wanted: Record<number, keyof Header | 'charset'> = {
  524293: 'charset',
  524312: 'instance',
  524320: 'studyDate',
  524368: 'accession',
  524384: 'modality',
  524416: 'institution',
  528432: 'studyDescription',
  528446: 'seriesDescription',
  1048592: 'patientName',
  1048608: 'patientId',
  1048624: 'birthDate',
  1048640: 'sex',
  2097165: 'study',
  2097166: 'series',
  2097169: 'seriesNumber',
};
const last = 0x00200011;

/** More bytes of the file are needed. */
export class NeedMore extends Error {
  constructor(readonly bytes: number) {
    super('the header goes on');
  }
}

class Cursor {
  at = 0;
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    private readonly syntax: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private need(n: number): void {
    if (this.at + n > this.bytes.length) throw new NeedMore(this.at + n);
  }

  u16(): number {
    this.need(2);
    const n = this.view.getUint16(this.at, this.syntax !== bigEndian);
    this.at += 2;
    return n;
  }

  u32(): number {
    this.need(4);
    const n = this.view.getUint32(this.at, this.syntax !== bigEndian);
    this.at += 4;
    return n;
  }

  tag(): number {
    const group = this.u16();
    return group * 0x10000 + this.u16();
  }

  /** The length that follows a tag (PS3.5 7.1). */
  length(tag: number): number {
    if (this.syntax === implicit || tag >= 0xfffe0000) return this.u32();
    this.need(4);
    const vr = String.fromCharCode(this.bytes[this.at] as number, this.bytes[this.at + 1] as number);
    if (!/^[A-Z]{2}$/.test(vr)) throw new Error('no value representation');
    this.at += 2;
    if (!longForms.has(vr)) return this.u16();
    this.at += 2;
    return this.u32();
  }

  take(n: number): Uint8Array {
    this.need(n);
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  /** Steps over a sequence, or an item, that ends with a delimiter (PS3.5 7.5). */
  skipUndefined(depth = 0): void {
    if (depth > 16) throw new Error('nested too deeply');
    for (;;) {
      const tag = this.tag();
      const length = this.length(tag);
      if (tag === 0xfffee00d || tag === 0xfffee0dd) return;
      if (length === undefinedLength) this.skipUndefined(depth + 1);
      else this.skip(length);
    }
  }

  /** Steps over a value, which need not be there whole: whoever reads on says so. */
  skip(length: number): void {
    this.at += length;
    if (this.at > this.bytes.length) throw new NeedMore(this.at);
  }
}

const longest = 1024; // bytes of a value: what is longer is no name and no UID (PS3.5 6.2), and costs those who look at it seconds

/** A value without what pads it. */
function text(bytes: Uint8Array, charset = ''): string {
  const end = bytes.findLastIndex((b) => b !== 0 && b !== 0x20) + 1;
  return decodeText(bytes.subarray(0, Math.min(end, longest)), charset);
}

/** The file meta information (PS3.10 7.1), or undefined when these are not the first bytes of a DICOM file. */
export function readMeta(bytes: Uint8Array): Meta | undefined {
  if (bytes.length < 132 || text(bytes.subarray(128, 132)) !== 'DICM') return;
  const cursor = new Cursor(bytes, '');
  const meta: Meta = { start: 132, syntax: '', sopClass: '' };
  for (cursor.at = 132; ; meta.start = cursor.at) {
    const tag = cursor.tag();
    if (tag >= 0x00030000) return meta;
    const value = cursor.take(cursor.length(tag));
    if (tag === 0x00020002) meta.sopClass = text(value);
    if (tag === 0x00020010) meta.syntax = text(value);
  }
}

/** The header of a data set, whose first bytes (or all) are given without those of the file meta information. */
export function readHeader(bytes: Uint8Array, meta: Meta, all: boolean): Header {
  const cursor = new Cursor(bytes, meta.syntax);
  const found = new Map<string, Uint8Array>();
  for (let tag = 0; tag < last; ) {
    if (all && cursor.at === bytes.length) break;
    tag = cursor.tag();
    if (tag > last) break;
    const length = cursor.length(tag);
    const name = wanted[tag];
    if (length === undefinedLength) cursor.skipUndefined();
    else if (name) found.set(name, cursor.take(length));
    else cursor.skip(length);
  }
  const charset = text(found.get('charset') ?? new Uint8Array());
  const value = (name: keyof Header) => text(found.get(name) ?? new Uint8Array(), charset).trim();
  return {
    start: meta.start,
    instance: value('instance'),
    study: value('study'),
    series: value('series'),
    patientName: displayName(value('patientName')),
    patientId: value('patientId'),
    birthDate: value('birthDate').replaceAll('.', '').slice(0, 8),
    sex: value('sex'),
    institution: value('institution'),
    studyDate: value('studyDate').replaceAll('.', '').slice(0, 8),
    studyDescription: value('studyDescription'),
    accession: value('accession'),
    modality: value('modality'),
    seriesNumber: value('seriesNumber'),
    seriesDescription: value('seriesDescription'),
  };
}

/** Whether a header says where the instance belongs; what does not cannot be stored. */
export const isComplete = (header: Header) =>
  [header.instance, header.study, header.series].every((uid) => /^[0-9.]{1,64}$/.test(uid));
