import { describe, expect, it } from 'vitest';
import { commandOf } from './keys.model';
import { type Measurement, sameMeasurements, toAnnotation, toMeasurement } from './measurements.model';
import { ctPresets } from './study.model';

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
  it('come back as they were kept', () => {
    expect(toMeasurement(toAnnotation(kept, imageId))).toEqual({ ...kept, textBox: undefined });
  });

  it('carry the figures of the last look', () => {
    const figures = [{ kind: 'length' as const, value: 8.2, unit: 'mm' }];
    expect(toMeasurement(toAnnotation(kept, imageId), figures)?.figures).toEqual(figures);
  });

  it('keep a moved text box', () => {
    const m = { ...kept, textBox: [7, 8, 9] };
    expect(toMeasurement(toAnnotation(m, imageId))).toEqual(m);
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

describe('keys', () => {
  const press = (key: string, target: EventTarget = document.body, ctrlKey = false) =>
    commandOf({ key, ctrlKey, metaKey: false, altKey: false, target }, ctPresets);

  it('number keys are windows, as far as there are any', () => {
    expect(press('1')).toEqual({ do: 'preset', index: 0 });
    expect(press('9')).toBeUndefined();
    expect(commandOf({ key: '1', ctrlKey: false, metaKey: false, altKey: false, target: null }, [])).toBeUndefined();
  });

  it('do nothing while somebody types, or with the browser’s modifiers', () => {
    expect(press('w', document.createElement('textarea'))).toBeUndefined();
    expect(press('w', document.body, true)).toBeUndefined();
    expect(press('W')).toEqual({ do: 'tool', tool: 'window' });
  });

  it('work on the scroll bar of a pane', () => {
    const range = document.createElement('input');
    range.type = 'range';
    expect(press('l', range)).toEqual({ do: 'tool', tool: 'length' });
  });
});
