import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { buildSeries, type Series } from '../study.model';
import { type Concept, documentOf, drawingsOf, figureWords, readable, shownBy, trackingOf } from './content.model';
import { lineOf, type Pixel, pathOf, pixelAt, placed } from './drawing.model';
import { cutAtRefs, pictureRef, refsIn, resolveRef } from './links.model';
import { areaOn, keptLook, paneLook } from './look.model';
import { objectsOf, reportDrawings } from './objects.model';
import { presentationOf } from './presentation.model';
import { coverageOf, framesOn, fromLab, gridOn, paint, planeOfPicture, segmentationOf } from './segmentation.model';
import { selectionOf } from './selection.model';

// What the server writes, as it gives it out: imaging/structured keeps it.
const golden = (name: string): DicomJson =>
  JSON.parse(readFileSync(join(__dirname, '../../../../../imaging/structured/testdata', name), 'utf8'));
const meaning = (c: Concept) => c.meaning;

const sq = (...Value: DicomJson[]) => ({ vr: 'SQ', Value });
const one = (vr: string, ...Value: unknown[]) => ({ vr, Value });

describe('a report', () => {
  const doc = documentOf(golden('0-SR.json'));

  it('tells what it is, of whom and when', () => {
    expect(doc).toMatchObject({
      title: 'Imaging Measurement Report',
      author: '苏文',
      at: '2026-11-22 09:30',
      complete: true,
      verified: false,
      template: '1500',
    });
  });

  it('draws each mark once, with its numbers, on its picture', () => {
    const all = drawingsOf(doc, meaning);
    expect(all).toHaveLength(11);
    expect(all[0]).toEqual({
      picture: { instance: '1.2.3.1.1', frame: 1, whole: true },
      shapes: [
        {
          kind: 'polyline',
          points: [
            [10.5, 20],
            [60.25, 24],
          ],
        },
      ],
      words: ['结节', '35.2 mm'],
      tracking: trackingOf('8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a01'),
    });
    const ellipse = all.find((d) => d.shapes[0]?.kind === 'ellipse');
    expect(ellipse?.words).toEqual([
      'Area 120.5 mm²',
      'Mean 41.2 HU',
      'Standard Deviation 9.9 HU',
      'Minimum -3 HU',
      'Maximum 80 HU',
    ]);
    expect(all.find((d) => d.words.includes('磨玻璃影'))?.shapes[0]?.points).toHaveLength(2);
    expect(all.find((d) => d.words[0]?.startsWith('Cardiothoracic'))?.shapes).toHaveLength(2);
  });

  it('leaves identifiers out and knows the way to pictures', () => {
    const measurements = doc.nodes.find((n) => n.concept?.value === '126010');
    const group = measurements?.children[0];
    expect(group?.children.filter(readable).map((n) => n.type)).toEqual(['CODE', 'CODE', 'TEXT', 'NUM']);
    expect((group?.children ?? []).slice(-1).flatMap(shownBy)).toEqual([
      { instance: '1.2.3.1.1', frame: 1, whole: true },
    ]);
  });

  it('survives what no report should be', () => {
    expect(documentOf({}).nodes).toEqual([]);
    expect(drawingsOf(documentOf({ '0040A730': one('SQ', {}, { '0040A040': one('CS', 'SCOORD') }) }), meaning)).toEqual(
      [],
    );
    let deep: DicomJson = {};
    for (let i = 0; i < 500; i++) deep = { '0040A040': one('CS', 'CONTAINER'), '0040A730': sq(deep) };
    expect(documentOf(deep).nodes).toHaveLength(1);
  });
});

