import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import type { Measurement } from '../measurements.model';
import type { Frame, Series } from '../study.model';
import { cellsOf, firstChoice, put } from './choice.model';
import {
  barOf,
  edgesOf,
  footHeight,
  headHeight,
  layouts,
  layoutText,
  margin,
  pagesOf,
  papers,
  partOf,
  pictureQuery,
  pixelOf,
  positionOf,
  sheetOf,
  sizeOf,
  strokesOf,
} from './film.model';

const ds = (...v: (number | string)[]) => ({ vr: 'DS', Value: v });
const axial: DicomJson = {
  '00280010': ds(512),
  '00280011': ds(512),
  '00280030': ds(0.5, 0.5),
  '00200037': ds(1, 0, 0, 0, 1, 0),
  '00200032': ds(-100, -120, 42.5),
  '00080060': { vr: 'CS', Value: ['CT'] },
};
const radiograph: DicomJson = {
  '00280010': ds(2000),
  '00280011': ds(1600),
  '00181164': ds(0.1, 0.1),
  '00080060': { vr: 'CS', Value: ['DX'] },
  '00200020': { vr: 'CS', Value: ['L', 'F'] },
};

function seriesOf(count: number, metadata: DicomJson = axial): Series {
  const frames: Frame[] = Array.from({ length: count }, (_, i) => ({ instanceUid: `1.${i + 1}`, frame: 1, metadata }));
  return {
    study: '1',
    uid: `s${count}`,
    number: 1,
    modality: 'CT',
    description: '',
    kind: 'stack',
    frames,
    cineRate: 0,
    metadata,
  };
}

describe('sheets', () => {
  it.each(papers.flatMap((p) => layouts.flatMap((l) => [false, true].map((a) => [p, l, a] as const))))(
    '%o %s across %s: the cells fill the sheet and no more',
    (paper, layout, across) => {
      const s = sheetOf(paper, layout, across);
      const width = s.columns * s.cell.width + (s.columns - 1) + 2 * margin;
      const height = s.rows * s.cell.height + (s.rows - 1) + 2 * margin + headHeight + footHeight;
      expect(width).toBeCloseTo(s.width);
      expect(height).toBeCloseTo(s.height);
      expect(s.width > s.height).toBe(across);
    },
  );

  it('turns a layout with the paper', () => {
    const a4 = papers[0];
    if (!a4) throw new Error('no paper');
    expect(sheetOf(a4, '4x3', false)).toMatchObject({ rows: 4, columns: 3 });
    expect(sheetOf(a4, '4x3', true)).toMatchObject({ rows: 3, columns: 4 });
    expect(layoutText('4x3', false)).toBe('3×4');
    expect(layoutText('4x3', true)).toBe('4×3');
  });
});

describe('which pictures', () => {
  const series = seriesOf(64);
  const handed = { shown: [], keys: [], marks: [] };

  it('every n-th between two places, and the last sheet has the rest', () => {
    expect(partOf(series, 11, 30, 5).map((f) => f.instanceUid)).toEqual(['1.11', '1.16', '1.21', '1.26']);
    expect(partOf(series, 30, 11, 1)).toHaveLength(20);
    const a4 = papers[0];
    if (!a4) throw new Error('no paper');
    const cells = cellsOf(
      { ...firstChoice(handed, [series]), part: { series: 's64', from: 1, to: 64, each: 1 } },
      handed,
      [series],
      [],
    );
    expect(pagesOf(cells, sheetOf(a4, '4x3', false)).map((p) => p.length)).toEqual([12, 12, 12, 12, 12, 4]);
    expect(cells[63]).toMatchObject({ number: 64, of: 64 });
  });

  it('keeps the window of the viewer, or takes a preset', () => {
    const seen = { series: 's64', instance: '1.7', frame: 1, window: { center: -600, width: 1500 }, invert: true };
    const from = { ...handed, shown: [seen] };
    const first = firstChoice(from, [series]);
    expect(first).toMatchObject({ source: 'shown', layout: '1x1' });
    expect(cellsOf(first, from, [series], [])).toMatchObject([{ number: 7, window: seen.window, invert: true }]);
    const preset = cellsOf({ ...first, window: 0 }, from, [series], [{ center: 40, width: 400 }]);
    expect(preset[0]).toMatchObject({ window: { center: 40, width: 400 }, invert: false });
    expect(cellsOf({ ...first, window: 'file' }, from, [series], [])[0]?.window).toBeUndefined();
    const rest = cellsOf({ ...first, source: 'series' }, from, [series], []);
    expect(rest.every((c) => c.window?.center === -600)).toBe(true);
  });

  it('leaves out what is not of the study', () => {
    const gone = { series: 'x', instance: '1.7', frame: 1, invert: false };
    const from = { ...handed, shown: [gone] };
    expect(cellsOf(firstChoice(from, [series]), from, [series], [])).toEqual([]);
  });

  it('replaces a chosen picture or adds one', () => {
    const a = (instance: string) => ({ series: 's', instance, frame: 1 });
    expect(put([a('1'), a('2')], a('3'), 0).map((x) => x.instance)).toEqual(['3', '2']);
    expect(put([a('1')], a('3'), 7).map((x) => x.instance)).toEqual(['1', '3']);
  });
});

