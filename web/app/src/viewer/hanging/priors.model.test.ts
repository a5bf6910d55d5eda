import { expect, it } from 'vitest';
import { priorToHang } from './priors.model';

it('hangs the newest earlier study of the same kind and part', () => {
  const all = [
    { study: '1', date: '2024-01-01', modality: 'CT', description: '胸部平扫' },
    { study: '2', date: '2025-01-01', modality: 'CT', description: 'Chest CT' },
    { study: '3', date: '2026-01-01', modality: 'CT', description: '头颅平扫' },
    { study: '4', date: '2026-02-01', modality: 'DX', description: '胸部正位' },
  ];
  expect(priorToHang('CT', '胸部平扫', all)?.study).toBe('2');
  expect(priorToHang('CR', '胸部正位', all)?.study).toBe('4');
  expect(priorToHang('CT', '上腹部增强', all)).toBeUndefined();
  expect(priorToHang('CT', '增强', all)?.study).toBe('3');
});