describe('a report of a waveform', () => {
  const doc = documentOf(golden('3-SR.json'));
  const groups = doc.nodes.find((n) => n.concept?.value === '126010')?.children ?? [];
  const figures = groups.flatMap((g) => g.children.filter((n) => n.type === 'NUM'));

  it('says the moments and the channels of each number, and leads to its recording', () => {
    expect(figures.map((n) => figureWords(n, meaning))).toEqual([
      'Duration 420 ms',
      'Voltage measurement 1.2 mV',
      'Duration 844 ms',
      'Heart rate 71 /min',
    ]);
    const places = figures.flatMap((n) => n.children);
    expect(places.every(readable)).toBe(true);
    expect(places.map((n) => n.moments?.words)).toEqual([['1.2–1.62'], ['2.304'], ['0.123–0.967'], ['0.123–0.967']]);
    expect(places.map((n) => n.children[0]?.channels)).toEqual([[[1, 1]], [[1, 2]], [[1, 1]], [[1, 1]]]);
    expect(figures[0] && shownBy(figures[0])).toEqual([{ instance: '1.2.3.4.1', frame: 1, whole: true }]);
    expect(groups[3]?.children.at(-1)).toMatchObject({ type: 'TCOORD', concept: { value: '121112' } });
  });

  it('draws nothing over pictures', () => {
    expect(drawingsOf(doc, meaning)).toEqual([]);
  });

  it('reads what others write of moments', () => {
    const read = (range: string, more: DicomJson) =>
      documentOf({
        '0040A730': sq({ '0040A040': one('CS', 'TCOORD'), '0040A130': one('CS', range), ...more }),
      }).nodes[0];
    expect(read('MULTISEGMENT', { '0040A132': one('UL', 100, 200, 300, 400, 500) })?.moments).toEqual({
      reach: 'at',
      unit: 'samples',
      words: ['100–200', '300–400', '500'],
    });
    expect(read('BEGIN', { '0040A13A': one('DT', '20261122081500.25+0800') })?.moments).toEqual({
      reach: 'begin',
      unit: 'dates',
      words: ['2026-11-22 08:15:00'],
    });
    expect(read('END', { '0040A138': one('DS', 1.5) })?.moments?.reach).toBe('end');
    expect(read('MULTIPOINT', { '0040A138': one('DS', 1, 2) })?.moments?.words).toEqual(['1', '2']);
    for (const bad of [{}, { '0040A138': one('DS', 'x') }, { '0040A13A': one('DT', 7) }, { '0040A138': { vr: 'DS' } }])
      expect(read('SEGMENT', bad)).toMatchObject({ moments: undefined });
  });

  it('reads whole waveforms, and references that are cut short', () => {
    const read = (sop: DicomJson) =>
      documentOf({ '0040A730': sq({ '0040A040': one('CS', 'WAVEFORM'), '00081199': sq(sop) }) }).nodes[0];
    const whole = read({ '00081155': one('UI', '1.1') });
    expect(whole).toMatchObject({ channels: [], pictures: [{ instance: '1.1', frame: 1 }] });
    expect(whole && readable(whole)).toBe(true);
    expect(read({ '0040A0B0': one('US', 1, 0, 2, 3, 4) })?.channels).toEqual([
      [1, 0],
      [2, 3],
    ]);
  });
});