describe('how large', () => {
  const cell = { width: 180, height: 220 };
  it('fits its cell, and says how much larger than life', () => {
    const s = sizeOf(axial, { width: 128, height: 300 }, false);
    expect(s).toMatchObject({ width: 128, height: 128, source: 'calibrated', tooLarge: false });
    expect(s.times).toBeCloseTo(0.5);
    expect(barOf(s)).toEqual({ mm: 50, paper: 25 });
  });

  it('is true to size where that is known and fits', () => {
    expect(sizeOf(radiograph, cell, true)).toMatchObject({ width: 160, height: 200, times: 1, source: 'detector' });
    const small = sizeOf(radiograph, { width: 100, height: 100 }, true);
    expect(small).toMatchObject({ tooLarge: true, height: 100 });
    const unknown = sizeOf({ '00280010': ds(100), '00280011': ds(200) }, cell, true);
    expect(unknown).toMatchObject({ times: undefined, source: 'none', width: 180, height: 90 });
    expect(barOf(unknown)).toBeUndefined();
  });

  it('stretches pixels that are not square', () => {
    const s = sizeOf({ ...axial, '00280030': ds(1, 0.5) }, cell, false);
    expect(s.height / s.width).toBeCloseTo(2);
  });

  it('asks for no more than paper shows', () => {
    expect(pictureQuery(radiograph, { width: 40, height: 50 }, undefined)).toBe('quality=95&viewport=472%2C591');
    expect(pictureQuery(axial, { width: 180, height: 180 }, { center: 40, width: 400 })).toBe(
      'quality=95&window=40%2C400%2Clinear',
    );
  });
});

describe('what stands on it', () => {
  it('names the edges of slices and of radiographs', () => {
    expect(edgesOf(axial)).toEqual({ left: 'R', right: 'L', top: 'A', bottom: 'P' });
    expect(edgesOf(radiograph)).toEqual({ left: 'R', right: 'L', top: 'H', bottom: 'F' });
    expect(edgesOf({})).toBeUndefined();
    expect(positionOf(axial)).toBe(42.5);
    expect(positionOf(radiograph)).toBeUndefined();
  });

  it('puts measurements where they were drawn', () => {
    expect(pixelOf(axial, [-100, -120, 42.5])).toEqual({ x: 0.5, y: 0.5 });
    expect(pixelOf(axial, [-50, -95, 42.5])).toEqual({ x: 100.5, y: 50.5 });
    expect(pixelOf(radiograph, [16, 20, 0])).toEqual({ x: 160.5, y: 200.5 });
    const mark = (tool: string, points: number[][]): Measurement => ({
      id: '1',
      tool,
      series: 's',
      instance: '1.1',
      frame: 1,
      points,
    });
    const at = (x: number, y: number) => [x * 0.5 - 100, y * 0.5 - 120, 42.5];
    expect(strokesOf(mark('Length', [at(0, 0), at(10, 0)]), axial)).toHaveLength(1);
    expect(strokesOf(mark('CobbAngle', [at(0, 0), at(1, 0), at(2, 2), at(3, 3)]), axial)).toHaveLength(2);
    expect(strokesOf(mark('Probe', [at(5, 5)]), axial)).toHaveLength(2);
    const round = strokesOf(mark('EllipticalROI', [at(10, 20), at(10, 0), at(0, 10), at(20, 10)]), axial)[0] ?? [];
    expect(Math.max(...round.map((p) => p.x))).toBeCloseTo(20.5);
    expect(Math.min(...round.map((p) => p.y))).toBeCloseTo(0.5);
    expect(strokesOf(mark('Length', []), axial)).toEqual([]);
  });
});
