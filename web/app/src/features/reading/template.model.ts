/** Structured templates: which organ's line stands where in the findings, and what an abnormal line offers. Pure. */
import type { Draft, Template, TemplateLine } from '@/api/readings';
import { expressionOf } from './blanks.model';

/** Where an organ's line stands in the findings, and what of the template it is. */
export interface Place {
  /** Number of the line of the text. */
  readonly at: number;
  readonly is: 'normal' | 'variant' | 'own';
  /** Of the line's variants, where it is one. */
  readonly variant: number;
  readonly values: readonly string[];
}

/** For each line of the template its place in the findings: known by its texts first, by the organ's words else. */
export function placesOf(findings: string, lines: readonly TemplateLine[]): (Place | undefined)[] {
  const text = findings.split('\n').map((l) => l.trim());
  const taken = new Set<number>();
  const out: (Place | undefined)[] = lines.map((line) => {
    const place = known(line, text, taken);
    if (place) taken.add(place.at);
    return place;
  });
  lines.forEach((line, i) => {
    if (out[i]) return;
    const words = organWords(line.organ);
    const at = text.findIndex((l, n) => !taken.has(n) && l !== '' && words.some((w) => l.includes(w)));
    if (at < 0) return;
    taken.add(at);
    out[i] = { at, is: 'own', variant: -1, values: [] };
  });
  return out;
}

function known(line: TemplateLine, text: readonly string[], taken: ReadonlySet<number>): Place | undefined {
  const find = (pattern: string) => {
    const expression = expressionOf(pattern.trim());
    for (const [at, l] of text.entries()) {
      const found = taken.has(at) ? null : expression.exec(l);
      if (found) return { at, values: found.slice(1) };
    }
    return undefined;
  };
  const normal = find(line.normal);
  if (normal) return { ...normal, is: 'normal', variant: -1 };
  for (const [variant, v] of (line.variants ?? []).entries()) {
    const found = find(v.text);
    if (found) return { ...found, is: 'variant', variant };
  }
  return undefined;
}

function organWords(organ: string): string[] {
  return organ.split(/[、/，,]|与|\band\b/).flatMap((w) => (w.trim() ? [w.trim()] : []));
}

/** The findings with one organ's line written: in its place if it has one, else where the template's order puts it. */
export function withLine(findings: string, lines: readonly TemplateLine[], index: number, words: string): string {
  const places = placesOf(findings, lines);
  const text = findings.trim() === '' ? [] : findings.replace(/\s+$/, '').split('\n');
  const here = places[index];
  if (here) return text.with(here.at, words).join('\n');
  const before = places.slice(0, index).findLast((p) => p !== undefined);
  const after = places.slice(index + 1).find((p) => p !== undefined);
  const at = before ? before.at + 1 : after ? after.at : text.length;
  return text.toSpliced(at, 0, words).join('\n');
}

/** Everything that has not been written yet is written as normal; nothing that stands is touched. */
export function allNormal(d: Draft, t: Template): Draft {
  let findings = d.findings;
  for (const [i, line] of t.lines.entries()) {
    if (line.normal && !placesOf(findings, t.lines)[i]) findings = withLine(findings, t.lines, i, line.normal);
  }
  const healthy = placesOf(findings, t.lines).every((p) => !p || p.is === 'normal');
  return {
    technique: d.technique.trim() || t.technique,
    findings,
    impression: d.impression.trim() || !healthy ? d.impression : t.impression,
  };
}

/** An abnormal line's sentence for the impression. */
interface Offer {
  readonly organ: string;
  readonly sentence: string;
}

/** What the abnormal lines offer and the impression does not say yet. */
export function offersOf(d: Draft, t: Template): Offer[] {
  const said = d.impression.split('\n').map((l) => l.replace(/^\s*\d+[.、]\s*/, '').trim());
  return placesOf(d.findings, t.lines).flatMap((p, i) => {
    const line = t.lines[i];
    const v = p?.is === 'variant' ? line?.variants?.[p.variant] : undefined;
    if (!p || !v?.impression) return [];
    const sentence = repeated(v.impression, p.values);
    const expression = expressionOf(sentence);
    return said.some((l) => expression.test(l)) ? [] : [{ organ: line?.organ ?? '', sentence }];
  });
}

/** {1} stands for what the first blank of the line was filled with. */
function repeated(impression: string, values: readonly string[]): string {
  const text = impression.replace(/\{(\d)\}/g, (_, n: string) => values[Number(n) - 1] ?? '');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The impression with a sentence more; the normal one gives way. */
export function withOffer(impression: string, t: Template, sentence: string): string {
  const normal = expressionOf(t.impression);
  const have = impression
    .split('\n')
    .map((l) => l.trimEnd())
    .filter((l) => l !== '' && !normal.test(l.trim()));
  return [...have, sentence].join('\n');
}
