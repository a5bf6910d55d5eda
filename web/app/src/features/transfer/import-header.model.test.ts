import { describe, expect, it } from 'vitest';
import { decodeText, displayName } from './import-charset.model';
import { NeedMore, readHeader, readMeta } from './import-header.model';
import { fileSource, look } from './import-source';

type Order = 'explicit' | 'implicit' | 'big';
const syntaxes = { explicit: '1.2.840.10008.1.2.1', implicit: '1.2.840.10008.1.2', big: '1.2.840.10008.1.2.2' };

const ascii = (text: string) => Array.from(text, (c) => c.charCodeAt(0));

/** One element; a length may lie. */
function element(order: Order, tag: number, vr: string, value: number[], length = value.length): number[] {
  const numbers = (n: number, bytes: number) => {
    const little = Array.from({ length: bytes }, (_, i) => Math.floor(n / 256 ** i) % 256);
    return order === 'big' ? little.reverse() : little;
  };
  const head = [...numbers(Math.floor(tag / 65536), 2), ...numbers(tag % 65536, 2)];
  if (order === 'implicit' || tag >= 0xfffe0000) return [...head, ...numbers(length, 4), ...value];
  const long = ['SQ', 'OB', 'UN'].includes(vr);
  return [...head, ...ascii(vr), ...(long ? [0, 0, ...numbers(length, 4)] : numbers(length, 2)), ...value];
}

const even = (text: string, pad = ' ') => ascii(text.length % 2 ? text + pad : text);

function meta(order: Order, sopClass = '1.2.840.10008.5.1.4.1.1.2'): number[] {
  return [
    ...new Array(128).fill(0),
    ...ascii('DICM'),
    ...element('explicit', 0x00020001, 'OB', [0, 1]),
    ...element('explicit', 0x00020002, 'UI', even(sopClass, '\0')),
    ...element('explicit', 0x00020010, 'UI', even(syntaxes[order], '\0')),
  ];
}

function dataset(order: Order): number[] {
  const item = (inner: number[]) => [
    ...element(order, 0xfffee000, '', inner, 0xffffffff),
    ...element(order, 0xfffee00d, '', []),
  ];
  return [
    ...element(order, 0x00080005, 'CS', even('GB18030')),
    ...element(order, 0x00080018, 'UI', even('1.2.3.4', '\0')),
    ...element(order, 0x00080060, 'CS', even('CT')),
    ...element(
      order,
      0x00081140,
      'SQ',
      [...item(element(order, 0x00080018, 'UI', even('9.9.9.9', '\0'))), ...element(order, 0xfffee0dd, '', [])],
      0xffffffff,
    ),
    ...element(order, 0x00100010, 'PN', [...ascii('Zhang^San='), 0xd5, 0xc5, 0x5e, 0xc8, 0xfd, 0x20]),
    ...element(order, 0x00100020, 'LO', even('P1')),
    ...element(order, 0x0020000d, 'UI', even('1.2.3', '\0')),
    ...element(order, 0x0020000e, 'UI', even('1.2.3.1', '\0')),
    ...element(order, 0x00200011, 'IS', even('7')),
    ...element(order, 0x7fe00010, 'OB', [0, 0]),
  ];
}

const bytes = (list: number[]) => Uint8Array.from(list);
const source = (list: number[]) => fileSource('a/b', new File([bytes(list)], 'b'));

