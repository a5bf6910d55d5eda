import { describe, expect, it } from 'vitest';
import type { DicomJson } from './dicom.model';
import { decode, type Ecg, layOut } from './ecg.model';

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

  it('refuses what it does not understand', () => {
    expect(decode({ ...group(defs, 2, 2), '54001004': { vr: 'US', Value: [32] } }, data)).toBeUndefined();
    expect(decode(group(defs, 0, 2), data)).toBeUndefined();
    expect(decode({ ...group(defs, 2, 2), '003A0005': { vr: 'US', Value: [7] } }, data)).toBeUndefined();
  });
});

describe('layOut', () => {
  const names = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
  const ecg: Ecg = {
    rate: 500,
    seconds: 10,
    leads: names.map((name) => ({ name, millivolts: new Float32Array(5000) })),
  };

  it('3×4 has four columns of 2.5 s and the rhythm strip of lead II', () => {
    const sheet = layOut(ecg, '3x4');
    expect(sheet).toMatchObject({ rows: 4, columns: 4, secondsPerColumn: 2.5 });
    expect(sheet.strips.find((s) => s.lead.name === 'V1')).toMatchObject({ row: 0, column: 2, from: 5, to: 7.5 });
    expect(sheet.strips.at(-1)).toMatchObject({ row: 3, from: 0, to: 10 });
  });

  it('12×1 gives each lead its own row', () => {
    const sheet = layOut(ecg, '12x1');
    expect(sheet.rows).toBe(12);
    expect(sheet.strips.every((s, i) => s.row === i && s.to === 10)).toBe(true);
  });
});
