/** What a video of DICOM is made of, and whether a browser plays it (PS3.5 8.2.5 to 8.2.10). Pure. */
import { type DicomJson, num, tag, text } from '../dicom.model';

const syntaxes: readonly [RegExp, Coding][] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.10[01](\.1)?$/, 'mpeg2'],
  [/^1\.2\.840\.10008\.1\.2\.4\.10[2-6](\.1)?$/, 'h264'],
  [/^1\.2\.840\.10008\.1\.2\.4\.10[78]$/, 'hevc'],
];

export type Coding = 'mpeg2' | 'h264' | 'hevc';

/** How the pixels are coded as one stream; undefined for pictures, one by one. */
export function codingOf(d: DicomJson): Coding | undefined {
  const syntax = text(d, tag.transferSyntax);
  return syntaxes.find(([pattern]) => pattern.test(syntax))?.[1];
}

const classes = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.77\.1\.[124]\.1$/; // Video Endoscopic, Microscopic, Photographic

/** Whether it is worth asking how the pixels are coded. */
export function mayBeVideo(d: DicomJson): boolean {
  return classes.test(text(d, tag.sopClass)) || text(d, tag.photometric) === 'YBR_PARTIAL_420';
}

/** What is around the coded pictures: browsers play mp4 alone. bare: nothing. */
export type Container = 'mp4' | 'ts' | 'ps' | 'bare' | 'unknown';

/** By its first bytes: ISO 14496-12 4.3, ISO 13818-1 2.4.3.2 and 2.5.3.3, start codes of ISO 13818-2 and 14496-10 B.1. */
export function containerOf(b: Uint8Array): Container {
  const word = (at: number) => String.fromCharCode(...b.subarray(at, at + 4));
  if (['ftyp', 'styp', 'moov', 'mdat'].includes(word(4))) return 'mp4';
  if (b[0] === 0x47 && (b.length <= 188 || b[188] === 0x47)) return 'ts';
  if (b[0] === 0 && b[1] === 0 && b[2] === 1) return b[3] === 0xba ? 'ps' : 'bare';
  if (b[0] === 0 && b[1] === 0 && b[2] === 0 && b[3] === 1) return 'bare';
  return 'unknown';
}

/** The seconds that one frame stays, by the file; 0 where it says nothing. */
export function frameSeconds(d: DicomJson): number {
  const time = num(d, tag.frameTime);
  const rate = num(d, tag.cineRate) ?? num(d, '00082144');
  if (time && time > 0) return time / 1000;
  return rate && rate > 0 ? 1 / rate : 0;
}

/** Where playing stands after a step of so many frames: in the middle of a frame, that none is met twice for a rounding. */
export function stepped(now: number, by: number, frame: number, length: number): number {
  const at = Math.floor(now / frame + 1e-4) + by;
  const last = Math.max(0, Math.ceil(length / frame - 1e-4) - 1);
  return (Math.min(last, Math.max(0, at)) + 0.5) * frame;
}

export const speeds = [0.25, 0.5, 1, 1.5, 2] as const;
