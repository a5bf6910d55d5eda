import { useQuery } from '@tanstack/react-query';
import { type DragEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { recordPrint } from '@/api/prints';
import { studyQuery } from '@/api/records';
import { useMe } from '@/app/session';
import { TopBar } from '@/app/shell';
import { usePageTone } from '@/app/theme';
import { useFormat } from '@/i18n/format';
import { brief } from '@/ui/brief';
import { Button } from '@/ui/button';
import { PatientStrip } from '@/ui/patient-strip';
import { Empty, Loaded, Skeleton } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { cellsOf, type FilmChoice, firstChoice, put } from '@/viewer/film/choice.model';
import { FilmSheet } from '@/viewer/film/FilmSheet';
import { type Address, pagesOf, papers, sheetOf, sizeOf } from '@/viewer/film/film.model';
import { handedOver } from '@/viewer/film/hand-over';
import { Printed } from '@/viewer/film/Printed';
import { useFilmPrint, useSeen } from '@/viewer/film/use-film-print';
import { presetsFor, type Series } from '@/viewer/study.model';
import { useStudy } from '@/viewer/useStudy';
import { FilmOptions } from './film-options';
import { dragged, FilmStrip } from './film-strip';
import { useFilmKeys } from './use-film-keys';
import './film.css';

/** Film: pictures of a study in a layout on sheets of paper, printed as they are seen. */
export function FilmPage() {
  usePageTone('dark');
  const { t } = useTranslation();
  const { uid = '' } = useParams();
  const [query] = useSearchParams();
  const study = useQuery(studyQuery(uid));
  const { series, pending } = useStudy(uid);
  const reading = query.get('reading') ?? undefined;
  return (
    <div className="study-page film-page">
      <TopBar />
      <Loaded query={study} rows={1} height={24}>
        {(data) => (
          <PatientStrip
            patient={{ id: data.patient ?? '', name: data.patientName, sex: data.sex ?? 'U', age: data.age }}
            institution={data.institution}
            actions={<Link to={reading ? `/readings/${reading}` : `/studies/${uid}`}>{t('film.back')}</Link>}
          >
            <b>{t('film.title')}</b>
            <span>
              {data.modalities.join(' ')} {brief(data.description)}
            </span>
          </PatientStrip>
        )}
      </Loaded>
      {pending ? <Skeleton rows={8} height={40} /> : <Desk key={uid} study={uid} series={series} reading={reading} />}
      <p className="film-unrecorded">{t('film.notRecorded')}</p>
    </div>
  );
}

interface DeskProps {
  study: string;
  series: readonly Series[];
  reading: string | undefined;
}

function Desk({ study, series, reading }: DeskProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const { dateTime } = useFormat();
  const me = useMe();
  const handed = useMemo(() => handedOver(study), [study]);
  const [choice, setChoice] = useState<FilmChoice>(() => firstChoice(handed, series));
  const change = (c: Partial<FilmChoice>) => setChoice((old) => ({ ...old, ...c }));
  const presets = presetsFor(series.find((s) => s.kind === 'stack')?.modality ?? '');
  const sheet = useMemo(() => {
    const paper = papers.find((p) => p.name === choice.paper) ?? papers[0];
    return paper && sheetOf(paper, choice.layout, choice.across);
  }, [choice.paper, choice.layout, choice.across]);
  const cells = useMemo(() => cellsOf(choice, handed, series, presets), [choice, handed, series, presets]);
  const seen = useSeen();
  const record = async () => {
    if (!sheet) return;
    const pages = pagesOf(cells, sheet).length;
    const { paper, layout } = choice;
    await recordPrint(study, { what: 'film', pages, images: cells.length, paper, layout, reading });
  };
  const film = useFilmPrint(cells, record, toast.fail);
  const print = () => {
    if (cells.length > 0 && !film.printing && sheet) film.print();
  };
  useFilmKeys(print);
  if (!sheet) return null;
  const pages = pagesOf(cells, sheet);
  const big = cells.filter((c) => sizeOf(c.metadata, sheet.cell, choice.trueSize).tooLarge).length;
  const person = t('film.person', { name: me.person.name, at: dateTime(Date.now()) });
  const common = { study, sheet, of: pages.length, trueSize: choice.trueSize, person };
  const sheets = { ...common, marks: choice.marks ? handed.marks : [] };
  const pick = (a: Address, at?: number) => change({ source: 'chosen', chosen: put(choice.chosen, a, at) });
  return (
    <div className="film-desk">
      <FilmOptions
        choice={choice}
        series={series}
        presets={presets}
        handed={handed}
        onChange={change}
        summary={t('film.pages', { pages: pages.length, images: cells.length })}
      >
        {big > 0 && <p role="status">{t('film.tooLarge', { count: big })}</p>}
        {seen.failed(cells) > 0 && <p role="alert">{t('film.failed', { count: seen.failed(cells) })}</p>}
        {seen.offline(cells) > 0 && <p role="alert">{t('film.offline', { count: seen.offline(cells) })}</p>}
        {film.stage.at === 'missing' && <p role="alert">{t('film.missing', { count: film.stage.left })}</p>}
        <Button
          look="primary"
          icon="print"
          shortcut="P"
          busy={film.printing}
          disabled={cells.length === 0}
          onClick={print}
        >
          {t('film.print')}
        </Button>
        <p
          className="muted"
          role="status"
          data-testid="film-progress"
          data-done={seen.done(cells)}
          data-all={cells.length}
        >
          {film.printing
            ? t('film.printing', { done: film.done, all: cells.length })
            : seen.done(cells) < cells.length && t('film.loading', { done: seen.done(cells), all: cells.length })}
        </p>
        <p className="muted">{t('film.warning')}</p>
      </FilmOptions>
      <FilmStrip study={study} series={series} part={choice.part} onPick={pick} />
      <Preview width={sheet.width}>
        {pages.length === 0 && (
          <Empty icon="image" title={t('film.empty')}>
            {t('film.emptyHint')}
          </Empty>
        )}
        {pages.map((page, i) => (
          <FilmSheet
            // biome-ignore lint/suspicious/noArrayIndexKey: a sheet is its place
            key={i}
            {...sheets}
            cells={page}
            page={i + 1}
            onState={seen.put}
            over={(k) => (
              <Place
                n={i * sheet.rows * sheet.columns + k}
                filled={choice.source === 'chosen' && k < page.length}
                onDrop={pick}
                onRemove={(n) => change({ chosen: choice.chosen.filter((_, at) => at !== n) })}
              />
            )}
          />
        ))}
      </Preview>
      {film.printing && (
        <Printed width={sheet.width} height={sheet.height}>
          {pages.map((page, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a sheet is its place
            <FilmSheet key={i} {...sheets} cells={page} page={i + 1} onState={film.put} />
          ))}
        </Printed>
      )}
    </div>
  );
}

/** Sheets as wide as there is room: everything on them is in millimetres, zoomed as a whole. */
function Preview({ width, children }: { width: number; children: React.ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState(1);
  useLayoutEffect(() => {
    const frame = box.current;
    if (!frame) return;
    const fill = () => setZoom(Math.min(1.4, Math.max(0.2, (frame.clientWidth - 32) / ((width * 96) / 25.4))));
    fill();
    const observer = new ResizeObserver(fill);
    observer.observe(frame);
    return () => observer.disconnect();
  }, [width]);
  return (
    <div className="film-preview" ref={box} data-testid="film-preview">
      <div className="film-sheets" style={{ zoom }}>
        {children}
      </div>
    </div>
  );
}

interface PlaceProps {
  n: number;
  filled: boolean;
  onDrop: (a: Address, at: number) => void;
  onRemove: (n: number) => void;
}

/** Takes a picture that is dropped on its cell. */
function Place({ n, filled, onDrop, onRemove }: PlaceProps) {
  const { t } = useTranslation();
  const drop = (e: DragEvent) => {
    const a = dragged(e);
    e.preventDefault();
    if (a) onDrop(a, n);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has a press on the picture beside it
    <div className="film-drop" onDragOver={(e) => e.preventDefault()} onDrop={drop}>
      {filled && (
        <button type="button" aria-label={t('film.remove', { n: n + 1 })} onClick={() => onRemove(n)}>
          ×
        </button>
      )}
    </div>
  );
}
