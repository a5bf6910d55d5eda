import { describe, expect, it } from 'vitest';
import { type Asked, prepare, type Stage } from './import-prepare';
import { fileSource } from './import-source';

const ascii = (text: string) => Array.from(text, (c) => c.charCodeAt(0));

/** A small file of DICOM in explicit little endian. */
function dicom(values: Record<number, string>): File {
  const element = (tag: number, vr: string, text: string) => {
    const value = ascii(text.length % 2 ? `${text} ` : text);
    const group = Math.floor(tag / 65536);
    return [group % 256, group >> 8, tag % 256, (tag % 65536) >> 8, ...ascii(vr), value.length, 0, ...value];
  };
  const meta = [...new Array(128).fill(0), ...ascii('DICM'), ...element(0x00020010, 'UI', '1.2.840.10008.1.2.1')];
  const body = Object.entries(values).flatMap(([tag, text]) => element(Number(tag), 'LO', text));
  return new File([Uint8Array.from([...meta, ...body])], 'x');
}

const image = (n: number, more: Record<number, string> = {}) =>
  dicom({
    524312: `1.1.1.${n}`,
    1048592: 'Zhang^San',
    1048608: 'P1',
    2097165: '1.1',
    2097166: '1.1.1',
    2097169: '1',
    ...more,
  });

const silent: Asked = {
  readDisc: async () => ({ patients: [] }),
  hereOf: async () => new Set(),
  ours: async () => [],
};

const signal = new AbortController().signal;

describe('looking through files', () => {
  const sources = [
    fileSource('D/DICOMDIR', new File(['x'], 'DICOMDIR')),
    fileSource('D/A', image(1)),
    fileSource('D/B', image(2)),
    fileSource('D/C', image(2)),
    fileSource('D/README', new File(['read me'], 'README')),
  ];
  const disc = {
    patients: [
      {
        id: 'P1',
        name: '',
        studies: [
          {
            uid: '1.1',
            date: '',
            description: '',
            accession: '',
            series: [
              {
                uid: '1.1.1',
                modality: '',
                number: '',
                description: '',
                files: ['A', 'Z'].map((path) => ({ path, instance: '' })),
              },
            ],
          },
        ],
      },
    ],
  };

  it('finds what there is, what is missing and what is here', async () => {
    const stages: Stage['stage'][] = [];
    const found = await prepare(
      sources,
      {
        readDisc: async () => disc,
        hereOf: async (study, list) => new Set(study === '1.1' ? [list[0]?.uid ?? ''] : []),
        ours: async (q) => (q === 'P1' ? [{ id: 'p', name: '张三', latin: 'Zhang San', number: 'P1' }] : []),
      },
      ({ stage }) => stages.push(stage),
      signal,
    );
    expect(found.results.map((r) => r.outcome)).toEqual(['other', 'here', 'left', 'twice', 'other']);
    expect(found.fits.map((fit) => fit.kind)).toEqual(['same']);
    expect(found.disc).toEqual({ studies: 1, files: 2, missing: [], extra: 1, failed: false });
    expect(found.patients[0]?.studies[0]?.series[0]?.missing).toEqual(['D/Z']);
    expect(stages).toEqual(['disc', 'files', 'asking']);
  });

  it('goes on when the directory is damaged', async () => {
    const readDisc = () => Promise.reject(new Error('no directory'));
    const found = await prepare(sources, { ...silent, readDisc }, () => undefined, signal);
    expect(found.disc).toMatchObject({ failed: true, missing: [], extra: 0 });
    expect(found.patients).toHaveLength(1);
  });

  it('fails when nobody can say what is here: nothing would be known of what to send', async () => {
    const hereOf = () => Promise.reject(new Error('the line'));
    await expect(prepare(sources, { ...silent, hereOf }, () => undefined, signal)).rejects.toThrow('the line');
  });

  it('ends when it is given up', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(prepare(sources, silent, () => undefined, stop.signal)).rejects.toThrow();
  });

  it('takes thousands of files in its stride', async () => {
    const many = Array.from({ length: 4000 }, (_, n) => fileSource(`D/${n}`, image(n, { 2097166: `1.1.${n % 20}` })));
    const began = Date.now();
    const found = await prepare(many, silent, () => undefined, signal);
    expect(found.patients[0]?.studies[0]?.series).toHaveLength(20);
    expect(Date.now() - began).toBeLessThan(15_000);
  });
});
