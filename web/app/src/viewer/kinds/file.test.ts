import { expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { unshownBy, unshownSyntax } from './file.model';

const of = (sop: string, mime?: string): DicomJson => ({
  '00080016': { vr: 'UI', Value: [sop] },
  ...(mime ? { '00420012': { vr: 'LO', Value: [mime] } } : {}),
});
const storage = '1.2.840.10008.5.1.4.1.1';

it.each([
  [of('1.3.12.2.1107.5.9.1'), { why: 'private', what: '1.3.12.2.1107.5.9.1' }],
  [of(`${storage}.104.2`, 'text/XML'), { why: 'document', what: 'text/XML' }],
  [of(`${storage}.104.3`, 'model/stl'), { why: 'mesh' }],
  [of(`${storage}.481.3`), { why: 'radiotherapy' }],
  [of(`${storage}.66`), { why: 'raw' }],
  [of(`${storage}.4.2`), { why: 'spectrum' }],
  [of(`${storage}.77.1.5.3`), { why: 'other', what: `${storage}.77.1.5.3` }],
])('%#', (d, why) => expect(unshownBy(d)).toEqual(why));

it('tells a transfer syntax that nobody decodes from damaged data', () => {
  const [lossless, mpeg, own] = ['1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2.4.102', '1.2.840.113619.5.2'];
  expect([lossless, mpeg, '1.2.840.10008.1.2', own, '1.2.840.10008.1.2.4.66', ''].map((u) => unshownSyntax(u))).toEqual(
    [undefined, undefined, undefined, own, '1.2.840.10008.1.2.4.66', undefined],
  );
});
