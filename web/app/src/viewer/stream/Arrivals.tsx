import { useSyncExternalStore } from 'react';
import { Part } from './schedule.model';
import { stream } from './stream';
import './arrivals.css';

const cells = 60;

/** A quiet line under the slider: which pictures of a series are here, small or whole. It goes when all are. */
export function Arrivals({ series }: { series: string }) {
  const text = useSyncExternalStore(stream.subscribe, () => shares(series));
  const [seen = '0', pixels = '0', count = '0', ...shades] = text.split(' ');
  const whole = count !== '0' && pixels === count;
  return (
    <div
      className="viewer-arrivals"
      aria-hidden="true"
      data-testid="arrivals"
      data-seen={seen}
      data-pixels={pixels}
      data-count={count}
      hidden={whole}
    >
      {shades.map((shade, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
        <i key={i} className={shadeClass[Number(shade)]} />
      ))}
    </div>
  );
}

const shadeClass = ['', 'viewer-arrived-small', 'viewer-arrived'];

/** As one text, so that React sees whether it has changed: seen, whole, count, then for each cell 0, 1 (small) or 2 (whole). */
function shares(series: string): string {
  const parts = stream.parts(series);
  if (!parts) return '0 0 0';
  const { count, seen, pixels } = stream.progress(series);
  const n = Math.min(cells, count);
  const cell = (k: number) => {
    const from = Math.floor((k * count) / n);
    const to = Math.max(from + 1, Math.floor(((k + 1) * count) / n));
    let least = 2;
    for (let i = from; i < to; i++) {
      least = Math.min(least, parts.pixels[i] === Part.here ? 2 : parts.previews[i] === Part.here ? 1 : 0);
    }
    return least;
  };
  return [seen, pixels, count, ...Array.from({ length: n }, (_, k) => cell(k))].join(' ');
}
