import { describe, expect, it } from 'vitest';
import { frameAt, nextRate, reachable } from './cine.model';
import type { DicomJson } from './dicom.model';
import { failureOf } from './failure.model';
import { figuresOf, figureText, tellingFigures } from './figures.model';
import { linkedIndex } from './link.model';
import { isColour, letters, outward, type Series } from './study.model';
import { wheelSteps } from './wheel.model';
import { draggedWindow, legible, rangeOf, windowIn, windowOf, zoomTo } from './window.model';

describe('wheelSteps', () => {
  it.each([
    [120, 1],
    [-120, -1],
    [240, 1], // a system that sends more pixels a notch
    [53, 1],
  ])('one notch of %d px is one slice', (deltaY, steps) => {
    expect(wheelSteps(0, { deltaY, deltaMode: 0 }).steps).toBe(steps);
  });
  it('counts lines as notches', () => expect(wheelSteps(0, { deltaY: 3, deltaMode: 1 }).steps).toBe(1));
  it('adds up the small deltas of a touch pad', () => {
    let rest = 0;
    let slices = 0;
    for (let i = 0; i < 32; i++) {
      const turned = wheelSteps(rest, { deltaY: 4, deltaMode: 0 });
      rest = turned.rest;
      slices += turned.steps;
    }
    expect(slices).toBe(4);
  });
  it('forgets the rest when the direction changes', () => {
    expect(wheelSteps(30, { deltaY: -4, deltaMode: 0 })).toEqual({ steps: 0, rest: -4 });
  });
});

describe('a window', () => {
  it.each([
    [undefined, { center: 40, width: 400 }, [-160, 239]], // whole values: 400 of them
    ['LINEAR_EXACT', { center: 2.5, width: 5 }, [0, 5]],
    ['SIGMOID', { center: 40, width: 400 }, [-160, 239]],
  ])('of curve %s is a range, and the range the window', (curve, w, [lower, upper]) => {
    expect(rangeOf(w, curve)).toEqual({ lower, upper });
    expect(windowIn(rangeOf(w, curve), curve)).toEqual(w);
  });
  it('is read in whole numbers while they tell enough', () => {
    expect([legible(40.4, 400), legible(2.5, 5), legible(0.1234, 0.3)]).toEqual([40, 2.5, 0.123]);
  });
});

describe('draggedWindow', () => {
  it('is as fine as the window is narrow', () => {
    const lung = draggedWindow({ width: 1500, center: -600 }, 0, 36);
    const brain = draggedWindow({ width: 80, center: 40 }, 0, 36);
    expect(lung.center + 600).toBeCloseTo(150);
    expect(brain.center - 40).toBeCloseTo(8);
  });
  it('doubles and halves the width', () => {
    expect(draggedWindow({ width: 400, center: 40 }, 180, 0).width).toBeCloseTo(800);
    expect(draggedWindow({ width: 400, center: 40 }, -180, 0).width).toBeCloseTo(200);
    expect(draggedWindow({ width: 1, center: 0 }, -900, 0).width).toBe(1);
  });
});

describe('nextRate', () => {
  it('goes by steps, from any rate, to the ends', () => {
    expect([nextRate(10, 1), nextRate(10, -1), nextRate(7.5, 1), nextRate(60, 1), nextRate(1, -1)]).toEqual([
      12, 8, 10, 60, 1,
    ]);
  });
});

describe('frameAt', () => {
  it('follows the clock, not the number of ticks', () => {
    expect(frameAt(0, 1000, 30, 34)).toBe(30);
    expect(frameAt(30, 1000, 30, 34)).toBe(26);
    expect(frameAt(3, 0, 30, 0)).toBe(0);
  });
});

describe('reachable', () => {
  it('goes as far as frames have come, round about', () => {
    const here = (i: number) => ![3, 4].includes(i);
    expect(reachable(0, 2, 6, here)).toBe(2);
    expect(reachable(0, 5, 6, here)).toBe(2);
    expect(reachable(2, 5, 6, here)).toBe(2);
    expect(reachable(5, 1, 6, here)).toBe(1);
    expect(reachable(5, 4, 6, () => true)).toBe(4);
  });
});

describe('failureOf', () => {
  it.each([
    [{ status: 0 }, 'offline'],
    [{ status: 403 }, 'forbidden'],
    [{ error: { status: 404 } }, 'gone'],
    [{ status: 503 }, 'server'],
    [{ status: 406 }, 'codec'],
    [new Error('decodeTask: could not decode'), 'codec'],
    [undefined, 'codec'],
  ])('%o', (err, failure) => expect(failureOf(err)).toBe(failure));
});

