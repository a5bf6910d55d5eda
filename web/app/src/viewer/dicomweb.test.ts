import { describe, expect, it } from 'vitest';
import { type DicomJson, dateText, personName } from './dicom.model';
import { firstPart, partOf } from './dicomweb';

const bytes = (s: string) => new TextEncoder().encode(s).buffer as ArrayBuffer;
const string = (b: ArrayBuffer) => new TextDecoder().decode(b);

describe('firstPart', () => {
  const type = 'multipart/related; type="application/octet-stream"; boundary=xyz';
  it('is the body of the first part', () => {
    const body = bytes('--xyz\r\nContent-Type: application/octet-stream\r\n\r\nab\r\n\r\ncd\r\n--xyz--\r\n');
    expect(string(firstPart(body, type))).toBe('ab\r\n\r\ncd');
  });
  it('is everything of an answer that is not multipart', () => {
    expect(string(firstPart(bytes('abc'), 'application/octet-stream'))).toBe('abc');
  });
  it('tells the type of the part, which is not that of the whole', () => {
    const body = bytes('--xyz\r\ncontent-type: image/jls; transfer-syntax=1.2.840.10008.1.2.4.80\r\n\r\nab\r\n--xyz--');
    expect(partOf(body, type).type).toBe('image/jls; transfer-syntax=1.2.840.10008.1.2.4.80');
    expect(partOf(bytes('abc'), 'image/jls').type).toBe('image/jls');
  });
  it('takes what there is when the end was cut off', () => {
    expect(string(firstPart(bytes('--xyz\r\nA: b\r\n\r\ncut'), type))).toBe('cut');
  });
});

describe('personName', () => {
  const pn = (v: unknown): DicomJson => ({ '00100010': { vr: 'PN', Value: [v] } });
  it.each([
    [{ Alphabetic: 'Zhang^San', Ideographic: '张^三' }, '张三'],
    [{ Alphabetic: '阿迪力·买买提' }, '阿迪力·买买提'],
    [{ Alphabetic: 'Doe^John^M' }, 'Doe John M'],
    [{}, ''],
  ])('%o', (v, want) => expect(personName(pn(v), '00100010')).toBe(want));
});

describe('dateText', () => {
  it('leaves alone what is no date', () => {
    expect(dateText('20261121')).toBe('2026-11-21');
    expect(dateText('2026')).toBe('2026');
  });
});
