// @vitest-environment node
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isZip, zipSources } from './import-zip';

interface Part {
  name: string;
  content: Buffer;
  method?: 0 | 8;
  /** Instead of the true one. */
  crc?: number;
  size?: number;
  flags?: number;
}

/** A ZIP as programs write it (APPNOTE.TXT 4.3). */
function zip(parts: Part[]): File {
  const files: Buffer[] = [];
  const records: Buffer[] = [];
  let at = 0;
  for (const { name, content, method = 8, crc = crcOf(content), size = content.length, flags = 0x800 } of parts) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const names = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(names.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, names, packed]);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(at, 10);
    records.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, end, names]));
    files.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(records);
  const tail = Buffer.alloc(18);
  tail.writeUInt16LE(parts.length, 4);
  tail.writeUInt16LE(parts.length, 6);
  tail.writeUInt32LE(directory.length, 8);
  tail.writeUInt32LE(at, 12);
  return new File(
    [Buffer.concat([...files, directory, Buffer.from('PK\x05\x06', 'latin1'), tail]) as BlobPart],
    'disc.zip',
  );
}

const crcOf = (content: Buffer): number => {
  if (crc32) return crc32(content);
  let crc = 0xffffffff;
  for (const byte of content) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
};

const content = Buffer.from('a picture, '.repeat(2000));
const text = async (blob: Blob) => Buffer.from(await blob.arrayBuffer()).toString();

describe('a ZIP', () => {
  it('is told from other files by its first bytes', async () => {
    expect(await isZip(zip([{ name: 'A', content }]))).toBe(true);
    expect(await isZip(new File(['PK is not enough'], 'x.zip'))).toBe(false);
    expect(await isZip(new File([''], 'x.zip'))).toBe(false);
    expect(await isZip(new File(['PK\x03\x04'], 'x.dcm'))).toBe(false);
  });

  it('gives its files, packed or not, whole and from their beginning', async () => {
    const sources = await zipSources(
      'd/disc.zip',
      zip([
        { name: 'DICOM/', content: Buffer.alloc(0), method: 0 },
        { name: 'DICOM/一', content },
        { name: 'B', content, method: 0 },
      ]),
    );
    expect(sources.map((s) => [s.path, s.size])).toEqual([
      ['d/disc/DICOM/一', content.length],
      ['d/disc/B', content.length],
    ]);
    for (const source of sources) {
      expect(Buffer.from(await source.head(9)).toString()).toBe('a picture');
      expect(await text(await source.whole())).toBe(content.toString());
    }
  });

  const bad: [string, Partial<Part>][] = [
    ['whose bytes have changed', { crc: 1 }],
    ['stored ones, too', { crc: 1, method: 0 }],
    ['that unpacks to more than it says', { size: 100 }],
    ['that unpacks to less than it says', { size: 1e6 }],
    ['that is locked', { flags: 0x801 }],
  ];
  for (const [name, part] of bad)
    it(`gives no file ${name}`, async () => {
      const [source] = await zipSources('z', zip([{ name: 'A', content, ...part }]));
      await expect(source?.whole()).rejects.toThrow();
    });

  it('that is cut off is one file that cannot be read', async () => {
    const whole = zip([{ name: 'A', content }]);
    const sources = await zipSources('z.zip', new File([whole.slice(0, whole.size - 30)], 'z.zip'));
    expect(sources.map((s) => s.path)).toEqual(['z.zip']);
    await expect(sources[0]?.head(4)).rejects.toThrow();
  });
});
