import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { decode, type Ecg, rhythmOf } from './ecg.model';

function channel(name: string, sensitivity: number, unit: string, extra: DicomJson = {}): DicomJson {
  return {
    '003A0210': { vr: 'DS', Value: [sensitivity] },
    '003A0211': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: [unit] } }] },
    '003A0208': { vr: 'SQ', Value: [{ '00080104': { vr: 'LO', Value: [name] } }] },
    ...extra,
  };
}

function group(defs: DicomJson[], rate: number, samples: number): DicomJson {
  return {
    '003A0005': { vr: 'US', Value: [defs.length] },
    '003A0010': { vr: 'UL', Value: [samples] },
    '003A001A': { vr: 'DS', Value: [rate] },
    '54001004': { vr: 'US', Value: [16] },
    '003A0200': { vr: 'SQ', Value: defs },
  };
}

describe('decode', () => {
  const defs = [
    channel('Lead II', 2.5, 'uV'),
    channel('Lead I (Einthoven)', 1, 'mV', { '003A0212': { vr: 'DS', Value: [0.5] } }),
  ];
  const data = new Int16Array([400, 2, -400, 4]).buffer;

  it('separates the channels and scales them to millivolts, limb leads first', () => {
    const ecg = decode(group(defs, 2, 2), data);
    expect(ecg?.leads.map((l) => l.name)).toEqual(['I', 'II']);
    expect([...(ecg?.leads[1]?.millivolts ?? [])]).toEqual([1, -1]);
    expect([...(ecg?.leads[0]?.millivolts ?? [])]).toEqual([1, 2]);
    expect(ecg?.seconds).toBe(1);
  });

  it('reads no further than the data, whatever the header claims', () => {
    expect(decode(group(defs, 2, 1_000_000), data)?.leads[0]?.millivolts.length).toBe(2);
  });

  it('adds the baseline in the units of the sensitivity, and takes the correction for the step alone', () => {
    const off = channel('Lead I', 2, 'uV', {
      '003A0212': { vr: 'DS', Value: [2] },
      '003A0213': { vr: 'DS', Value: [500] },
    });
    const ecg = decode(group([off], 500, 2), new Int16Array([0, 250]).buffer);
    expect([...(ecg?.leads[0]?.millivolts ?? [])]).toEqual([0.5, 1.5]);
  });

  it('takes a channel that was sampled later back to its moment', () => {
    const late = channel('V1', 1, 'mV', { '003A0215': { vr: 'DS', Value: [0.5] } });
    const later = channel('V2', 1, 'mV', { '003A0214': { vr: 'DS', Value: [0.004] } });
    const ramp = Array.from({ length: 6 }, (_, i) => [i, i]).flat();
    const ecg = decode(group([late, later], 250, 6), new Int16Array(ramp).buffer);
    expect([...(ecg?.leads[0]?.millivolts ?? [])].slice(1)).toEqual([0.5, 1.5, 2.5, 3.5, 4.5]);
    expect([...(ecg?.leads[1]?.millivolts ?? [])].slice(1)).toEqual([0, 1, 2, 3, 4]);
  });

  it('leaves a gap where the file pads', () => {
    const padded = { ...group([channel('V1', 1, 'mV')], 250, 3), '5400100A': { vr: 'OW', InlineBinary: 'AIA=' } };
    const ecg = decode(padded, new Int16Array([1, -32768, 3]).buffer);
    expect([...(ecg?.leads[0]?.millivolts ?? [])]).toEqual([1, Number.NaN, 3]);
  });

  it('reads unsigned, 8-bit and 32-bit samples', () => {
    const of = (bits: number, kind: string, data: ArrayBuffer) =>
      decode(
        {
          ...group([channel('I', 1, 'mV')], 250, 2),
          '54001004': { vr: 'US', Value: [bits] },
          '54001006': { vr: 'CS', Value: [kind] },
        },
        data,
      )?.leads[0]?.millivolts;
    expect([...(of(16, 'US', new Uint16Array([65535, 1]).buffer) ?? [])]).toEqual([65535, 1]);
    expect([...(of(8, 'SB', new Int8Array([-3, 3]).buffer) ?? [])]).toEqual([-3, 3]);
    expect([...(of(32, 'SL', new Int32Array([-70000, 9]).buffer) ?? [])]).toEqual([-70000, 9]);
  });

  it('refuses what it does not understand', () => {
    expect(decode({ ...group(defs, 2, 2), '54001004': { vr: 'US', Value: [12] } }, data)).toBeUndefined();
    expect(decode(group(defs, 0, 2), data)).toBeUndefined();
    expect(decode({ ...group(defs, 2, 2), '003A0005': { vr: 'US', Value: [7] } }, data)).toBeUndefined();
  });
});

describe('rhythmOf', () => {
  const of = (label: string, seconds: number): Ecg => ({ rate: 500, seconds, leads: [], device: {}, label });
  it('prefers the recording to a beat made of it', () => {
    expect(rhythmOf([of('MEDIAN BEAT', 1.2), of('RHYTHM', 10)])?.label).toBe('RHYTHM');
    expect(rhythmOf([of('RHYTHM', 10), of('AVERAGE BEAT', 20)])?.label).toBe('RHYTHM');
    expect(rhythmOf([of('MEDIAN BEAT', 1.2)])?.seconds).toBe(1.2);
    expect(rhythmOf([])).toBeUndefined();
  });
});
