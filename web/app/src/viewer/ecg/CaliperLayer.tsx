import { useTranslation } from 'react-i18next';
import { type Caliper, marchOf, placeOf, readingOf } from './calipers.model';
import { type Box, boxOf, type Page, type PaperScale, type Sheet } from './layout.model';
import type { Calipers } from './use-calipers';

interface Props {
  calipers: Calipers;
  sheet: Sheet;
  page: Page;
  scale: PaperScale;
}

/** The calipers on the paper; each line and each label can be taken hold of (data-end). */
export function CaliperLayer({ calipers, sheet, page, scale }: Props) {
  if (calipers.hidden) return null;
  return (
    <g className="ecg-calipers">
      {calipers.all.map((c) => {
        const strip = placeOf(c, sheet);
        if (!strip) return null;
        const box = boxOf(strip, sheet, page, scale);
        return <Shape key={c.id} c={c} box={box} from={strip.from} scale={scale} chosen={c === calipers.chosen} />;
      })}
    </g>
  );
}

interface ShapeProps {
  c: Caliper;
  box: Box;
  from: number;
  scale: PaperScale;
  chosen: boolean;
}

function Shape({ c, box, from, scale, chosen }: ShapeProps) {
  const x = (s: number) => box.left + (s - from) * scale.speed;
  const y = (mv: number) => box.baseline - mv * scale.gain;
  const [x1, x2, y1, y2] = [x(c.a.s), x(c.b.s), y(c.a.mv), y(c.b.mv)];
  const words = useCaliperText(c);
  const labelAt = c.kind === 'height' ? [Math.max(x1, x2) + 1.5, (y1 + y2) / 2 + 1] : [(x1 + x2) / 2, box.top + 3.2];
  return (
    <g className={chosen ? 'ecg-caliper ecg-caliper-on' : 'ecg-caliper'} data-testid="caliper" data-kind={c.kind}>
      {c.kind === 'height' ? (
        <>
          <Line id={c.id} end="a" d={`M${x1 - 4} ${y1}H${x2 + 4}`} />
          <Line id={c.id} end="b" d={`M${x1 - 4} ${y2}H${x2 + 4}`} />
          <path className="ecg-span" d={`M${(x1 + x2) / 2} ${y1}V${y2}`} />
        </>
      ) : (
        <>
          <Line id={c.id} end="a" d={`M${x1} ${box.top}v${box.height}`} />
          <Line id={c.id} end="b" d={`M${x2} ${box.top}v${box.height}`} />
          <path className="ecg-span" d={`M${x1} ${box.top + 4}H${x2}`} />
          {c.kind === 'march' &&
            marchOf(c, from, from + box.width / scale.speed).map((s) => (
              <path key={s} className="ecg-march" d={`M${x(s)} ${box.top + 2}v${box.height - 4}`} />
            ))}
        </>
      )}
      <text
        x={labelAt[0]}
        y={labelAt[1]}
        textAnchor={c.kind === 'height' ? 'start' : 'middle'}
        data-id={c.id}
        data-end="both"
      >
        {words}
      </text>
    </g>
  );
}

/** A thin line in a broad one that is easy to take hold of. */
function Line({ id, end, d }: { id: string; end: 'a' | 'b'; d: string }) {
  return (
    <>
      <path className="ecg-line" d={d} />
      <path className="ecg-hold" d={d} data-id={id} data-end={end} />
    </>
  );
}

export function useCaliperText(c: Caliper): string {
  return useCaliperWords()(c);
}

export function useCaliperWords(): (c: Caliper) => string {
  const { t } = useTranslation();
  return (c) => {
    const r = readingOf(c);
    if (c.kind === 'height') return `${r.mv.toFixed(2)} mV`;
    return r.bpm === undefined ? `${r.ms} ms` : `${r.ms} ms · ${r.bpm} ${t('ecg.unit.bpm')}`;
  };
}
