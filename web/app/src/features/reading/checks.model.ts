/** What a report should be looked at for before it is signed. Pure; by words, not by meaning: each mark is a question. */
import type { Draft } from '@/api/readings';
import type { Sex } from '@/api/types';
import { blanksIn } from './blanks.model';
import { denials, open, organs, terms, wrongAge, wrongSex } from './checks.words';

export type Part = keyof Draft;

/** stop: nothing is signed before it is seen to; doubt: it is asked about once more; hint: only shown. */
type Level = 'stop' | 'doubt' | 'hint';

export type CheckCode =
  | 'sideImages'
  | 'blank'
  | 'empty'
  | 'sideOrder'
  | 'side'
  | 'sex'
  | 'age'
  | 'denied'
  | 'missed'
  | 'unit'
  | 'twice'
  | 'stops';

export interface Mark {
  readonly code: CheckCode;
  readonly level: Level;
  readonly part: Part;
  readonly from: number;
  readonly to: number;
  readonly word: string;
}

/** What the report is about, as far as its text can contradict it. */
export interface Exam {
  readonly sex?: Sex;
  readonly age?: number; // years
  readonly ordered: string; // the exam's text, such as 左膝关节正侧位
  readonly images?: string; // the side the images name: L or R
  readonly addendum?: boolean;
}

const parts: readonly Part[] = ['technique', 'findings', 'impression'];

type Rule = (d: Draft, exam: Exam) => Mark[];

/** All marks, those that stop a signature first. */
export function checksOf(d: Draft, exam: Exam): Mark[] {
  const rank: Record<Level, number> = { stop: 0, doubt: 1, hint: 2 };
  return rules.flatMap((rule) => rule(d, exam)).sort((a, b) => rank[a.level] - rank[b.level]);
}

const sideImages: Rule = (_, exam) => {
  const ordered = sidesOf(exam.ordered);
  const shown = exam.images === 'L' ? '左' : exam.images === 'R' ? '右' : undefined;
  if (!shown || ordered.size !== 1 || ordered.has(shown)) return [];
  return [{ code: 'sideImages', level: 'stop', part: 'findings', from: 0, to: 0, word: shown }];
};

const blank: Rule = (d) =>
  parts.flatMap((part) =>
    blanksIn(d[part]).map((b) => ({ code: 'blank', level: 'stop', part, from: b.from, to: b.to, word: b.text })),
  );

/** An addendum needs either text, everything else both. */
const empty: Rule = (d, exam) => {
  const blank = parts.filter((part) => d[part].trim() === '');
  const missing = exam.addendum ? blank.filter((part) => part === 'findings' && blank.includes('impression')) : blank;
  return missing.map((part) => ({
    code: 'empty',
    level: part === 'technique' ? 'hint' : 'stop',
    part,
    from: 0,
    to: 0,
    word: '',
  }));
};

type Side = '左' | '右' | '双';

interface Sided {
  readonly side: Side;
  readonly organ: string;
  readonly at: number;
  readonly word: string;
}

const sideWords: Readonly<Record<string, Side>> = {
  左: '左',
  右: '右',
  双: '双',
  两: '双',
  left: '左',
  right: '右',
  both: '双',
  bilateral: '双',
};
const sidedWord = /左右|[左右双两](?=[侧\u4e00-\u9fff])|\b(?:left|right|both|bilateral)\b/gi;

/** Sides with the organ they belong to: the first one behind, within a few characters. */
function sided(text: string, at = 0): Sided[] {
  return [...text.matchAll(sidedWord)].map((m) => {
    const behind = text.slice(m.index + m[0].length, m.index + m[0].length + 14).split(/[，,。；;]/)[0] ?? '';
    const organ = behind.match(organs)?.[0]?.toLowerCase() ?? '';
    const side = sideWords[m[0].toLowerCase()] ?? '双';
    return {
      side,
      organ,
      at: at + m.index,
      word: m[0] + behind.slice(0, behind.toLowerCase().indexOf(organ) + organ.length),
    };
  });
}

function sidesOf(text: string): Set<Side> {
  const found = new Set(sided(text).map((s) => s.side));
  if (found.has('左') && found.has('右')) return new Set(['双']);
  return found;
}

const other: Readonly<Record<string, Side>> = { 左: '右', 右: '左' };

const sideOrder: Rule = (d, exam) => {
  const [ordered, more] = [...sidesOf(exam.ordered)];
  if (!ordered || more || ordered === '双') return [];
  return (['findings', 'impression'] as const).flatMap((part) => {
    const all = sided(d[part]);
    if (all.some((s) => s.side === ordered || s.side === '双')) return [];
    return all
      .filter((s) => s.side === other[ordered])
      .map((s) => ({ code: 'sideOrder', level: 'doubt', part, from: s.at, to: s.at + s.word.length, word: s.word }));
  });
};