describe('a presentation state', () => {
  it('says how each picture is shown and what is drawn on it', () => {
    const p = presentationOf(golden('1-PR.json'));
    expect(p.shown[0]).toEqual({
      picture: { instance: '1.2.3.1.1', frame: 1, series: '1.2.3.1' },
      window: { center: -600, width: 1500 },
      area: [100, 120, 400, 420],
      rotation: 0,
      flip: false,
      invert: false,
    });
    expect(p.shown[1]?.area).toEqual([0, 0, 512, 512]);
    expect(p.creator).toBe('苏文');
    const texts = p.drawings.filter((d) => d.words.length > 0);
    expect(texts[0]).toMatchObject({ words: ['结节', '35.2 mm'], at: [10.5, 20] });
    expect(p.drawings.filter((d) => d.shapes.length > 0)).toHaveLength(2);
  });

  it('means all pictures where it names none', () => {
    const p = presentationOf({
      '00081115': sq({
        '0020000E': one('UI', '1.1'),
        '00081140': sq({ '00081155': one('UI', '1.1.1') }, { '00081155': one('UI', '1.1.2') }),
      }),
      '00700001': sq({
        '00700009': sq({
          '00700005': one('CS', 'DISPLAY'),
          '00700023': one('CS', 'CIRCLE'),
          '00700022': one('FL', 0.5, 0.5, 0.6, 0.5),
        }),
      }),
      '00283110': sq({ '00281050': one('DS', 40), '00281051': one('DS', 400) }),
      '20500020': one('CS', 'INVERSE'),
    });
    expect(p.drawings.map((d) => d.picture.instance)).toEqual(['1.1.1', '1.1.2']);
    expect(p.drawings[0]?.shapes[0]?.onDisplay).toBe(true);
    expect(p.shown[1]).toMatchObject({ window: { center: 40, width: 400 }, invert: true });
  });
});

it('a selection lists its pictures and why', () => {
  const s = selectionOf(golden('2-KO.json'));
  expect(s).toMatchObject({ title: 'Of Interest', words: '右上叶结节', author: '苏文' });
  expect(s.pictures.map((p) => p.instance)).toEqual(['1.2.3.1.1', '1.2.3.1.2']);
});

describe('drawing', () => {
  it('places pixels and finds them again, turned and flipped', () => {
    const m = { a: 0, b: 2, c: -1.5, d: 0, e: 100, f: 10 };
    const p: Pixel = [12.5, 30];
    const there = placed(m, p);
    expect(pixelAt(m, there)?.map((v) => Math.round(v * 1e6) / 1e6)).toEqual([12.5, 30]);
    expect(pixelAt({ ...m, c: 0 }, there)).toBeUndefined();
  });

  it('bends round shapes', () => {
    const line = lineOf({
      kind: 'ellipse',
      points: [
        [0, 5],
        [20, 5],
        [10, 0],
        [10, 10],
      ],
    });
    for (const [x, y] of line) expect(((x - 10) / 10) ** 2 + ((y - 5) / 5) ** 2).toBeCloseTo(1);
    expect(
      pathOf(
        {
          kind: 'polyline',
          points: [
            [1, 2],
            [3, 4],
          ],
        },
        (p) => p,
      ),
    ).toBe('M1.0 2.0L3.0 4.0');
    expect(pathOf({ kind: 'point', points: [[1, 2]] }, (p) => p)).toBe('M-4 2H6M1 -3V7');
  });
});

describe('a look', () => {
  it('keeps the area that is seen, in whole pixels', () => {
    const m = { a: 2, b: 0, c: 0, d: 2, e: -100, f: 50 };
    expect(areaOn(m, { width: 400, height: 300 }, { width: 512, height: 512 })).toEqual([50, 0, 250, 125]);
    const kept = keptLook(
      {
        series: '',
        instance: '',
        frame: 1,
        zoom: 2,
        rotation: 90,
        flip: [false, true],
        invert: true,
        window: { center: 1.005, width: 2 },
      },
      undefined,
      { width: 1, height: 1 },
      { width: 1, height: 1 },
    );
    expect(kept).toMatchObject({ turn: 270, flip: true, invert: true });
  });

  it('shows an area again: its middle, and as large as it fits', () => {
    const d = {
      '00280010': one('US', 512),
      '00280011': one('US', 512),
      '00280030': one('DS', 0.5, 0.5),
      '00200032': one('DS', -128, -128, 40),
      '00200037': one('DS', 1, 0, 0, 0, 1, 0),
    };
    const shown = {
      picture: { instance: '1', frame: 1 },
      area: [128, 128, 384, 384] as const,
      rotation: 0,
      flip: false,
      invert: false,
    };
    const look = paneLook(shown, '2', d, { width: 800, height: 600 });
    expect(look.zoom).toBe(2);
    expect(look.focus).toEqual([-0.25, -0.25, 40]);
  });
});

