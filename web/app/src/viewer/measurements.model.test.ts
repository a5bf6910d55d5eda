import { describe, expect, it } from 'vitest';
import {
  drawnIn,
  keyImage,
  type Measurement,
  sameMeasurements,
  toAnnotation,
  toMeasurement,
} from './measurements.model';

const kept: Measurement = {
  id: 'm1',
  tool: 'Length',
  series: '1.2.3',
  instance: '1.2.3.4',
  frame: 7,
  frameOfReference: '1.9',
  points: [
    [1, 2, 3],
    [4, 5, 6],
  ],
  viewPlaneNormal: [0, 0, -1],
  viewUp: [0, -1, 0],
  label: '结节',
};

const imageId = 'wadors:https://x/dicom-web/studies/1.1/series/1.2.3/instances/1.2.3.4/frames/7';

describe('measurements', () => {
  it('on a plane through a volume stand in the patient, with the nearest picture for the lists', () => {
    const drawn: Measurement = { ...kept, space: 'patient', viewPlaneNormal: [0, -1, 0], viewUp: [0, 0, 1] };
    const a = toAnnotation(drawn, imageId);
    expect(a.metadata?.referencedImageId).toBeUndefined();
    expect(drawnIn(a)).toEqual({ study: '1.1', series: '1.2.3' });
    expect(toMeasurement(a)).toEqual(drawn);
    expect(toMeasurement(toAnnotation({ ...drawn, frameOfReference: undefined }, imageId))).toBeUndefined();
    expect(toMeasurement(toAnnotation({ ...drawn, tool: 'Calibration', known: 10 }, imageId))).toBeUndefined();
  });

  it('come back as they were kept', () => {
    expect(toMeasurement(toAnnotation(kept, imageId))).toEqual({ ...kept, textBox: undefined });
  });

  it('carry the figures of the last look', () => {
    const figures = [{ kind: 'length' as const, value: 8.2, unit: 'mm' }];
    const read = toMeasurement(toAnnotation(kept, imageId), { figures, note: 'detector' });
    expect(read?.figures).toEqual(figures);
    expect(read?.spacing).toBe('detector');
  });

  it('keep a moved text box', () => {
    const m = { ...kept, textBox: [7, 8, 9] };
    expect(toMeasurement(toAnnotation(m, imageId))).toEqual(m);
  });

  it('keep a line drawn by hand, thinned', () => {
    const points = Array.from({ length: 1000 }, (_, i) => [i, 0.12345, 2]);
    const m = { ...kept, tool: 'PlanarFreehandROI', points, closed: true };
    const back = toMeasurement(toAnnotation(m, imageId));
    expect(back?.closed).toBe(true);
    expect(back?.points.length).toBe(334);
    expect(back?.points[1]).toEqual([3, 0.123, 2]);
  });

  it('keep the known length of a calibration', () => {
    const m = { ...kept, tool: 'Calibration', known: 50 };
    expect(toMeasurement(toAnnotation(m, imageId))?.known).toBe(50);
    expect(toMeasurement(toAnnotation({ ...m, known: undefined }, imageId))).toBeUndefined();
  });

  it('are none while they are being drawn', () => {
    expect(toMeasurement(toAnnotation({ ...kept, tool: 'CobbAngle' }, imageId))).toBeUndefined();
    expect(toMeasurement(toAnnotation({ ...kept, tool: 'ArrowAnnotate', label: undefined }, imageId))).toBeUndefined();
    expect(toMeasurement(toAnnotation({ ...kept, tool: 'RegionZoom' }, imageId))).toBeUndefined();
  });

  it('of a picture itself are key images, one at most', () => {
    const at = { series: '1.2.3', instance: '1.2.3.4', frame: 7 };
    expect(keyImage(at).id).toBe(keyImage(at, '结节').id);
    expect(keyImage(at, '结节')).toMatchObject({ kind: 'key', points: [], label: '结节' });
  });

  it('carry no address of the page', () => {
    expect(JSON.stringify(toMeasurement(toAnnotation(kept, imageId)))).not.toContain('https');
  });

  it('without an image or points are none', () => {
    expect(
      toMeasurement({ annotationUID: 'a', metadata: { toolName: 'Length' }, data: { handles: { points: [[0]] } } }),
    ).toBeUndefined();
    expect(
      toMeasurement({
        annotationUID: 'a',
        metadata: { toolName: 'Length', referencedImageId: imageId },
        data: {},
      }),
    ).toBeUndefined();
  });

  it('are compared by value', () => {
    expect(sameMeasurements([kept], [{ ...kept }])).toBe(true);
    expect(sameMeasurements([kept], [])).toBe(false);
  });
});