/** A side of the impression for which the findings name the other side only, of the same organ where one is named. */
const side: Rule = (d) => {
  const found = claims(d.findings).flatMap((c) => sided(c.text, c.at));
  return claims(d.impression)
    .flatMap((c) => sided(c.text, c.at))
    .filter((s) => {
      if (s.side === '双') return false;
      const same = found.filter((f) => f.organ === s.organ);
      const of = same.length > 0 ? same : s.organ === '' || found.every((f) => f.organ === '') ? found : [];
      return of.length > 0 && of.every((f) => f.side === other[s.side]);
    })
    .map((s) => ({
      code: 'side',
      level: 'doubt',
      part: 'impression',
      from: s.at,
      to: s.at + s.word.length,
      word: s.word,
    }));
};

const sex: Rule = (d, exam) => {
  const words = exam.sex && wrongSex[exam.sex];
  return words ? everywhere(d, words, 'sex') : [];
};

const age: Rule = (d, { age: years }) =>
  years === undefined
    ? []
    : wrongAge
        .filter((w) => (w.from !== undefined && years >= w.from) || (w.below !== undefined && years < w.below))
        .flatMap((w) => everywhere(d, w.words, 'age'));

function everywhere(d: Draft, words: RegExp, code: CheckCode): Mark[] {
  return parts.flatMap((part) =>
    [...d[part].matchAll(words)].map((m) => ({
      code,
      level: 'doubt' as const,
      part,
      from: m.index,
      to: m.index + m[0].length,
      word: m[0],
    })),
  );
}

interface Clause {
  readonly text: string;
  readonly at: number;
  /** The organs of its sentence. */
  readonly organs: readonly string[];
  readonly says: 'claims' | 'denies' | 'leaves open';
}

/** The clauses of a text. One that only goes on listing (及…, 或…) is denied with the one before it. */
function clausesOf(text: string): Clause[] {
  const out: Clause[] = [];
  for (const sentence of text.matchAll(/[^。；;\n]+[。；;\n]?|\n/g)) {
    const known = [...new Set([...sentence[0].matchAll(organs)].map((m) => m[0].toLowerCase()))];
    let before: Clause['says'] = 'claims';
    for (const m of sentence[0].matchAll(/[^，,]+[，,]?/g)) {
      const says: Clause['says'] = open.test(m[0])
        ? 'leaves open'
        : denials.test(m[0]) || (before === 'denies' && /^\s*(?:及|或|和|与|亦|也|or\b|nor\b)/.test(m[0]))
          ? 'denies'
          : 'claims';
      out.push({ text: m[0], at: sentence.index + m.index, organs: known, says });
      before = says;
    }
  }
  return out;
}

const claims = (text: string) => clausesOf(text).filter((c) => c.says === 'claims');

/** What findings and impression say of one thing, against one another. */
const agreement: Rule = (d) => {
  const findings = clausesOf(d.findings);
  return clausesOf(d.impression).flatMap((c) =>
    terms.flatMap((term): Mark[] => {
      const word = term.words.exec(c.text);
      if (!word || c.says === 'leaves open') return [];
      if (c.says === 'denies' && denials.exec(c.text.slice(word.index))) return []; // the word stands before its denial
      const about = findings.filter(
        (f) => term.words.test(f.text) && (!term.local || f.organs.some((o) => c.organs.includes(o))),
      );
      const says = new Set(about.map((f) => f.says));
      const at = c.at + word.index;
      const mark = (code: CheckCode): Mark[] => [
        { code, level: 'doubt', part: 'impression', from: at, to: at + word[0].length, word: word[0] },
      ];
      if (says.size !== 1) return [];
      if (c.says === 'claims' && says.has('denies')) return mark('denied');
      return c.says === 'denies' && says.has('claims') ? mark('missed') : [];
    }),
  );
};

const measure =
  /(?:直径|大小|长径|短径|内径|前后径|径线|最厚处|厚度?|宽度?|深度?|长度?|距离|measur\w+|diameter|size)\s*(?:[约为：:]|of|about)*\s*(\d+(?:\.\d+)?(?:\s*[×xX*]\s*\d+(?:\.\d+)?)*)(?!\s*(?:[×xX*]|\d|\.\d|\[|mm|cm|m\b|毫米|厘米|HU|ml|毫升|%|°|度|个|枚|次|级|层|类|岁|倍|ms|mV|点))/gi;

const unit: Rule = (d) =>
  parts.flatMap((part) =>
    [...d[part].matchAll(measure)].map((m) => ({
      code: 'unit',
      level: 'doubt',
      part,
      from: m.index,
      to: m.index + m[0].length,
      word: m[1] ?? '',
    })),
  );

const twice: Rule = (d) => {
  const seen = new Set<string>();
  return [...d.findings.matchAll(/[^。；;\n]+/g)].flatMap((m) => {
    const text = m[0].trim();
    if (text.length < 6 || !seen.has(text)) {
      seen.add(text);
      return [];
    }
    return [
      { code: 'twice', level: 'hint', part: 'findings', from: m.index, to: m.index + m[0].length, word: text } as Mark,
    ];
  });
};

const stops: Rule = (d) =>
  parts.flatMap((part) =>
    [...d[part].matchAll(/[，。；、：][，。；、：]+|,,+|;;+/g)].map((m) => ({
      code: 'stops',
      level: 'hint',
      part,
      from: m.index,
      to: m.index + m[0].length,
      word: m[0],
    })),
  );

const rules: readonly Rule[] = [sideImages, empty, blank, sideOrder, side, sex, age, agreement, unit, twice, stops];