describe('figures', () => {
  it('round to what is shown and leave out what is not there', () => {
    const roi = figuresOf({ mean: 42.04, stdDev: 10.96, min: 7, max: 88, modalityUnit: 'HU' });
    expect(roi.map(figureText)).toEqual(['42 HU', '11 HU', '7 HU', '88 HU']);
    expect(tellingFigures(roi).map((f) => f.kind)).toEqual(['mean', 'sd']);
    expect(figuresOf({ mean: null })).toEqual([]);
    expect(figuresOf(undefined)).toEqual([]);
  });
  it('read with their units', () => {
    expect(figuresOf({ value: [-872], modalityUnit: 'HU' }).map(figureText)).toEqual(['-872 HU']);
    expect(figuresOf({ value: 120, modalityUnit: 'raw' }).map(figureText)).toEqual(['120']);
    expect(figuresOf({ value: 3.456, modalityUnit: 'SUV' }).map(figureText)).toEqual(['3.46 SUV']);
    expect(figuresOf({ value: -824, stored: 200, modalityUnit: 'HU' }).map(figureText)).toEqual(['-824 HU', '200']);
    expect(figuresOf({ value: [1, 2, 3] })).toEqual([]);
    expect(Object.is(figuresOf({ value: -0.2 })[0]?.value, 0)).toBe(true);
  });
});

describe('windowOf', () => {
  it('shows all but the outermost values', () => {
    const values = [-5000, ...Array.from({ length: 998 }, (_, i) => i), 9000];
    expect(windowOf(values)).toEqual({ center: 498.5, width: 979 });
    expect(windowOf([])).toBeUndefined();
    expect(windowOf([40, 40])?.width).toBe(1);
  });
  it('fills a pane with a rectangle', () => {
    expect(zoomTo({ x: 100, y: 50, width: 200, height: 50 }, { width: 800, height: 600 })).toEqual({
      factor: 4,
      middle: [200, 75],
    });
  });
});

function stack(zs: readonly number[], frame: string, normalUp = true): Series {
  const orientation = normalUp ? [1, 0, 0, 0, 1, 0] : [1, 0, 0, 0, -1, 0];
  const slice = (z: number): DicomJson => ({
    '00200032': { vr: 'DS', Value: [0, 0, z] },
    '00200037': { vr: 'DS', Value: orientation },
    '00200052': { vr: 'UI', Value: [frame] },
  });
  return {
    study: '1',
    uid: frame,
    number: 1,
    modality: 'CT',
    description: '',
    kind: 'stack',
    cineRate: 0,
    metadata: slice(zs[0] ?? 0),
    frames: zs.map((z) => ({ instanceUid: String(z), frame: 1, metadata: slice(z) })),
  };
}

describe('linkedIndex', () => {
  const thick = stack([50, 40, 30, 20, 10, 0], 'a');
  it('is the same place in one frame of reference', () => {
    const thin = stack([50, 45, 40, 35, 30], 'a');
    expect(linkedIndex(thick, thin, 1, { from: 0, to: 4 })).toBe(2);
    expect(linkedIndex(thick, stack([0, 10, 20, 30, 40, 50], 'a', false), 1, { from: 0, to: 0 })).toBe(4);
  });
  it('is the same way in millimetres from the anchor in another', () => {
    const prior = stack([105, 100, 95, 90, 85], 'b');
    expect(linkedIndex(thick, prior, 2, { from: 1, to: 1 })).toBe(3);
  });
  it('counts pictures where there is no geometry', () => {
    const bare = { ...stack([0, 1, 2, 3], 'c'), metadata: {} };
    expect(linkedIndex(thick, bare, 3, { from: 1, to: 0 })).toBe(2);
    expect(linkedIndex(thick, bare, 5, { from: 0, to: 0 })).toBe(3);
  });
});

describe('pictures', () => {
  it('are fetched from where somebody looks', () => {
    expect(outward(['a', 'b', 'c', 'd'], 2)).toEqual(['c', 'b', 'd', 'a']);
  });
  it('in colour have no window', () => {
    expect(isColour({ ...stack([0], 'a'), metadata: { '00280002': { vr: 'US', Value: [3] } } })).toBe(true);
    expect(isColour(stack([0], 'a'))).toBe(false);
  });
  it('have letters for their directions', () => {
    expect(letters([1, 0, 0])).toBe('L');
    expect(letters([0, 0.7, -0.7])).toBe('PF');
  });
});

it('the axes of an ultrasound region are no value', () => {
  expect(figuresOf({ value: [1.5], modalityUnit: ['cm/s'] })).toEqual([]);
});
