import { describe, expect, it } from 'vitest';
import type { ReportVersion } from '@/api/readings';
import { askedVersion, changesAt, hasText } from './feedback.model';

const version = (n: number, findings = 'x') => ({ version: n, findings, impression: '' }) as ReportVersion;

describe('feedback', () => {
  it('leads to the version that was graded, and nowhere when the report may not be seen', () => {
    const at = changesAt({ reading: { id: 'r1', number: 2 } as never });
    expect(at).toBe('/readings/r1?changes=2');
    expect(askedVersion(new URL(at ?? '', 'http://x').searchParams, [version(1), version(2)])).toBe(2);
    expect(changesAt({})).toBeUndefined();
  });

  it('asks for nothing that is not there', () => {
    for (const address of ['', 'changes=', 'changes=0', 'changes=3', 'changes=x'])
      expect(askedVersion(new URLSearchParams(address), [version(1), version(2)])).toBeUndefined();
  });

  it('knows a proposal from a mere return', () => {
    expect(hasText(version(1))).toBe(true);
    expect(hasText(version(1, ''))).toBe(false);
  });
});
