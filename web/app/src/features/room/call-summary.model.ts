import type { components } from '@/api/schema';

/** How the lines of a consult's calls were, put into what a page says: pure. */

type Schemas = components['schemas'];

export type CallReport = Schemas['RequestCallReport'];
type OneCall = Schemas['RequestOneCall'];
export type LineReport = Schemas['RequestLineReport'];
export type Leg = Pick<
  Schemas['RequestLeg'],
  'leg' | 'startedAt' | 'endedAt' | 'phone' | 'gaps' | 'participants' | 'specialist'
>;
export type Verdict = LineReport['verdict'];
type Code = Schemas['RequestFinding']['code'];

/** One thing that was wrong; `code` names the sentence, the rest fills it. */
export type Sentence =
  | { code: 'up-loss' | 'down-loss' | 'audio-only'; grade: Verdict; percent: string }
  | { code: 'delay' | 'jitter'; grade: Verdict; ms: number }
  | { code: 'freezes'; grade: Verdict; count: number; seconds: number }
  | { code: 'interrupted'; grade: Verdict; seconds: number }
  | { code: 'relay'; grade: Verdict };

/** Satisfaction by ITU-T G.107 Annex B (R 80, 70 and 60 as MOS 4.03, 3.60 and 3.10). */
export type Voice = 'clear' | 'fair' | 'hard' | 'broken';

export interface PersonLine {
  id: string;
  name: string;
  verdict: Verdict;
  sentences: Sentence[];
  voice?: { is: Voice; mos: number };
  spent: Spent[];
  rows: NumberLine[];
  paths: readonly string[];
}

const links = ['live', 'degraded', 'interrupted'] as const;

/** Time in one state of the connection. */
export interface Spent {
  link: (typeof links)[number];
  seconds: number;
  /** Of all the time, 0…1. */
  share: number;
}

const order: readonly Verdict[] = ['unknown', 'good', 'fair', 'poor', 'bad'];

/** Everybody who was measured, the worst line first. */
export function peopleOf(call: Pick<OneCall, 'people'>): PersonLine[] {
  return call.people
    .map((line) => ({
      id: line.person,
      name: line.name,
      verdict: line.verdict,
      sentences: line.findings.map((finding) => sentence(finding, line)),
      voice: line.average.mos > 0 ? { is: voiceOf(line.average.mos), mos: line.average.mos } : undefined,
      spent: spentOf(line.spent),
      rows: numberLines(line),
      paths: line.paths,
    }))
    .sort((a, b) => order.indexOf(b.verdict) - order.indexOf(a.verdict));
}

function sentence({ code, grade, value }: { code: Code; grade: Verdict; value: number }, line: LineReport): Sentence {
  switch (code) {
    case 'up-loss':
    case 'down-loss':
    case 'audio-only':
      return { code, grade, percent: percent(value) };
    case 'delay':
    case 'jitter':
      return { code, grade, ms: Math.round(value) };
    case 'freezes':
      return { code, grade, count: Math.round(value), seconds: Math.max(1, Math.round(line.frozen)) };
    case 'interrupted':
      return { code, grade, seconds: Math.max(1, Math.round(value)) };
    case 'relay':
      return { code, grade };
  }
}

export function voiceOf(mos: number): Voice {
  if (mos >= 4.03) return 'clear';
  if (mos >= 3.6) return 'fair';
  return mos >= 3.1 ? 'hard' : 'broken';
}

/** The states somebody was in, for at least a second each. */
export function spentOf(spent: { readonly [link: string]: number }): Spent[] {
  const known = links.map((link) => ({ link, seconds: Math.round(spent[link] ?? 0) })).filter((s) => s.seconds > 0);
  const all = known.reduce((sum, s) => sum + s.seconds, 0);
  return known.map((s) => ({ ...s, share: s.seconds / all }));
}

export type NumberRow = 'lossUp' | 'lossDown' | 'rtt' | 'jitter' | 'mos' | 'rateUp' | 'rateDown' | 'freezes';

/** For a technician: a figure, on average and at its worst. */
export interface NumberLine {
  row: NumberRow;
  average: string;
  /** Empty where one figure tells all. */
  worst: string;
}

const none = '–';
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const ms = (value: number): string => (value > 0 ? `${Math.round(value)} ms` : none);
const kbps = (value: number): string => (value > 0 ? `${Math.round(value)} kbit/s` : none);
const score = (value: number): string => (value > 0 ? value.toFixed(1) : none);

function numberLines({ average: a, worst: w, freezes, frozen, verdict }: LineReport): NumberLine[] {
  if (verdict === 'unknown') return [];
  return [
    { row: 'lossUp', average: percent(a.upLoss), worst: percent(w.upLoss) },
    { row: 'lossDown', average: percent(a.downLoss), worst: percent(w.downLoss) },
    { row: 'rtt', average: ms(a.rtt), worst: ms(w.rtt) },
    { row: 'jitter', average: ms(a.jitter), worst: ms(w.jitter) },
    { row: 'mos', average: score(a.mos), worst: score(w.mos) },
    // The largest rate is no worst one.
    { row: 'rateUp', average: kbps(a.upKbps), worst: '' },
    { row: 'rateDown', average: kbps(a.downKbps), worst: '' },
    { row: 'freezes', average: freezes > 0 ? `${freezes} / ${frozen.toFixed(1)} s` : '0', worst: '' },
  ];
}

/** One call of the consult. */
export interface CallLine {
  leg: number;
  /** Whose it was. */
  specialist: string;
  from: string;
  until?: string;
  /** 0 while it goes on. */
  seconds: number;
  phone: boolean;
  /** Who was cut off, how often and how long in all. */
  gaps: { name: string; count: number; seconds: number }[];
}

export function callsOf(legs: readonly Leg[]): CallLine[] {
  return legs.map((leg) => ({
    leg: leg.leg,
    specialist: leg.specialist.name,
    from: leg.startedAt,
    until: leg.endedAt,
    seconds: leg.endedAt ? secondsOf(leg.startedAt, leg.endedAt) : 0,
    phone: leg.phone === true,
    gaps: gapsOf(leg),
  }));
}

function gapsOf(leg: Leg): CallLine['gaps'] {
  const all = new Map<string, CallLine['gaps'][number]>();
  for (const gap of leg.gaps ?? []) {
    const person = [...leg.participants, leg.specialist].find((p) => p.id === gap.person);
    const seconds = gap.until ? secondsOf(gap.from, gap.until) : 0;
    // Less than a second nobody noticed: a transport took the place of another.
    if (!person || (gap.until && seconds === 0)) continue;
    const known = all.get(person.id) ?? { name: person.name, count: 0, seconds: 0 };
    known.count++;
    known.seconds += seconds;
    all.set(person.id, known);
  }
  return [...all.values()];
}

/** How the lines of one call were. What was measured before calls were told apart belongs to the last of them. */
export function measuredIn(report: CallReport, calls: readonly CallLine[], leg: number): OneCall | undefined {
  const own = report.calls.find((one) => one.call === leg);
  return own ?? (leg === calls.at(-1)?.leg ? report.calls.find((one) => one.call === 0) : undefined);
}

const secondsOf = (from: string, until: string): number =>
  Math.max(0, Math.round((Date.parse(until) - Date.parse(from)) / 1000));