describe('the header of a file', () => {
  for (const order of ['explicit', 'implicit', 'big'] as const)
    it(`is read in ${order} order, sequences stepped over`, async () => {
      const kind = await look(source([...meta(order), ...dataset(order)]));
      expect(kind).toMatchObject({
        kind: 'image',
        header: {
          instance: '1.2.3.4',
          study: '1.2.3',
          series: '1.2.3.1',
          patientName: '张三',
          patientId: 'P1',
          modality: 'CT',
          seriesNumber: '7',
          start: meta(order).length,
        },
      });
    });

  it('is read on while it is longer than the first bytes', async () => {
    const comment = element('explicit', 0x00104000, 'UN', new Array(40_000).fill(0x20));
    const all = dataset('explicit');
    const at = all.length - element('explicit', 0x7fe00010, 'OB', [0, 0]).length - 10 - 16 - 14;
    const kind = await look(source([...meta('explicit'), ...all.slice(0, at), ...comment, ...all.slice(at)]));
    expect(kind.kind).toBe('image');
  });

  it('of anything else is told apart', async () => {
    expect(await look(source(ascii('hello')))).toEqual({ kind: 'other' });
    expect(await look(source([]))).toEqual({ kind: 'other' });
    expect(await look(source(meta('explicit', '1.2.840.10008.1.3.10')))).toEqual({ kind: 'broken' });
    expect(await look(source([...meta('explicit', '1.2.840.10008.1.3.10'), ...dataset('explicit')]))).toEqual({
      kind: 'directory',
    });
  });

  it('cut off anywhere is never an image without its place, and never an endless reading', async () => {
    const whole = [...meta('explicit'), ...dataset('explicit')];
    for (let at = 0; at < whole.length; at += 3) {
      const kind = await look(source(whole.slice(0, at)));
      if (kind.kind === 'image') expect(kind.header.series).toBe('1.2.3.1');
    }
  });

  it('with lengths that lie is broken', async () => {
    const lie = [...meta('explicit'), ...element('explicit', 0x00080018, 'UN', [], 0xfffffff0)];
    expect(await look(source(lie))).toEqual({ kind: 'broken' });
    const deep = Array.from({ length: 40 }, () => element('explicit', 0xfffee000, '', [], 0xffffffff)).flat();
    expect(
      await look(source([...meta('explicit'), ...element('explicit', 0x00081140, 'SQ', deep, 0xffffffff)])),
    ).toEqual({ kind: 'broken' });
  });

  it('with a value that is as long as a book costs no time', () => {
    const known = { start: 0, syntax: syntaxes.implicit, sopClass: '' };
    const blanks = [...Array.from({ length: 400_000 }, () => 0x20), 0x41];
    const began = performance.now();
    const header = readHeader(bytes(element('implicit', 0x00081030, 'LO', blanks)), known, true);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(header.studyDescription.length).toBeLessThan(2_000);
  });

  it('says how much is missing', () => {
    const whole = meta('explicit');
    const known = { start: 0, syntax: syntaxes.explicit, sopClass: '' };
    expect(() => readHeader(bytes(element('explicit', 0x00100010, 'PN', [], 100)), known, false)).toThrow(NeedMore);
    expect(readMeta(bytes([...whole, ...dataset('explicit')]))?.start).toBe(whole.length);
  });
});

describe('text', () => {
  const table: [string, number[], string, string][] = [
    ['GB18030', [0xd5, 0xc5], 'GB18030', '张'],
    ['UTF-8', [0xe5, 0xbc, 0xa0], 'ISO_IR 192', '张'],
    ['UTF-8 that nobody declared', [0xe5, 0xbc, 0xa0], '', '张'],
    ['GBK that nobody declared', [0xd5, 0xc5], '', '张'],
    ['Latin 1', [0x4d, 0xfc], 'ISO_IR 100', 'Mü'],
    ['Chinese with escapes', [0x1b, 0x24, 0x29, 0x41, 0xd5, 0xc5], '\\ISO 2022 IR 58', '张'],
    ['Korean with escapes', [0x1b, 0x24, 0x29, 0x43, 0xb1, 0xe8], '\\ISO 2022 IR 149', '김'],
    ['Japanese with escapes', [0x1b, 0x24, 0x42, 0x3b, 0x33, 0x1b, 0x28, 0x42], '\\ISO 2022 IR 87', '山'],
    ['ASCII', [0x41], 'nonsense', 'A'],
  ];
  for (const [name, list, charset, want] of table) it(name, () => expect(decodeText(bytes(list), charset)).toBe(want));

  it('names are written as their script wants it', () => {
    expect(displayName('Zhang^San=张^三=')).toBe('张三');
    expect(displayName('ZHANG^SAN')).toBe('ZHANG SAN');
    expect(displayName('ZHANG^SAN=^=')).toBe('ZHANG SAN');
    expect(displayName('')).toBe('');
  });
});
