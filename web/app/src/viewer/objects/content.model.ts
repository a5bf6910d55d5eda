/** Structured reports (PS3.3 A.35) of any template, as a tree to read and as drawings over pictures. Pure. */
import { type DicomJson, dateText, items, numbers, personName, text } from '../dicom.model';
import { type Drawing, type PictureRef, pairs, type Shape } from './drawing.model';
import { type Channel, channelsOf, type Moments, momentsOf } from './moments.model';

const t = {
  valueType: '0040A040',
  relationship: '0040A010',
  concept: '0040A043',
  conceptCode: '0040A168',
  value: '00080100',
  scheme: '00080102',
  meaning: '00080104',
  text: '0040A160',
  date: '0040A121',
  time: '0040A122',
  dateTime: '0040A120',
  person: '0040A123',
  uid: '0040A124',
  measured: '0040A300',
  numeric: '0040A30A',
  units: '004008EA',
  children: '0040A730',
  sop: '00081199',
  sopClass: '00081150',
  sopInstance: '00081155',
  frame: '00081160',
  graphicData: '00700022',
  graphicType: '00700023',
  completion: '0040A491',
  verification: '0040A493',
  observers: '0040A078',
  observerName: '0040A123',
  contentDate: '00080023',
  contentTime: '00080033',
  template: '0040A504',
  templateId: '0040DB00',
  predecessors: '0040A360',
  series: '00081115',
} as const;

