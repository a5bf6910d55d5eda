import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote, Skeleton } from '@/ui/states';
import { dateText, personName, tag, text } from '../dicom.model';
import type { Series } from '../study.model';
import { EcgPaper } from './EcgPaper';
import { EcgPrint } from './EcgPrint';
import { EcgTools } from './EcgTools';
import { EcgValues } from './EcgValues';
import { type Ecg, loadEcg } from './ecg.model';
import { bandText, filterText } from './filter.model';
import { widest } from './layout.model';
import type { Look } from './look.model';
import { MedianBeats } from './MedianBeats';
import { type DeskProps, type Earlier, useEcgDesk } from './use-ecg-desk';
import './ecg.css';

interface Props extends Pick<DeskProps, 'viewer' | 'series' | 'onWords' | 'reading'> {
  /** Other ECGs at hand: of this study, or of the earlier one beside. */
  others: readonly Series[];
}

function useEcg(series: Series | undefined) {
  return useQuery({
    queryKey: ['ecg', series?.uid ?? ''],
    queryFn: async ({ signal }) => (series && (await loadEcg(series.metadata, signal))) ?? null,
    enabled: series !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The ECG on its paper, with calipers, filters, its numbers, and the earlier one. */
export function EcgView({ viewer, series, others, onWords, reading }: Props) {
  const { t } = useTranslation();
  const { data, isPending, error, refetch } = useEcg(series);
  const [then] = others;
  const { data: before, error: missing, refetch: compare } = useEcg(then);
  const earlier = useMemo(() => (then && before ? { series: then, ecg: before } : undefined), [then, before]);
  return (
    <section className="viewer-ecg" aria-label={t('viewer.kind.ecg')}>
      {isPending && <Skeleton rows={8} />}
      {error && !data && <ErrorNote error={error} retry={() => void refetch()} />}
      {data && missing && !before && <ErrorNote error={missing} retry={() => void compare()} />}
      {data === null && <p role="alert">{t('ecg.none')}</p>}
      {data && <Desk key={series.uid} ecg={data} {...{ viewer, series, earlier, onWords, reading }} />}
    </section>
  );
}

function Desk(props: DeskProps) {
  const { viewer, series, ecg, earlier } = props;
  const desk = useEcgDesk(props);
  const { look, calipers, measured, values } = desk;
  const foot = useFoot(look);
  return (
    <>
      <Head series={series} ecg={ecg} />
      <EcgTools
        look={look}
        leads={ecg.leads.length}
        rate={ecg.rate}
        windows={desk.spans.length}
        compared={earlier !== undefined}
        canUndo={viewer.steps.canUndo}
        onLook={desk.change}
        onUndo={() => viewer.steps.undo()}
        onClear={calipers.clear}
        onPrint={desk.print}
      />
      <EcgValues
        values={values}
        measured={measured}
        device={desk.device}
        choices={desk.choices}
        onChoices={desk.setChoices}
        onInsert={desk.insert}
      />
      <Papers series={series} earlier={earlier} desk={desk} foot={foot} ecg={ecg} />
      {desk.printing && (
        <EcgPrint
          series={series}
          ecg={desk.shown}
          look={look}
          foot={foot(ecg)}
          values={values}
          calipers={calipers}
          onDone={desk.printed}
        />
      )}
    </>
  );
}

function Head({ series, ecg }: Pick<DeskProps, 'series' | 'ecg'>) {
  const { t } = useTranslation();
  const device = bandText(ecg.device);
  return (
    <header className="ecg-head">
      <b>{personName(series.metadata, tag.patientName)}</b>
      <span>{dateText(text(series.metadata, tag.studyDate))}</span>
      <span>{t('ecg.sampling', { hz: ecg.rate, s: ecg.seconds.toFixed(1), n: ecg.leads.length })}</span>
      {device && <span>{t('ecg.deviceFilter', { band: device })}</span>}
    </header>
  );
}

interface PapersProps {
  series: Series;
  ecg: Ecg;
  earlier: Earlier | undefined;
  desk: ReturnType<typeof useEcgDesk>;
  foot: (ecg: Ecg) => string;
}

/** This recording, alone, above the earlier one, or their beats over each other. */
function Papers({ series, ecg, earlier, desk, foot }: PapersProps) {
  const { t } = useTranslation();
  const { look, before, shownBefore } = desk;
  const when = (s: Series) => {
    const time = text(s.metadata, tag.studyTime);
    return `${dateText(text(s.metadata, tag.studyDate))} ${time.slice(0, 2)}:${time.slice(2, 4)}`;
  };
  const now = t('ecg.now', { date: when(series) });
  const then = earlier ? t('ecg.earlier', { date: when(earlier.series) }) : '';
  const common = { layout: look.layout, scale: look, zoom: look.zoom, tool: look.tool };
  if (look.compare === 'median' && before && earlier)
    return (
      <div className="ecg-papers" data-compare={look.compare}>
        <MedianBeats now={desk.measured} earlier={before} scale={look} labels={[now, then]} />
      </div>
    );
  const below = look.compare === 'below' && shownBefore && earlier;
  const rate = before?.rhythm ? ` · ${Math.round(before.rhythm.rate)} ${t('ecg.unit.bpm')}` : '';
  return (
    <div className="ecg-papers" data-compare={look.compare}>
      <EcgPaper
        {...common}
        testId="ecg-paper"
        ecg={desk.shown}
        span={desk.span}
        calipers={desk.calipers}
        foot={foot(ecg)}
        title={below ? now : undefined}
      />
      {below && (
        <EcgPaper
          {...common}
          calipers={desk.calipersBefore}
          testId="ecg-earlier"
          ecg={shownBefore}
          span={{ from: 0, length: widest }}
          foot={foot(earlier.ecg)}
          title={then + rate}
        />
      )}
    </div>
  );
}

/** Speed, gain and what is filtered: it stands on each paper, on the screen and printed. */
function useFoot(look: Look): (ecg: Ecg) => string {
  const { t } = useTranslation();
  return (ecg) => {
    const own = filterText(look.filters, ecg.rate);
    const device = bandText(ecg.device);
    return [
      `${look.speed} mm/s`,
      `${look.gain} mm/mV`,
      own ? t('ecg.filtered', { band: own }) : t('ecg.unfiltered'),
      ...(device ? [t('ecg.deviceFilter', { band: device })] : []),
    ].join('   ');
  };
}
