import { describe, expect, it } from 'vitest';
import { dot, type Vec } from '../vector.model';
import {
  advance,
  angleOf,
  type Crossing,
  cameraFor,
  crossingAt,
  crossingOn,
  cutDirection,
  isInSlab,
  isOblique,
  lineAcross,
  moveTo,
  nextThickness,
  planeNames,
  rightOf,
  roll,
  strideAlong,
  turn,
} from './planes.model';

const rounded = (v: Vec) => v.map((n) => Math.round(n * 1e6) / 1e6 + 0);
const start = crossingAt([10, 20, 30]);

describe('planes', () => {
  it('hang as films do', () => {
    expect(planeNames.map((n) => rounded(rightOf(start.planes[n])))).toEqual([
      [1, 0, 0], // the patient's left is on the right
      [1, 0, 0],
      [0, 1, 0], // and the back, seen from the left side
    ]);
    expect(isOblique(start)).toBe(false);
  });

  it('turn about the one that is dragged, which stays', () => {
    const c = turn(start, 'axial', Math.PI / 6);
    expect(c.planes.axial).toBe(start.planes.axial);
    for (const [a, b] of [
      ['axial', 'coronal'],
      ['axial', 'sagittal'],
      ['coronal', 'sagittal'],
    ] as const)
      expect(dot(c.planes[a].normal, c.planes[b].normal)).toBeCloseTo(0);
    expect(isOblique(c)).toBe(true);
    // Seen from the feet, counterclockwise: the patient's left, on the right of the picture, goes up, which is forward.
    const line = cutDirection(c.planes.axial, c.planes.coronal);
    expect(Math.abs(dot(line ?? [0, 0, 0], [Math.cos(Math.PI / 6), -Math.sin(Math.PI / 6), 0]))).toBeCloseTo(1);
    expect(c.at).toEqual(start.at);
  });

  it('roll without leaning', () => {
    const c = roll(start, 'coronal', Math.PI / 2);
    expect(rounded(c.planes.coronal.up)).toEqual([-1, 0, 0]);
    expect(isOblique(c)).toBe(false);
  });

  it('scroll and move', () => {
    expect(advance(start, 'axial', 5).at).toEqual([10, 20, 25]);
    expect(advance(start, 'sagittal', 5).at).toEqual([15, 20, 30]);
    expect(rounded(moveTo(start, 'axial', [1, 2, 99]).at)).toEqual([1, 2, 30]);
  });

  it('step by what their normal meets', () => {
    const axes: Vec[] = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    expect(strideAlong([0, 0, 1], axes, [0.7, 0.7, 5])).toBeCloseTo(5);
    expect(strideAlong([0, 1, 0], axes, [0.7, 0.8, 5])).toBeCloseTo(0.8);
  });
});

describe('cameraFor', () => {
  const camera = { focalPoint: [0, 0, 0], position: [0, 0, -100], normal: [0, 0, -1], up: [0, -1, 0] } as const;
  it('moves along its normal only while it looks the same way', () => {
    const next = cameraFor(camera, start.planes.axial, [10, 20, 30]);
    expect(rounded(next.focalPoint)).toEqual([0, 0, 30]);
    expect(rounded(next.position)).toEqual([0, 0, -70]);
  });
  it('keeps the crossing at its place in the picture when it turns', () => {
    const next = cameraFor(camera, start.planes.coronal, [10, 20, 30]);
    // The crossing stood 10 mm right of the middle and 20 mm below it.
    const way: Vec = [10 - next.focalPoint[0], 20 - next.focalPoint[1], 30 - next.focalPoint[2]];
    expect(dot(way, rightOf(start.planes.coronal))).toBeCloseTo(10);
    expect(dot(way, start.planes.coronal.up)).toBeCloseTo(-20);
  });
});

describe('lines', () => {
  it('end at the edges of the pane', () => {
    expect(lineAcross({ x: 50, y: 50 }, { x: 60, y: 50 }, 200, 100)).toEqual({
      from: { x: 0, y: 50 },
      to: { x: 200, y: 50 },
    });
    const slope = lineAcross({ x: 0, y: 0 }, { x: 1, y: 1 }, 200, 100);
    expect(slope?.to.x).toBeCloseTo(100);
    expect(slope?.to.y).toBeCloseTo(100);
    expect(lineAcross({ x: 0, y: -5 }, { x: 10, y: -5 }, 200, 100)).toBeUndefined();
    expect(lineAcross({ x: 5, y: 5 }, { x: 5, y: 5 }, 200, 100)).toBeUndefined();
  });
  it('turn by the short way', () => {
    const o = { x: 0, y: 0 };
    expect(angleOf(o, { x: 1, y: 0 }, { x: 0, y: -1 })).toBeCloseTo(Math.PI / 2);
    expect(angleOf(o, { x: -1, y: 0.1 }, { x: -1, y: -0.1 })).toBeCloseTo(-2 * Math.atan(0.1));
  });
});

describe('crossingOn', () => {
  const at: Vec = [10, 20, 30];
  const square = (c: Crossing) => {
    const [a, b, d] = planeNames.map((n) => c.planes[n].normal);
    for (const [p, q] of [
      [a, b],
      [b, d],
      [a, d],
    ] as const)
      expect(dot(p as Vec, q as Vec)).toBeCloseTo(0);
  };
  it('only moves where a plane looks that way already, from either side', () => {
    expect(crossingOn(start, { normal: [0, 1, 0], up: [0, 0, 1] }, at)).toEqual({
      crossing: { at, planes: start.planes },
      plane: 'coronal',
    });
  });
  it('turns all three to a slanting plane, the nearest one onto it', () => {
    const drawn = turn(start, 'axial', 0.3).planes.sagittal;
    const { crossing, plane } = crossingOn(start, drawn, at);
    expect(plane).toBe('sagittal');
    expect(rounded(crossing.planes.sagittal.normal)).toEqual(rounded(drawn.normal));
    expect(rounded(crossing.planes.sagittal.up)).toEqual(rounded(drawn.up));
    square(crossing);
    expect(crossing.at).toEqual(at);
  });
  it('leaves a crossing that was turned for another one', () => {
    const leant = turn(start, 'coronal', 0.4);
    const { crossing, plane } = crossingOn(leant, start.planes.axial, at);
    expect(plane).toBe('axial');
    expect(rounded(crossing.planes.axial.normal)).toEqual(rounded(start.planes.axial.normal));
    square(crossing);
  });
});

describe('isInSlab', () => {
  const slab = { normal: [0, -1, 0], at: [0, 50, 0], half: 2 } as const;
  it.each([
    ['within', { normal: [0, -1, 0], at: [5, 51.9, 9] }, true],
    ['from behind', { normal: [0, 1, 0], at: [5, 48.1, 9] }, true],
    ['beyond', { normal: [0, -1, 0], at: [5, 52.1, 9] }, false],
    ['leaning by a degree', { normal: [Math.sin(0.0175), -Math.cos(0.0175), 0], at: [0, 50, 0] }, false],
  ] as const)('%s', (_, drawn, wanted) => expect(isInSlab(drawn, slab)).toBe(wanted));
});

describe('nextThickness', () => {
  it('goes round', () => {
    expect([0, 3, 40, 7].map(nextThickness)).toEqual([3, 5, 0, 0]);
  });
});
