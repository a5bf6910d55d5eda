import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { type PictureState, usePicture } from '@/ui/use-picture';
import { num, tag, text } from '../dicom.model';
import { instanceUrl } from '../dicomweb';
import { figureText, tellingFigures } from '../figures.model';
import type { Measurement } from '../measurements.model';
import {
  barOf,
  type Cell,
  edgesOf,
  pictureQuery,
  positionOf,
  type Sheet,
  type Size,
  sizeOf,
  strokesOf,
} from './film.model';

interface Props {
  study: string;
  cell: Cell;
  room: Sheet['cell'];
  marks: readonly Measurement[];
  trueSize: boolean;
  onState?: (cell: Cell, state: PictureState) => void;
}

/** One picture on film, in millimetres: the server draws it in its window, the rest stands over it as vectors. */
export function FilmCell({ study, cell, room, marks, trueSize, onState }: Props) {
  const { t } = useTranslation();
  const { metadata: d } = cell;
  const size = sizeOf(d, room, trueSize);
  const query = pictureQuery(d, size, cell.window);
  const url = `${instanceUrl(study, cell.series, cell.instance)}/frames/${cell.frame}/rendered?${query}`;
  const place: CSSProperties = { width: `${size.width}mm`, height: `${size.height}mm` };
  const picture = usePicture(url, (state) => onState?.(cell, state));
  const isHere = picture.state === 'loading' || picture.state === 'done';
  return (
    <figure
      className="film-cell"
      style={{ fontSize: `${Math.min(3.2, Math.max(1.5, room.width / 30))}mm` }}
      data-testid="film-cell"
      data-times={size.times?.toFixed(4)}
      data-window={cell.window ? `${cell.window.center},${cell.window.width}` : ''}
    >
      {picture.state === 'failed' && <p role="alert">{t('film.cannot')}</p>}
      {picture.state === 'offline' && (
        <p role="alert">
          {t('film.offlineCell')}{' '}
          <button type="button" className="y-link" onClick={picture.again}>
            {t('common.retry')}
          </button>
        </p>
      )}
      {isHere && (
        <img
          key={picture.key}
          {...picture.img}
          alt={t('film.image', { n: cell.number, of: cell.of })}
          style={{ ...place, filter: cell.invert ? 'invert(1)' : undefined }}
        />
      )}
      {isHere && <Marks cell={cell} marks={marks} style={place} />}
      <Words cell={cell} size={size} />
    </figure>
  );
}

function Words({ cell, size }: { cell: Cell; size: Size }) {
  const { t } = useTranslation();
  const { metadata: d, window: w } = cell;
  const edges = edgesOf(d);
  const position = positionOf(d);
  const bar = barOf(size);
  return (
    <>
      {edges && (
        <>
          <i className="film-left">{edges.left}</i>
          <i className="film-right">{edges.right}</i>
          <i className="film-top">{edges.top}</i>
          <i className="film-bottom">{edges.bottom}</i>
        </>
      )}
      <figcaption className="film-what">
        {text(d, tag.seriesDescription) || text(d, tag.modality)}
        <br />
        {cell.of > 1 && `${t('film.image', { n: cell.number, of: cell.of })} `}
        {position !== undefined && t('film.position', { mm: position.toFixed(1) })}
      </figcaption>
      <span className="film-how">
        {w && t('film.windowText', { width: Math.round(w.width), center: Math.round(w.center) })}
        <br />
        <ScaleText size={size} />
      </span>
      {bar && (
        <span className="film-bar" style={{ width: `${bar.paper}mm` }}>
          {bar.mm >= 10 ? `${bar.mm / 10} cm` : `${bar.mm} mm`}
        </span>
      )}
    </>
  );
}

function ScaleText({ size }: { size: Size }) {
  const { t } = useTranslation();
  if (size.times === undefined) return t('film.scaleNone');
  if (size.times !== 1) return t('film.scaleTimes', { n: size.times.toFixed(2) });
  if (size.source === 'estimated') return t('film.scaleEstimated');
  return size.source === 'detector' ? t('film.scaleDetector') : t('film.scaleTrue');
}

/** Measurements over their picture, in its own pixels. */
function Marks({ cell, marks, style }: { cell: Cell; marks: readonly Measurement[]; style: CSSProperties }) {
  const { metadata: d } = cell;
  const own = marks.filter((m) => m.instance === cell.instance && m.frame === cell.frame);
  if (own.length === 0) return null;
  const [width, height] = [num(d, tag.columns) ?? 1, num(d, tag.rows) ?? 1];
  const unit = Math.max(width, height) / 100;
  return (
    <svg className="film-marks" style={style} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden>
      {own.map((m) => {
        const strokes = strokesOf(m, d);
        const end = strokes.at(-1)?.at(-1);
        const words =
          tellingFigures(m.figures ?? [])
            .map(figureText)
            .join(' · ') || m.label;
        return (
          <g key={m.id} data-testid="film-mark">
            {strokes.map((s) => (
              <polyline
                key={`${s[0]?.x}/${s[0]?.y}`}
                points={s.map((p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`).join(' ')}
                strokeWidth={unit * 0.4}
              />
            ))}
            {end && words && (
              <text x={end.x + unit} y={end.y - unit} fontSize={unit * 3}>
                {words}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}
