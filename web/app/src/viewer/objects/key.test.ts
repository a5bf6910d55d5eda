import { expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import type { Series } from '../study.model';
import { foreignKeys, means } from './key.model';
import { objectOf, type StudyObject } from './objects.model';

const one = (vr: string, v: unknown) => ({ vr, Value: [v] });
const sq = (...v: DicomJson[]) => ({ vr: 'SQ', Value: v });
const code = (value: string, meaning: string) => sq({ '00080100': one('SH', value), '00080104': one('LO', meaning) });

function selection(title: string, maker: string, pictures: [instance: string, frame?: number][]): StudyObject {
  const found = objectOf({
    '00080016': one('UI', '1.2.840.10008.5.1.4.1.1.88.59'),
    '00080018': one('UI', `${title}.${maker}`),
    '00080070': one('LO', maker),
    '0040A040': one('CS', 'CONTAINER'),
    '0040A043': code(title, 'title'),
    '0040A730': sq(
      ...pictures.map(([instance, frame]) => ({
        '0040A040': one('CS', 'IMAGE'),
        '0040A010': one('CS', 'CONTAINS'),
        '00081199': sq({
          '00081155': one('UI', instance),
          ...(frame ? { '00081160': { vr: 'IS', Value: [frame] } } : {}),
        }),
      })),
    ),
  });
  if (!found) throw new Error('no selection');
  return found;
}

const ct = {
  uid: '1.1',
  kind: 'stack',
  frames: ['a', 'b', 'c'].map((instanceUid) => ({ instanceUid, frame: 1, metadata: {} })),
} as unknown as Series;
const xa = {
  uid: '1.2',
  kind: 'stack',
  frames: [1, 2, 3].map((frame) => ({ instanceUid: 'x', frame, metadata: {} })),
} as unknown as Series;

const of = (...all: StudyObject[]) =>
  foreignKeys(all, [ct, xa]).map((k) => [k.picture.series, k.picture.instance, k.picture.frame]);

it('finds the pictures that another maker’s selection names, each once, in their series and frame', () => {
  expect(
    of(selection('113000', 'ACME', [['b'], ['x', 3], ['gone']]), selection('113007', 'ACME', [['b'], ['c']])),
  ).toEqual([
    ['1.1', 'b', 1],
    ['1.2', 'x', 3],
    ['1.1', 'c', 1],
  ]);
});

it('takes a whole object for all of its frames where none is named, and says so once', () => {
  const keys = foreignKeys([selection('113000', 'ACME', [['x', 2], ['x'], ['x', 3], ['b']])], [ct, xa]);
  expect(keys.map((k) => [k.picture.instance, k.picture.frame, k.picture.whole])).toEqual([
    ['x', 2, undefined],
    ['x', 1, true],
    ['b', 1, undefined],
  ]);
  const [one, all] = keys.map((k) => xa.frames.map((f) => means(k.picture, f)));
  expect([one, all]).toEqual([
    [false, true, false],
    [true, true, true],
  ]);
});

it('leaves out what was rejected, and what readers here chose', () => {
  expect(of(selection('113001', 'ACME', [['a']]), selection('113039', 'ACME', [['a']]))).toEqual([]);
  expect(of(selection('113000', 'Yilian', [['a']]))).toEqual([]);
});
