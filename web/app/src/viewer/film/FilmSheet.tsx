import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PictureState } from '@/ui/use-picture';
import { dateText, personName, tag, text } from '../dicom.model';
import type { Measurement } from '../measurements.model';
import { FilmCell } from './FilmCell';
import { type Cell, footHeight, gap, headHeight, margin, type Sheet } from './film.model';
import './film.css';

interface Props {
  study: string;
  sheet: Sheet;
  cells: readonly Cell[];
  page: number; // from 1
  of: number;
  marks: readonly Measurement[];
  trueSize: boolean;
  /** Who prints, and when. */
  person: string;
  onState?: (cell: Cell, state: PictureState) => void;
  /** What else stands in a cell on the screen; index on this sheet. */
  over?: (index: number) => ReactNode;
}

/** A sheet in millimetres: on the screen what it is on paper. */
export function FilmSheet(props: Props) {
  const { study, sheet, cells, page, of, marks, trueSize, person, onState, over } = props;
  const { t } = useTranslation();
  const { cell: room } = sheet;
  return (
    <section
      className="film-sheet printed-sheet"
      data-testid="film-sheet"
      aria-label={t('film.page', { page, of })}
      style={{ width: `${sheet.width}mm`, height: `${sheet.height - 0.1}mm`, padding: `${margin}mm` }}
    >
      <Head cell={cells[0]} />
      <div
        className="film-grid"
        style={{
          gridTemplate: `repeat(${sheet.rows}, ${room.height}mm) / repeat(${sheet.columns}, ${room.width}mm)`,
          gap: `${gap}mm`,
        }}
      >
        {Array.from({ length: sheet.rows * sheet.columns }, (_, i) => {
          const cell = cells[i];
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place on the sheet
            <Fragment key={i}>
              <div className="film-place">
                {cell && (
                  <FilmCell study={study} cell={cell} room={room} marks={marks} trueSize={trueSize} onState={onState} />
                )}
                {over?.(i)}
              </div>
            </Fragment>
          );
        })}
      </div>
      <footer className="film-foot" style={{ height: `${footHeight}mm` }}>
        <span>{t('film.warning')}</span>
        <span>{person}</span>
        <span>{t('film.page', { page, of })}</span>
      </footer>
    </section>
  );
}

function Head({ cell }: { cell: Cell | undefined }) {
  const { t } = useTranslation();
  const d = cell?.metadata ?? {};
  const sex = text(d, tag.sex);
  const time = text(d, tag.studyTime);
  return (
    <header className="film-head" style={{ height: `${headHeight}mm` }}>
      <b>{personName(d, tag.patientName)}</b>
      <span>
        {sex === 'M' || sex === 'F' ? t(`sex.${sex}`) : ''} {text(d, tag.birthDate) && t('film.born')}{' '}
        {dateText(text(d, tag.birthDate))}
      </span>
      <span>ID {text(d, tag.patientId)}</span>
      {text(d, '00080050') && <span>{text(d, '00080050')}</span>}
      <span>
        {dateText(text(d, tag.studyDate))} {time && `${time.slice(0, 2)}:${time.slice(2, 4)}`}
      </span>
      <span>
        {text(d, tag.modality)} {text(d, tag.studyDescription)}
      </span>
      <span className="film-house">{text(d, tag.institution)}</span>
    </header>
  );
}
