import { describe, expect, it } from 'vitest';
import { cutOf, type Sheet, sheetOf } from './reference.model';

const axial = (z: number, frame = 'a'): Sheet => ({
  frame,
  origin: [-100, -80, z],
  row: [1, 0, 0],
  column: [0, 1, 0],
  width: 200,
  height: 160,
});
const coronal: Sheet = {
  frame: 'a',
  origin: [-90, 10, 150],
  row: [1, 0, 0],
  column: [0, 0, -1],
  width: 180,
  height: 200,
};

describe('cutOf', () => {
  it('is where the slice lies in the other picture', () => {
    const cut = cutOf(coronal, axial(40));
    expect(cut?.map((p) => p.map(Math.round))).toEqual([
      [100, 10, 40],
      [-100, 10, 40],
    ]);
  });
  it('is nothing for parallel pictures, other patients, and what does not reach', () => {
    expect(cutOf(axial(0), axial(40))).toBeUndefined();
    expect(cutOf(coronal, axial(40, 'b'))).toBeUndefined();
    expect(cutOf({ ...coronal, origin: [-90, 500, 150] }, axial(40))).toBeUndefined();
  });
  it('needs a place', () => expect(sheetOf({})).toBeUndefined());
});
