import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { filterText } from './filter.model';
import type { Measured } from './intervals.model';
import { gridOf, type PaperScale } from './layout.model';

interface Props {
  now: Measured;
  earlier: Measured;
  scale: PaperScale;
  labels: readonly [string, string];
}

const cell = { width: 30, height: 30 }; // mm at 25 mm/s; wider at 50

/** The median beats of two recordings over each other, at one scale, their QRS begun at the same moment. */
export function MedianBeats({ now, earlier, scale, labels }: Props) {
  const { t } = useTranslation();
  const width = scale.speed > 25 ? cell.width * 2 : cell.width;
  const height = scale.gain > 10 ? cell.height + 15 : cell.height;
  const names = now.beat?.leads.map((l) => l.name) ?? [];
  const columns = names.length > 6 ? 4 : Math.max(1, names.length > 3 ? 2 : 1);
  const rows = Math.ceil(names.length / columns);
  const page = useMemo(() => ({ width: columns * width, height: rows * height }), [columns, rows, width, height]);
  const grids = useMemo(() => [gridOf(page, 1), gridOf(page, 5)], [page]);
  if (!now.beat || !earlier.beat) return <p role="alert">{t('ecg.noMedian')}</p>;
  return (
    <div className="ecg-paper" data-testid="ecg-median">
      <p className="ecg-title">
        <span className="ecg-key-now">{labels[0]}</span> <span className="ecg-key-then">{labels[1]}</span>{' '}
        {t('ecg.medianOf', { now: now.beat.of, before: earlier.beat.of })}
      </p>
      <div className="ecg-scroll">
        <svg
          className="ecg-sheet ecg-median"
          viewBox={`0 0 ${page.width} ${page.height}`}
          role="img"
          aria-label={t('ecg.compare.median')}
        >
          <path className="ecg-fine" d={grids[0]} />
          <path className="ecg-bold" d={grids[1]} />
          {names.map((name, i) => {
            const left = Math.floor(i / rows) * width;
            const top = (i % rows) * height;
            return (
              <g key={name} data-lead={name}>
                <path className="ecg-curve ecg-then" d={path(earlier, name, left, top + height * 0.6, width, scale)} />
                <path className="ecg-curve" d={path(now, name, left, top + height * 0.6, width, scale)} />
                <text className="ecg-lead" x={left + 1} y={top + 4.5}>
                  {name}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
      <p className="ecg-foot">
        {`${scale.speed} mm/s   ${scale.gain} mm/mV   ${t('ecg.filtered', { band: filterText(now.filters, now.beat.rate) })}`}
      </p>
    </div>
  );
}

const lead = 0.3; // s before the QRS

function path(m: Measured, name: string, left: number, baseline: number, width: number, scale: PaperScale): string {
  const beat = m.beat;
  const x = beat?.leads.find((l) => l.name === name)?.millivolts;
  if (!beat || !x) return '';
  const start = m.waves?.qrsOn ?? beat.at;
  const zero = x[Math.max(0, start)] ?? 0;
  let d = '';
  for (let i = 0; i < x.length; i++) {
    const at = left + ((i - start) / beat.rate + lead) * scale.speed;
    if (at < left || at > left + width) continue;
    d += `${d ? 'L' : 'M'}${at.toFixed(2)} ${(baseline - ((x[i] ?? 0) - zero) * scale.gain).toFixed(2)}`;
  }
  return d;
}
