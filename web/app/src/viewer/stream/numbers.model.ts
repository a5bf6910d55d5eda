/** The numbers by which the archive knows the pictures of a series. Pure. */
import { num, tag } from '../dicom.model';
import type { Frame } from '../study.model';

/** For each frame its number, from 1: the archive lists instances by Instance Number, then UID, and their frames in turn. */
export function numbersOf(frames: readonly Frame[]): number[] {
  const order = new Map<string, Frame>();
  const counts = new Map<string, number>();
  for (const f of frames) {
    order.set(f.instanceUid, f);
    counts.set(f.instanceUid, (counts.get(f.instanceUid) ?? 0) + 1);
  }
  const listed = [...order.values()].sort(
    (a, b) =>
      (num(a.metadata, tag.instanceNumber) ?? 0) - (num(b.metadata, tag.instanceNumber) ?? 0) ||
      (a.instanceUid < b.instanceUid ? -1 : 1),
  );
  const before = new Map<string, number>();
  let n = 0;
  for (const f of listed) {
    before.set(f.instanceUid, n);
    n += counts.get(f.instanceUid) ?? 0;
  }
  return frames.map((f) => (before.get(f.instanceUid) ?? 0) + f.frame);
}

/** "150,1-16": runs are written as such, the order stays. */
export function listOf(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (numbers[j + 1] === (numbers[j] ?? 0) + 1) j++;
    parts.push(j > i ? `${numbers[i]}-${numbers[j]}` : `${numbers[i]}`);
    i = j + 1;
  }
  return parts.join(',');
}
