import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { figureText } from '../figures.model';
import { isComplete, readingInSpace, readingOf } from './measure.model';
import { fileScale, mayCalibrate, type Pixel, type Scale, scaleAt } from './scale.model';

const ds = (...v: (number | string)[]) => ({ vr: 'DS', Value: v });
const cs = (v: string) => ({ vr: 'CS', Value: [v] });
const ct: DicomJson = { '00280030': ds(0.5, 0.8), '00200037': ds(1, 0, 0, 0, 1, 0), '00080060': cs('CT') };
const mm = (x: number, y = x): Scale => ({ x, y, unit: 'mm', source: 'calibrated' });
const read = (tool: string, pixels: Pixel[], scale: Scale | 'across' = mm(1), closed?: boolean) =>
  readingOf({ tool, points: pixels, closed }, pixels, scale).figures.map(figureText);

describe('readingOf', () => {
  it('measures lengths with the spacing of each direction', () => {
    expect(
      read('Length', [
        [0, 0],
        [30, 40],
      ]),
    ).toEqual(['50 mm']);
    expect(
      read(
        'Length',
        [
          [0, 0],
          [30, 40],
        ],
        mm(0.8, 0.5),
      ),
    ).toEqual(['31.2 mm']); // 24, 20
  });
  it('tells the longer diameter first', () => {
    expect(
      read('Bidirectional', [
        [0, 0],
        [10, 0],
        [5, -8],
        [5, 8],
      ]),
    ).toEqual(['16 mm', '10 mm']);
  });
  it('measures angles in millimetres, not in pixels', () => {
    expect(
      read('Angle', [
        [10, 0],
        [0, 0],
        [0, 10],
      ]),
    ).toEqual(['90°']);
    expect(
      read(
        'Angle',
        [
          [10, 0],
          [0, 0],
          [10, 10],
        ],
        mm(1, 2),
      ),
    ).toEqual(['63.4°']);
  });
  it('keeps a Cobb angle above 90°, whichever way its lines were drawn', () => {
    const up: Pixel[] = [
      [0, 0],
      [10, 12],
    ];
    const down: Pixel[] = [
      [0, 50],
      [10, 38],
    ];
    expect(read('CobbAngle', [...up, ...down])).toEqual(['100.4°']);
    expect(read('CobbAngle', [...up].reverse().concat(down))).toEqual(['100.4°']);
    expect(
      read('CobbAngle', [
        [0, 0],
        [10, 0],
        [0, 9],
        [10, 9],
      ]),
    ).toEqual(['0°']);
  });
  it('divides the heart by the chest, in whichever order they were drawn', () => {
    const heart: Pixel[] = [
      [10, 0],
      [140, 0],
    ];
    const chest: Pixel[] = [
      [0, 20],
      [260, 20],
    ];
    expect(read('CardiothoracicRatio', [...heart, ...chest])).toEqual(['0.50', '130 mm', '260 mm']);
    expect(read('CardiothoracicRatio', [...chest, ...heart])[0]).toBe('0.50');
    expect(
      read('CardiothoracicRatio', [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
    ).toEqual([]);
  });
  it('measures areas', () => {
    expect(
      read('EllipticalROI', [
        [5, 10],
        [5, 0],
        [0, 5],
        [10, 5],
      ]),
    ).toEqual(['78.5 mm²']);
    expect(
      read(
        'RectangleROI',
        [
          [0, 0],
          [10, 0],
          [0, 5],
          [10, 5],
        ],
        mm(2, 3),
      ),
    ).toEqual(['300 mm²']);
    expect(
      read(
        'PlanarFreehandROI',
        [
          [0, 0],
          [10, 0],
          [10, 10],
          [0, 10],
        ],
        mm(1),
        true,
      ),
    ).toEqual(['100 mm²']);
    expect(
      read(
        'PlanarFreehandROI',
        [
          [0, 0],
          [3, 4],
          [6, 8],
        ],
        mm(1),
        false,
      ),
    ).toEqual(['10 mm']);
  });
  it('measures pixels where nothing else is known, and says so', () => {
    const none = fileScale({});
    expect(
      read(
        'RectangleROI',
        [
          [0, 0],
          [10, 0],
          [0, 5],
          [10, 5],
        ],
        none,
      ),
    ).toEqual(['50 px²']);
    const line: Pixel[] = [
      [0, 0],
      [7, 0],
    ];
    expect(readingOf({ tool: 'Length', points: line }, line, none)).toEqual({
      figures: [{ kind: 'length', value: 7, unit: 'px' }],
      note: 'none',
    });
  });
  it('has no length where there is no scale, but keeps the values', () => {
    const at: Pixel[] = [
      [0, 0],
      [10, 0],
      [0, 5],
      [10, 5],
    ];
    const refused = readingOf({ tool: 'RectangleROI', points: at }, at, 'across', { mean: 3 });
    expect(refused.figures.map((f) => f.kind)).toEqual(['mean']);
    expect(refused.note).toBe('across');
    expect(readingOf({ tool: 'Probe', points: at }, at, 'outside', { value: 3 }).note).toBeUndefined();
  });
  it('measures in space', () => {
    const square = [
      [0, 0, 0],
      [0, 10, 0],
      [0, 10, 10],
      [0, 0, 10],
    ];
    expect(readingInSpace({ tool: 'PlanarFreehandROI', points: square }).figures.map(figureText)).toEqual(['100 mm²']);
    expect(
      readingInSpace({
        tool: 'Length',
        points: [
          [0, 0, 0],
          [2, 3, 6],
        ],
      }).figures.map(figureText),
    ).toEqual(['7 mm']);
  });
  it('waits until a shape is complete', () => {
    expect(isComplete({ tool: 'Angle', points: [[0], [1]] })).toBe(false);
    expect(
      read('Angle', [
        [0, 0],
        [1, 1],
      ]),
    ).toEqual([]);
  });
});

describe('fileScale', () => {
  const xa: DicomJson = { '00080060': cs('XA'), '00181164': ds(0.3, 0.3) };
  it('takes rows and columns apart', () => {
    expect(fileScale(ct)).toEqual({ x: 0.8, y: 0.5, unit: 'mm', source: 'calibrated' });
  });
  it.each<[string, DicomJson, string]>([
    ['the detector’s spacing', { '00181164': ds(0.14, 0.14), '00080060': cs('DX') }, 'detector'],
    [
      'the same spacing twice',
      { '00280030': ds(0.14, 0.14), '00181164': ds(0.14, 0.14), '00080060': cs('CR') },
      'detector',
    ],
    ['a projection that says nothing', { '00280030': ds(0.14, 0.14), '00080060': cs('CR') }, 'detector'],
    [
      'a projection with its calibration',
      { '00280030': ds(0.1, 0.1), '00280A02': cs('FIDUCIAL'), '00080060': cs('DX') },
      'calibrated',
    ],
    ['an angiogram of the same spacing twice', { ...xa, '00280030': ds(0.3, 0.3) }, 'projected'],
    ['an angiogram of the detector’s spacing', xa, 'projected'],
    ['an angiogram, calibrated', { ...xa, '00280030': ds(0.2, 0.2), '00280A02': cs('FIDUCIAL') }, 'calibrated'],
    ['an angiogram with a spacing of which nothing is said', { ...xa, '00280030': ds(0.2, 0.2) }, 'estimated'],
    ['fluoroscopy with a magnification', { ...xa, '00080060': cs('RF'), '00181114': ds(1.5) }, 'estimated'],
    ['an angiogram with one below one', { ...xa, '00181114': ds(0.5) }, 'projected'],
    ['an angiogram that says nothing', { '00080060': cs('XA') }, 'none'],
    ['a slice', ct, 'calibrated'],
    ['nothing', {}, 'none'],
    ['a spacing of zero', { '00280030': ds(0, 0) }, 'none'],
    ['one number', { '00280030': ds(0.5) }, 'none'],
  ])('%s', (_, d, source) => expect(fileScale(d).source).toBe(source));
  it('takes an angiogram back to the body, or leaves it in pixels', () => {
    expect(fileScale({ ...xa, '00181114': ds(1.5) })).toMatchObject({
      x: expect.closeTo(0.2, 9),
      y: expect.closeTo(0.2, 9),
      unit: 'mm',
    });
    const distances = { '00181110': ds(1200), '00181111': ds(800) };
    expect(fileScale({ ...xa, ...distances })).toMatchObject({
      x: expect.closeTo(0.2, 9),
      unit: 'mm',
      source: 'estimated',
    });
    expect(fileScale({ ...xa, '00181164': ds(0.6, 0.3) })).toEqual({ x: 1, y: 2, unit: 'px', source: 'projected' });
    expect(mayCalibrate(xa)).toBe(true);
  });
  it('knows oblong pixels', () => {
    expect(fileScale({ '00280034': { vr: 'IS', Value: [2, 1] } })).toEqual({ x: 1, y: 2, unit: 'px', source: 'none' });
  });
});

describe('scaleAt', () => {
  it('is corrected by a reader', () => {
    const cr: DicomJson = { '00181164': ds(0.2, 0.2), '00080060': cs('CR') };
    expect(scaleAt(cr, [], 0.9)).toEqual({ x: 0.2 * 0.9, y: 0.2 * 0.9, unit: 'mm', source: 'user' });
    expect(mayCalibrate(cr)).toBe(true);
    expect(mayCalibrate({})).toBe(true);
    expect(mayCalibrate(ct)).toBe(false);
  });

  const region = (
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    unit: number,
    delta: number,
    flags = 0,
  ): DicomJson => ({
    '00186018': ds(x0),
    '0018601A': ds(y0),
    '0018601C': ds(x1),
    '0018601E': ds(y1),
    '00186024': ds(unit),
    '00186026': ds(3),
    '0018602C': ds(delta),
    '0018602E': ds(-0.02),
    '00186016': ds(flags),
  });
  const us: DicomJson = {
    '00280030': ds(1, 1),
    '00186011': {
      vr: 'SQ',
      Value: [region(0, 0, 99, 99, 3, 0.05), region(100, 0, 199, 99, 4, 0.01), region(20, 20, 40, 40, 3, 0.1)],
    },
  };
  it('is the region’s own', () => {
    expect(
      scaleAt(us, [
        [1, 1],
        [90, 90],
      ]),
    ).toEqual({ x: 0.5, y: 0.2, unit: 'mm', source: 'region' });
  });
  it('is the smaller region’s where they overlap, or the one on top', () => {
    expect(
      scaleAt(us, [
        [21, 21],
        [39, 39],
      ]),
    ).toMatchObject({ x: 1 });
    const low: DicomJson = {
      '00186011': { vr: 'SQ', Value: [region(0, 0, 99, 99, 3, 0.05), region(20, 20, 40, 40, 3, 0.1, 1)] },
    };
    expect(
      scaleAt(low, [
        [21, 21],
        [39, 39],
      ]),
    ).toMatchObject({ x: 0.5 });
  });
  it.each<[string, Pixel[], string]>([
    [
      'from one region into another',
      [
        [50, 50],
        [150, 50],
      ],
      'across',
    ],
    [
      'from a region to outside',
      [
        [50, 50],
        [50, 150],
      ],
      'across',
    ],
    [
      'outside',
      [
        [50, 150],
        [60, 160],
      ],
      'outside',
    ],
  ])('%s there is none', (_, points, why) => expect(scaleAt(us, points)).toBe(why));
  it('is not calibrated by hand where regions are', () => expect(mayCalibrate(us)).toBe(false));
});
