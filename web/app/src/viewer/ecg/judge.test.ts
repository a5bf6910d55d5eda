/** Recordings of others, when they are at hand beside the project: what their devices and makers say of them is what is measured. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import { decode, type Ecg, rhythmOf } from './ecg.model';
import { measure } from './intervals.model';

const folder = resolve(__dirname, '../../../../../../shared/dicom/ecg');
const at = (name: string) => resolve(folder, `${name}.dcm`);

/** The groups of a file in Explicit VR Little Endian: just enough of PS3.5 for these. */
function groups(name: string): Ecg[] {
  const bytes = readFileSync(at(name));
  const root = items(bytes, 132, bytes.length);
  return (root['54000100']?.Value ?? []).flatMap((g) => {
    const group = g as DicomJson;
    const { Value, ...data } = group['54001010'] ?? { vr: 'OW' };
    const raw = Value?.[0] as Uint8Array;
    const ecg = decode({ ...group, '54001010': data }, new Uint8Array(raw).buffer);
    return ecg ? [ecg] : [];
  });
}

function items(b: Buffer, from: number, to: number): DicomJson {
  const d: DicomJson = {};
  for (let i = from; i < to; ) {
    const tag = hex(b.readUInt16LE(i)) + hex(b.readUInt16LE(i + 2));
    if (tag === 'FFFEE00D' || tag === 'FFFEE0DD') break;
    const vr = b.toString('latin1', i + 4, i + 6);
    const long = /^(OB|OW|SQ|UN|UT|OF|UC|UR|OD|OL)$/.test(vr);
    const length = long ? b.readUInt32LE(i + 8) : b.readUInt16LE(i + 6);
    const start = i + (long ? 12 : 8);
    const [value, end] = vr === 'SQ' ? sequence(b, start, length) : [valuesIn(b, vr, start, length), start + length];
    d[tag] = { vr, Value: value };
    i = end;
  }
  return d;
}

function sequence(b: Buffer, start: number, length: number): [DicomJson[], number] {
  const out: DicomJson[] = [];
  const end = length === 0xffffffff ? b.length : start + length;
  let i = start;
  while (i < end) {
    const tag = hex(b.readUInt16LE(i)) + hex(b.readUInt16LE(i + 2));
    const size = b.readUInt32LE(i + 4);
    if (tag === 'FFFEE0DD') return [out, i + 8];
    const stop = size === 0xffffffff ? endOf(b, i + 8) : i + 8 + size;
    out.push(items(b, i + 8, stop));
    i = size === 0xffffffff ? stop + 8 : stop;
  }
  return [out, end];
}

/** Where an item of undefined length ends: its delimiter, past those of the items in it. */
function endOf(b: Buffer, from: number): number {
  for (let i = from; ; ) {
    const tag = hex(b.readUInt16LE(i)) + hex(b.readUInt16LE(i + 2));
    if (tag === 'FFFEE00D') return i;
    const vr = b.toString('latin1', i + 4, i + 6);
    const long = /^(OB|OW|SQ|UN|UT|OF)$/.test(vr);
    const length = long ? b.readUInt32LE(i + 8) : b.readUInt16LE(i + 6);
    i = vr === 'SQ' ? sequence(b, i + 12, length)[1] : i + (long ? 12 : 8) + length;
  }
}

function valuesIn(b: Buffer, vr: string, at: number, length: number): unknown[] {
  if (vr === 'US') return [b.readUInt16LE(at)];
  if (vr === 'UL') return [b.readUInt32LE(at)];
  if (vr === 'OW' || vr === 'OB') return [b.subarray(at, at + length)];
  return [b.toString('utf8', at, at + length).replace(/[\0 ]+$/, '')];
}

const hex = (n: number) => n.toString(16).toUpperCase().padStart(4, '0');

it.skipIf(!existsSync(at('waveform_ecg')))('agrees with a recorder about its own recording', () => {
  const ecg = rhythmOf(groups('waveform_ecg'));
  expect(ecg).toMatchObject({ rate: 1000, seconds: 10, label: 'RHYTHM' });
  const m = ecg && measure(ecg);
  // The recorder: RR 982 ms, PR 161, QRS 75, QT 368, axis 52°.
  expect(Math.abs((m?.rhythm?.rr ?? 0) - 982)).toBeLessThan(5);
  expect(Math.abs((m?.intervals.pr ?? 0) - 161)).toBeLessThanOrEqual(15);
  expect(Math.abs((m?.intervals.qrs ?? 0) - 75)).toBeLessThanOrEqual(10);
  expect(Math.abs((m?.intervals.qt ?? 0) - 368)).toBeLessThanOrEqual(20);
  expect(Math.abs((m?.intervals.axis ?? 0) - 52)).toBeLessThanOrEqual(5);
});

it.skipIf(!existsSync(folder)).each([
  ['synth_12lead_sinus_500hz', 500, 10, 12, 72.09, 1.1325],
  ['synth_general_ecg_250hz', 250, 12, 11, 54.9, 1.1273],
] as const)('finds the beats of %s', (name, rate, seconds, beats, bpm, top) => {
  const ecg = rhythmOf(groups(name));
  const m = ecg && measure(ecg);
  expect(ecg).toMatchObject({ rate, seconds });
  expect(Math.max(...(ecg?.leads[1]?.millivolts ?? []))).toBeCloseTo(top, 4);
  expect(m?.beats).toHaveLength(beats);
  expect(m?.rhythm?.rate).toBeCloseTo(bpm, 0);
});