export interface Concept {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

export interface ContentNode {
  /** Its place in the tree: 1.2.1 */
  readonly id: string;
  readonly type: string;
  readonly relation: string;
  readonly concept?: Concept;
  /** What it says, as words; of a code its concept. */
  readonly words: string;
  readonly code?: Concept;
  readonly unit?: string;
  readonly pictures: readonly PictureRef[];
  readonly shape?: Shape;
  /** Of a TCOORD. */
  readonly moments?: Moments;
  /** Of a WAVEFORM: those that are meant; none: all of it. */
  readonly channels?: readonly Channel[];
  readonly children: readonly ContentNode[];
}

export interface ContentDocument {
  readonly title: string;
  readonly author: string;
  readonly at: string;
  readonly complete: boolean;
  readonly verified: boolean;
  readonly template: string;
  readonly supersedes: readonly string[];
  readonly nodes: readonly ContentNode[];
}

const deepest = 24;

export function documentOf(d: DicomJson): ContentDocument {
  const observer = items(d, t.observers)[0];
  const nodes = childrenOf(d, '', 0);
  const named = nodes.find((n) => n.concept?.value === '121008');
  return {
    title: conceptOf(d, t.concept)?.meaning ?? '',
    author: (observer && personName(observer, t.observerName)) || named?.words || '',
    at: [dateText(text(d, t.contentDate)), clock(text(d, t.contentTime))].filter(Boolean).join(' '),
    complete: text(d, t.completion) === 'COMPLETE',
    verified: text(d, t.verification) === 'VERIFIED',
    template: text(items(d, t.template)[0] ?? {}, t.templateId),
    supersedes: items(d, t.predecessors)
      .flatMap((s) => items(s, t.series))
      .flatMap((s) => items(s, t.sop))
      .map((s) => text(s, t.sopInstance)),
    nodes,
  };
}

function clock(tm: string): string {
  return /^\d{4}/.test(tm) ? `${tm.slice(0, 2)}:${tm.slice(2, 4)}` : '';
}

function conceptOf(d: DicomJson, tag: string): Concept | undefined {
  const c = items(d, tag)[0];
  return c && { value: text(c, t.value), scheme: text(c, t.scheme), meaning: text(c, t.meaning) };
}

function childrenOf(d: DicomJson, id: string, depth: number): ContentNode[] {
  if (depth > deepest) return [];
  return items(d, t.children).map((c, i) => nodeOf(c, id ? `${id}.${i + 1}` : String(i + 1), depth));
}

function nodeOf(d: DicomJson, id: string, depth: number): ContentNode {
  const type = text(d, t.valueType);
  const code = type === 'CODE' ? conceptOf(d, t.conceptCode) : undefined;
  const children = childrenOf(d, id, depth + 1);
  const measured = items(d, t.measured)[0];
  const unit = measured && conceptOf(measured, t.units);
  return {
    id,
    type,
    relation: text(d, t.relationship),
    concept: conceptOf(d, t.concept),
    words: wordsOf(d, type, code),
    code,
    unit: unit && unitText(unit),
    pictures: type === 'IMAGE' || type === 'COMPOSITE' || type === 'WAVEFORM' ? picturesOf(d) : [],
    shape: type === 'SCOORD' ? shapeOf(d) : undefined,
    moments: type === 'TCOORD' ? momentsOf(d) : undefined,
    channels: type === 'WAVEFORM' ? channelsOf(d) : undefined,
    children,
  };
}

function wordsOf(d: DicomJson, type: string, code: Concept | undefined): string {
  switch (type) {
    case 'TEXT':
      return text(d, t.text);
    case 'CODE':
      return code?.meaning ?? '';
    case 'NUM': {
      const measured = items(d, t.measured)[0];
      return measured ? text(measured, t.numeric) : '';
    }
    case 'PNAME':
      return personName(d, t.person);
    case 'DATE':
      return dateText(text(d, t.date));
    case 'TIME':
      return clock(text(d, t.time));
    case 'DATETIME': {
      const v = text(d, t.dateTime);
      return `${dateText(v.slice(0, 8))} ${clock(v.slice(8))}`.trim();
    }
    case 'UIDREF':
      return text(d, t.uid);
    default:
      return '';
  }
}

/** Units as people write them; UCUM's annotations in braces stand for words (PS3.16 7.2.2). */
const unitWords: Readonly<Record<string, string>> = {
  '1': '',
  '{ratio}': '',
  "[hnsf'U]": 'HU',
  mm2: 'mm²',
  cm2: 'cm²',
  mm3: 'mm³',
  cm3: 'cm³',
  deg: '°',
  '{pixels}': 'px',
  '{SUVbw}g/ml': 'SUV',
  '{H.B.}/min': '/min',
};

function unitText(unit: Concept): string {
  return unitWords[unit.value] ?? (/^\{.*\}$/.test(unit.value) ? unit.value.slice(1, -1) : unit.value);
}

function picturesOf(d: DicomJson): PictureRef[] {
  return items(d, t.sop).flatMap((s): PictureRef[] => {
    const instance = text(s, t.sopInstance);
    const named = numbers(s, t.frame);
    if (named.length === 0) return [{ instance, frame: 1, whole: true }];
    return named.map((frame) => ({ instance, frame }));
  });
}

const kinds: Readonly<Record<string, Shape['kind']>> = {
  POINT: 'point',
  MULTIPOINT: 'polyline',
  POLYLINE: 'polyline',
  CIRCLE: 'circle',
  ELLIPSE: 'ellipse',
};

function shapeOf(d: DicomJson): Shape | undefined {
  const kind = kinds[text(d, t.graphicType)];
  const points = pairs(numbers(d, t.graphicData));
  return kind && points.length > 0 ? { kind, points } : undefined;
}

/** How a figure reads: its name where the number alone does not tell, the number, the unit. */
export type NameOf = (concept: Concept) => string;

/** What a report draws over pictures: each measurement with its numbers, once a picture. */
export function drawingsOf(doc: ContentDocument, nameOf: NameOf): Drawing[] {
  const out: Drawing[] = [];
  const visit = (nodes: readonly ContentNode[]) => {
    out.push(...groupDrawings(nodes, nameOf));
    for (const n of nodes) if (n.type === 'CONTAINER') visit(n.children);
  };
  visit(doc.nodes);
  return out;
}

/** The drawings of the items of one container: they belong together. */
function groupDrawings(nodes: readonly ContentNode[], nameOf: NameOf): Drawing[] {
  const places = nodes.flatMap(placesIn);
  if (places.length === 0) return [];
  const tracking = nodes.find((n) => n.concept?.value === '112040')?.words || undefined;
  const comments = nodes.filter((n) => n.type === 'TEXT' && n.relation === 'CONTAINS').map((n) => n.words);
  const words = [...comments, ...nodes.filter((n) => n.type === 'NUM').map((n) => figureWords(n, nameOf))];
  const byPicture = new Map<string, { picture: PictureRef; shapes: Map<string, Shape> }>();
  for (const { picture, shape } of places) {
    const key = `${picture.instance}/${picture.frame}`;
    const of = byPicture.get(key) ?? { picture, shapes: new Map() };
    of.shapes.set(JSON.stringify(shape), shape); // each number repeats the shape that it comes from
    byPicture.set(key, of);
  }
  return [...byPicture.values()].map(({ picture, shapes }) => ({
    picture,
    shapes: [...shapes.values()],
    words,
    tracking,
  }));
}

function placesIn(n: ContentNode): { picture: PictureRef; shape: Shape }[] {
  if (n.type === 'CONTAINER') return [];
  const own = n.shape
    ? n.children.flatMap((c) => c.pictures).map((picture) => ({ picture, shape: n.shape as Shape }))
    : [];
  return [...own, ...n.children.flatMap(placesIn)];
}

const plain = new Set(['410668003', '1483009', '103339001', '103340004', '112031']); // length, angle, axes, HU: the unit tells

export function figureWords(n: ContentNode, nameOf: NameOf): string {
  const gap = n.unit === '°' || !n.unit ? '' : ' ';
  const value = `${n.words}${gap}${n.unit ?? ''}`;
  return n.concept && !plain.has(n.concept.value) ? `${nameOf(n.concept)} ${value}` : value;
}

/** The tracking identifier's UID of a mark of our own (PS3.5 B.2): the same as the server's. */
export function trackingOf(markId: string): string | undefined {
  const hex = markId.replaceAll('-', '');
  return /^[0-9a-f]{32}$/i.test(hex) ? `2.25.${BigInt(`0x${hex}`)}` : undefined;
}

/** What has no words of its own and no children says nothing to a reader. */
export function readable(n: ContentNode): boolean {
  if (n.type === 'UIDREF' || n.concept?.value === '112039') return false;
  const says = n.words !== '' || n.pictures.length > 0 || n.shape !== undefined;
  return says || n.moments !== undefined || n.channels !== undefined || n.children.some(readable);
}

/** Where a node points to: its own pictures, or those of the places that it was inferred from. */
export function shownBy(n: ContentNode): readonly PictureRef[] {
  if (n.type === 'CONTAINER') return [];
  const all = [...n.pictures, ...n.children.flatMap((c) => shownBy(c))];
  const seen = new Set<string>();
  return all.filter((p) => {
    const key = `${p.instance}/${p.frame}`;
    return !seen.has(key) && seen.add(key);
  });
}
