/** Graphics that come with the pixels of a picture, a bit each (PS3.3 C.9.2). Pure. */
import { type DicomJson, num, numbers, tag, text } from '../dicom.model';

export interface OverlayPlane {
  readonly group: string; // 6000 to 60FE
  readonly rows: number;
  readonly columns: number;
  /** Of its first pixel within the picture, from 1; negative outside. */
  readonly row: number;
  readonly column: number;
  /** Graphics, or a region of interest. */
  readonly type: 'G' | 'R';
  readonly label: string;
  /** Frames of the picture that it is for: `frames` of them from `first` on, each with bits of its own; 0 for all. */
  readonly first: number;
  readonly frames: number;
  /** Of a retired kind, whose bits are one of each stored pixel's that no value needs: which, from 0. */
  readonly within?: number;
}

const groups = Array.from({ length: 16 }, (_, i) => `60${(2 * i).toString(16).padStart(2, '0').toUpperCase()}`);

export const bitsOf = (group: string) => `${group}3000`;

/** The planes of a file, whose bits stand beside the pixels or, as until 2004, within them. */
export function overlaysOf(d: DicomJson): OverlayPlane[] {
  return groups.flatMap((group) => {
    const [rows = 0, columns = 0] = [num(d, `${group}0010`), num(d, `${group}0011`)];
    const beside = d[bitsOf(group)] !== undefined;
    const within = beside ? undefined : bitWithin(d, group);
    if (!(beside || within !== undefined) || rows <= 0 || columns <= 0) return [];
    if (within !== undefined) return [{ ...embedded, group, rows, columns, within }];
    const [row = 1, column = 1] = numbers(d, `${group}0050`);
    const frames = num(d, `${group}0015`) ?? 0;
    return [
      {
        group,
        rows,
        columns,
        row,
        column,
        type: text(d, `${group}0040`) === 'R' ? 'R' : 'G',
        label: text(d, `${group}1500`) || text(d, `${group}0022`),
        first: num(d, `${group}0051`) ?? 1,
        frames,
      } as const,
    ];
  });
}

/** Each pixel carries its own bit: such a plane lies on the picture as it is, and each frame has it. */
const embedded = { row: 1, column: 1, type: 'G', label: '', first: 1, frames: 0 } as const;

/** PS3.3-2004 C.9.2: as many bits are allocated as to the pixels, whose values leave this one free. */
function bitWithin(d: DicomJson, group: string): number | undefined {
  const [allocated = 0, bit = 0] = [num(d, `${group}0100`), num(d, `${group}0102`)];
  const [cell, stored = 0, high = 0] = ['00280100', '00280101', '00280102'].map((t) => num(d, t));
  const free = bit > high || bit <= high - stored;
  const whole = num(d, tag.rows) === num(d, `${group}0010`) && num(d, tag.columns) === num(d, `${group}0011`);
  return allocated > 1 && allocated === cell && bit < allocated && free && whole ? bit : undefined;
}

/** One bit of each pixel of 8 or 16, packed as the others are: the lowest of a byte first. */
export function bitsWithin(pixels: ArrayBuffer, allocated: number, bit: number): ArrayBuffer {
  const cells = allocated > 8 ? new Uint16Array(pixels, 0, pixels.byteLength >> 1) : new Uint8Array(pixels);
  const packed = new Uint8Array((cells.length + 7) >> 3);
  cells.forEach((v, i) => {
    if ((v >> bit) & 1) packed[i >> 3] = (packed[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return packed.buffer;
}

/** Where the bits of a frame start; undefined where the plane has none for it. */
export function startOf(p: OverlayPlane, frame: number): number | undefined {
  if (p.frames === 0) return 0;
  const at = frame - p.first;
  return at >= 0 && at < p.frames ? at * p.rows * p.columns : undefined;
}

/** Whether a plane's bits are there; one that says it is larger than its file would take the memory of the page, or more than it may have. */
export function isWhole(p: Pick<OverlayPlane, 'rows' | 'columns'>, bytes: ArrayBuffer, start: number): boolean {
  return start + p.rows * p.columns <= bytes.byteLength * 8;
}

/** Puts a colour where bits are set, the lowest of each byte first. */
export function paintBits(rgba: Uint8ClampedArray, bytes: Uint8Array, start: number, colour: readonly number[]): void {
  for (let i = 0; i < rgba.length / 4; i++) {
    const bit = start + i;
    if (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) rgba.set(colour, i * 4);
  }
}
