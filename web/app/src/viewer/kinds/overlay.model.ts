/** Graphics that come with the pixels of a picture, a bit each (PS3.3 C.9.2). Pure. */
import { type DicomJson, num, numbers, text } from '../dicom.model';

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
}

const groups = Array.from({ length: 16 }, (_, i) => `60${(2 * i).toString(16).padStart(2, '0').toUpperCase()}`);

export const bitsOf = (group: string) => `${group}3000`;

/** The planes of a file whose bits stand beside the pixels; those within them are of a retired kind. */
export function overlaysOf(d: DicomJson): OverlayPlane[] {
  return groups.flatMap((group) => {
    const [rows = 0, columns = 0] = [num(d, `${group}0010`), num(d, `${group}0011`)];
    if (!d[bitsOf(group)] || rows <= 0 || columns <= 0) return [];
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

/** Where the bits of a frame start; undefined where the plane has none for it. */
export function startOf(p: OverlayPlane, frame: number): number | undefined {
  if (p.frames === 0) return 0;
  const at = frame - p.first;
  return at >= 0 && at < p.frames ? at * p.rows * p.columns : undefined;
}

/** Puts a colour where bits are set, the lowest of each byte first. */
export function paintBits(rgba: Uint8ClampedArray, bytes: Uint8Array, start: number, colour: readonly number[]): void {
  for (let i = 0; i < rgba.length / 4; i++) {
    const bit = start + i;
    if (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) rgba.set(colour, i * 4);
  }
}
