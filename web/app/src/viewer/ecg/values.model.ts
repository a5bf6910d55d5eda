/** The numbers beside the curve: whose they are, and as words of a report. Pure. */
import type { DeviceValues } from './device.model';
import { type Correction, corrected, type Measured } from './intervals.model';

export type ValueName = 'rate' | 'rr' | 'pr' | 'qrs' | 'qt' | 'qtc' | 'axis';

/** ours: measured here, to be confirmed; device: as the file says; doctor: written by the reader. */
export type Origin = 'ours' | 'device' | 'doctor';

export interface Value {
  readonly name: ValueName;
  readonly text: string;
  readonly unit: 'bpm' | 'ms' | '°';
  readonly origin: Origin;
  /** What the others say, where they say something. */
  readonly others: readonly { readonly origin: Origin; readonly text: string }[];
}

export interface Choices {
  readonly correction: Correction;
  /** Written over by the reader. */
  readonly written: Partial<Record<ValueName, number>>;
  /** The reader does not want to see what was measured here. */
  readonly hidden: boolean;
}

const order: readonly ValueName[] = ['rate', 'rr', 'pr', 'qrs', 'qt', 'qtc', 'axis'];

export function valuesOf(m: Measured, device: DeviceValues | undefined, c: Choices): Value[] {
  const ours = c.hidden ? {} : measuredNumbers(m, c);
  return order.flatMap((name) => {
    const said: [Origin, string | undefined][] = [
      ['doctor', whole(c.written[name])],
      ['ours', name === 'rr' ? spread(m, c) : whole(ours[name])],
      ['device', name === 'rr' ? undefined : whole(device?.[name])],
    ];
    const there = said.flatMap(([origin, text]) => (text === undefined ? [] : [{ origin, text }]));
    const [first, ...others] = there;
    return first ? [{ name, ...first, unit: unitOf(name), others }] : [];
  });
}

function measuredNumbers(m: Measured, c: Choices): Partial<Record<ValueName, number>> {
  const qt = c.written.qt ?? m.intervals.qt;
  const rr = c.written.rate ? 60_000 / c.written.rate : m.rhythm?.rr;
  return {
    ...m.intervals,
    rate: m.rhythm?.rate,
    qtc: qt !== undefined && rr ? corrected(qt, rr, c.correction) : undefined,
  };
}

function spread({ rhythm }: Measured, c: Choices): string | undefined {
  return rhythm && !c.hidden ? `${Math.round(rhythm.shortest)}–${Math.round(rhythm.longest)}` : undefined;
}

function whole(v: number | undefined): string | undefined {
  return v === undefined ? undefined : String(Math.round(v));
}

function unitOf(name: ValueName): Value['unit'] {
  return name === 'rate' ? 'bpm' : name === 'axis' ? '°' : 'ms';
}

/** The words between which a report's line stands. */
export interface Words {
  readonly name: (name: ValueName) => string;
  readonly unit: (unit: Value['unit']) => string;
  readonly origin: (origin: Origin) => string;
  readonly between: string;
  readonly correction: string;
}

/** One line for the report: numbers of one origin together, the origin behind them. */
export function lineOf(values: readonly Value[], w: Words): string {
  const origins = [...new Set(values.map((v) => v.origin))];
  return origins
    .map((origin) => {
      const own = values.filter((v) => v.origin === origin);
      const parts = own.map((v) => {
        const behind = v.name === 'qtc' && v.origin !== 'device' ? ` (${w.correction})` : '';
        return `${w.name(v.name)} ${v.text}${v.unit === '°' ? '' : ' '}${w.unit(v.unit)}${behind}`;
      });
      const from = w.origin(origin);
      return parts.join(w.between) + (from && `（${from}）`);
    })
    .join(w.between);
}
