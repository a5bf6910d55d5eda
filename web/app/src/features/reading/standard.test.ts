import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Template } from '@/api/readings';
import { checksOf } from './checks.model';
import { allNormal, offersOf, placesOf, withLine } from './template.model';

const read = (language: string): Template[] =>
  JSON.parse(readFileSync(`../../consult/reading/templates/${language}.json`, 'utf8'));
const all = [...read('zh'), ...read('en')].map((t) => [t.name, t] as const);
const empty = { technique: '', findings: '', impression: '' };

describe.each(all)('%s', (_, t) => {
  const exam = { ordered: '', sex: t.sex, age: t.maxAge ? t.maxAge - 1 : (t.minAge ?? 30) };

  it('raises no doubt when everything is normal', () => {
    const doubts = checksOf(allNormal(empty, t), exam).filter((m) => m.code !== 'blank');
    expect(doubts).toEqual([]);
  });

  it('knows each of its lines again, and its abnormal ones offer their sentence', () => {
    for (const [i, line] of t.lines.entries()) {
      for (const [n, v] of (line.variants ?? []).entries()) {
        const findings = withLine(allNormal(empty, t).findings, t.lines, i, v.text);
        expect(placesOf(findings, t.lines)[i]).toMatchObject({ is: 'variant', variant: n });
        expect(placesOf(findings, t.lines).filter((p) => p?.is === 'own')).toEqual([]);
        const offers = offersOf({ ...empty, findings }, t);
        expect(offers.map((o) => o.organ)).toEqual(v.impression ? [line.organ] : []);
        expect(offers[0]?.sentence).not.toMatch(/\{\d\}/);
        const d = { technique: 'x', findings, impression: offers[0]?.sentence ?? '' };
        const doubts = checksOf(d, { ordered: '', sex: t.sex }).filter((m) => m.level === 'doubt');
        expect(doubts.map((m) => [v.name, m.code, m.word])).toEqual([]);
      }
    }
  });
});