/** A binary segmentation of two frames of 3×3 pixels: bits run on from one frame into the next. */
function binary(bits: string): { d: DicomJson; data: ArrayBuffer } {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  [...bits].forEach((b, i) => {
    if (b === '1') bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
  });
  const frame = (segment: number, instance: string) => ({
    '0062000A': sq({ '0062000B': one('US', segment) }),
    '00089124': sq({ '00082112': sq({ '00081155': one('UI', instance) }) }),
  });
  const d = {
    '00080016': one('UI', '1.2.840.10008.5.1.4.1.1.66.4'),
    '00080018': one('UI', '9.9'),
    '00280010': one('US', 3),
    '00280011': one('US', 3),
    '00280008': one('IS', 2),
    '00280100': one('US', 1),
    '00620001': one('CS', 'BINARY'),
    '00620002': sq(
      { '00620004': one('US', 1), '00620005': one('LO', '肝') },
      { '00620004': one('US', 2), '00620005': one('LO', '肿瘤') },
    ),
    '52009230': sq(frame(1, '5.1'), frame(2, '5.2')),
  };
  return { d, data: bytes.buffer };
}

describe('a segmentation', () => {
  const { d, data } = binary('100010001');
  const other = binary('011000000').data;
  const s = segmentationOf(d);

  it('unpacks the bits of each frame', () => {
    const [first, second] = s.frames;
    expect(first && [...coverageOf(s, first, 1, data)].map((v) => v / 255).join('')).toBe('100010001');
    expect(second && [...coverageOf(s, second, 2, other)].map((v) => v / 255).join('')).toBe('011000000');
    expect(second && coverageOf(s, second, 1, other).every((v) => v === 0)).toBe(true);
  });

  it('lies on the pictures that it was made of', () => {
    expect(framesOn(s, { instance: '5.2', frame: 1 }, {}).map((f) => f.index)).toEqual([1]);
    expect(framesOn(s, { instance: '5.3', frame: 1 }, {})).toEqual([]);
    expect(s.segments.map((x) => x.label)).toEqual(['肝', '肿瘤']);
  });

  it('shows fractions as much as they are', () => {
    const f = segmentationOf({
      ...d,
      '00620001': one('CS', 'FRACTIONAL'),
      '0062000E': one('US', 100),
      '00280100': one('US', 8),
    });
    const bytes = new Uint8Array(18).fill(50);
    const frame = f.frames[0];
    expect(frame && coverageOf(f, frame, 1, bytes.buffer)[4]).toBe(128);
    const rgba = new Uint8ClampedArray(8);
    paint(rgba, new Uint8Array([0, 128]), [1, 2, 3]);
    expect([...rgba]).toEqual([0, 0, 0, 0, 1, 2, 3, 128]);
  });

  it('without sources lies where its plane is', () => {
    const plane = (z: number) => ({ '00209113': sq({ '00200032': one('DS', 10, 0, z) }) });
    const f = segmentationOf({
      ...d,
      '00200052': one('UI', '7'),
      '52009229': sq({
        '00209116': sq({ '00200037': one('DS', 1, 0, 0, 0, 1, 0) }),
        '00289110': sq({ '00280030': one('DS', 2, 2) }),
      }),
      '52009230': sq(plane(5), plane(10)),
    });
    const picture = {
      '00200052': one('UI', '7'),
      '00200032': one('DS', 0, 0, 10),
      '00200037': one('DS', 1, 0, 0, 0, 1, 0),
      '00280030': one('DS', 1, 1),
    };
    expect(framesOn(f, { instance: 'x', frame: 1 }, picture).map((x) => x.index)).toEqual([1]);
    // The corner of the first pixel: half a pixel of 2 mm before 10 mm is column 9.5 of 1 mm.
    const grid = gridOn(f.frames[1]?.plane, planeOfPicture(picture));
    expect(placed(grid, [0, 0])).toEqual([9.5, -0.5]);
    expect(placed(grid, [1, 1])).toEqual([11.5, 1.5]);
  });

  it('reads colours', () => {
    expect(fromLab(100, 0, 0).every((v) => v >= 254)).toBe(true);
    expect(fromLab(53.2, 80.1, 67.2)[0]).toBeGreaterThan(240);
  });
});

