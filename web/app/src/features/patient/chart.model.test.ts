import { describe, expect, it } from 'vitest';
import type { PatientChart } from '@/api/record-types';
import { chartItems } from './chart.model';

const chart = {
  patient: { id: 'p', name: '某', sex: 'M' },
  requests: [
    { id: 'r', submittedAt: '2026-05-02T00:00:00Z', summary: '胸痛', institution: { short: '甲' }, state: 'closed' },
  ],
  orders: [
    { id: 'o', orderedAt: '2026-05-03T00:00:00Z', modality: 'CT', exam: '头颅', study: '1.2', state: 'released' },
  ],
  studies: [
    { uid: '1.2', date: '2026-05-03T01:00:00Z', modalities: ['CT'], state: 'matched' },
    { uid: '1.3', date: '2026-05-01T00:00:00Z', modalities: ['US'], state: 'unmatched' },
  ],
  reports: [],
} as unknown as PatientChart;

describe('patient chart', () => {
  it('is one line of time, newest first, each thing told once', () => {
    expect(chartItems(chart).map((item) => item.key)).toEqual(['order o', 'request r', 'study 1.3']);
  });
});