const image = (series: number, image: number, instance: string): DicomJson => ({
  '00080016': one('UI', '1.2.840.10008.5.1.4.1.1.2'),
  '00080018': one('UI', instance),
  '00080060': one('CS', 'CT'),
  '0020000D': one('UI', '1'),
  '0020000E': one('UI', `1.${series}`),
  '00200011': one('IS', series),
  '00200013': one('IS', image),
  '00280010': one('US', 4),
});
const built = (...d: DicomJson[]) => buildSeries(d) as Series;

describe('references', () => {
  const three = built(image(3, 40, '1.3.40'), image(3, 41, '1.3.41'));
  const twice = built(image(5, 1, '1.5.1111'), image(5, 1, '1.5.2222'));
  const all = [three, twice];

  it('name a picture so that it is found again', () => {
    expect(pictureRef(all, { instance: '1.3.41', frame: 1 })).toBe('Se 3 Im 41');
    const label = pictureRef(all, { instance: '1.5.2222', frame: 1 });
    expect(label).toBe('Se 5 Im 1 ~2222');
    const [ref] = refsIn(`结节 12 mm（${label}）。`);
    expect(ref && resolveRef(ref, all)).toEqual({ series: '1.5', instance: '1.5.2222', frame: 1 });
  });

  it('that mean nothing, or two pictures, are no links', () => {
    const refs = refsIn('Se 3 Im 7, Se 5 Im 1, Se 3 Im 40');
    expect(refs.map((r) => resolveRef(r, all)?.instance)).toEqual([undefined, undefined, '1.3.40']);
    expect(pictureRef(all, { instance: 'x', frame: 1 })).toBeUndefined();
    expect(cutAtRefs('a Se 3 Im 40 b').map((p) => (typeof p === 'string' ? p : p.label))).toEqual([
      'a ',
      'Se 3 Im 40',
      ' b',
    ]);
  });
});

describe('the objects of a study', () => {
  const report = golden('0-SR.json');
  const later: DicomJson = {
    ...report,
    '00080018': one('UI', '2.25.1'),
    '00200013': one('IS', 2),
    '00080033': one('TM', '100000'),
    '0040A360': sq({ '00081115': sq({ '00081199': sq({ '00081155': report['00080018'] as never }) }) }),
  };

  it('are the newest versions', () => {
    const old = text(report);
    later['0040A360'] = sq({ '00081115': sq({ '00081199': sq({ '00081155': one('UI', old) }) }) });
    const found = objectsOf([
      built(report, later),
      built(golden('1-PR.json')),
      built(golden('2-KO.json')),
      built(image(1, 1, '1.1')),
    ]);
    expect(found.map((o) => [o.kind, o.instance === '2.25.1'])).toEqual([
      ['report', true],
      ['presentation', false],
      ['selection', false],
    ]);
  });

  it('are not drawn twice where the viewer draws the same mark', () => {
    const objects = objectsOf([built(report)]);
    const on = { instance: '1.2.3.1.1', frame: 1 };
    const own = new Set([trackingOf('8d7f2f1e-1f0a-4c4e-9c54-0c1f5b8e7a01') ?? '']);
    expect(reportDrawings(objects, on, meaning, new Set())).toHaveLength(3);
    expect(reportDrawings(objects, on, meaning, own)).toHaveLength(2);
  });
});

function text(d: DicomJson): string {
  return String(d['00080018']?.Value?.[0]);
}
