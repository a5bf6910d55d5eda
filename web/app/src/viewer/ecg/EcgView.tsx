import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { recordPrint } from '@/api/prints';
import { ErrorNote, Skeleton } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { dateText, personName, tag, text } from '../dicom.model';
import type { Series } from '../study.model';
import { useCaliperWords } from './CaliperLayer';
import { fromBeats, moved } from './calipers.model';
import { deviceValues } from './device.model';
import { EcgPaper } from './EcgPaper';
import { EcgPrint, printSpans } from './EcgPrint';
import { EcgTools } from './EcgTools';
import { EcgValues } from './EcgValues';
import { type Ecg, loadEcg } from './ecg.model';
import { bandText, filterEcg, filterText } from './filter.model';
import { measure } from './intervals.model';
import { layOut, spansOf, widest } from './layout.model';
import { type EcgKey, firstLook, keyOf, type Look } from './look.model';
import { MedianBeats } from './MedianBeats';
import { useCalipers } from './use-calipers';
import { useEcgKeys } from './use-ecg-keys';
import { type Choices, lineOf, valuesOf } from './values.model';
import './ecg.css';

interface Props {
  series: Series;
  /** Other ECGs at hand: of this study, or of the earlier one beside. */
  others: readonly Series[];
  /** Takes words into the report that is being written. */
  onWords?: (words: string) => void;
  /** The read task in which this is looked at. */
  reading?: string;
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
export function EcgView(props: Props) {
  const { t } = useTranslation();
  const { data, isPending, error } = useEcg(props.series);
  const then = props.others[0];
  const earlier = useEcg(then);
  return (
    <section className="viewer-ecg" aria-label={t('viewer.kind.ecg')}>
      {isPending && <Skeleton rows={8} />}
      {error && <ErrorNote error={error} />}
      {data === null && <p role="alert">{t('ecg.none')}</p>}
      {data && !(then && earlier.isPending) && (
        <Desk
          key={props.series.uid}
          {...props}
          ecg={data}
          earlier={then && earlier.data ? { series: then, ecg: earlier.data } : undefined}
        />
      )}
    </section>
  );
}

interface DeskProps extends Props {
  ecg: Ecg;
  earlier?: { readonly series: Series; readonly ecg: Ecg };
}

function Desk({ series, ecg, earlier, onWords, reading }: DeskProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const [look, setLook] = useState<Look>(() =>
    firstLook(ecg.leads.length, window.matchMedia('(pointer: coarse)').matches, earlier !== undefined),
  );
  const change = useCallback((l: Partial<Look>) => setLook((old) => ({ ...old, ...l })), []);
  const state = useCalipers();
  const other = useCalipers();
  const [calipers, send] = state;
  const [end, setEnd] = useState<'a' | 'b' | 'both'>('b');
  const [choices, setChoices] = useState<Choices>({ correction: 'bazett', written: {}, hidden: false });
  const [printing, setPrinting] = useState(false);
  const printed = useCallback(() => setPrinting(false), []);
  const measured = useMemo(() => measure(ecg), [ecg]);
  const before = useMemo(() => earlier && measure(earlier.ecg), [earlier]);
  const shown = useMemo(() => filterEcg(ecg, look.filters), [ecg, look.filters]);
  const shownBefore = useMemo(() => earlier && filterEcg(earlier.ecg, look.filters), [earlier, look.filters]);
  const device = useMemo(() => deviceValues(series.metadata), [series]);
  const values = valuesOf(measured, device, choices);
  const spans = spansOf(ecg.seconds, widest);
  const span = spans[look.window] ?? { from: 0, length: widest };
  const foot = useFoot(look);
  const caliperText = useCaliperWords();

  const insert = () => {
    const c = calipers.all.find((k) => k.id === calipers.chosen);
    const words = c
      ? t('ecg.caliperWords', { lead: c.lead, words: caliperText(c) })
      : lineOf(values, {
          name: (name) => t(`ecg.value.${name}`),
          unit: (unit) => t(`ecg.unit.${unit}`),
          origin: (origin) => (origin === 'doctor' ? '' : t(`ecg.originWords.${origin}`)),
          between: t('ecg.between'),
          correction: choices.correction === 'bazett' ? 'Bazett' : 'Fridericia',
        });
    if (words) onWords?.(words);
  };
  const print = () => {
    const pages = printSpans(ecg, look).length;
    recordPrint(series.study, { what: 'ecg', pages, images: 1, paper: 'A4', layout: look.layout, reading })
      .then(() => setPrinting(true))
      .catch(toast.fail);
  };
  const run = (k: EcgKey): boolean => {
    const chosen = calipers.all.find((c) => c.id === calipers.chosen);
    switch (k.do) {
      case 'look':
        change(k.change);
        return true;
      case 'place': {
        const made = fromBeats(k.kind, layOut(ecg, look.layout, span), measured.beats, ecg.rate);
        if (made) send({ do: 'add', caliper: made });
        return true;
      }
      case 'move':
        if (chosen) send({ do: 'change', caliper: moved(chosen, end, k.s, k.mv) });
        return true;
      case 'end':
        setEnd(end === 'b' ? 'a' : end === 'a' ? 'both' : 'b');
        return true;
      case 'insert':
        if (onWords) insert();
        return onWords !== undefined;
      case 'print':
        print();
        return true;
      default:
        send({ do: k.do });
        return true;
    }
  };
  useEcgKeys(
    (chord) =>
      keyOf({
        chord,
        look,
        chosen: calipers.chosen !== undefined,
        leads: ecg.leads.length,
        compared: earlier !== undefined,
      }),
    run,
  );
  const when = (s: Series) => dateText(text(s.metadata, tag.studyDate));
  const common = { layout: look.layout, scale: look, zoom: look.zoom, tool: look.tool };
  return (
    <>
      <header className="ecg-head">
        <b>{personName(series.metadata, tag.patientName)}</b>
        <span>{when(series)}</span>
        <span>{t('ecg.sampling', { hz: ecg.rate, s: ecg.seconds.toFixed(1), n: ecg.leads.length })}</span>
        {bandText(ecg.device) && <span>{t('ecg.deviceFilter', { band: bandText(ecg.device) })}</span>}
      </header>
      <EcgTools
        look={look}
        leads={ecg.leads.length}
        rate={ecg.rate}
        windows={spans.length}
        compared={earlier !== undefined}
        canUndo={calipers.past.length > 0}
        onLook={change}
        onUndo={() => send({ do: 'undo' })}
        onClear={() => send({ do: 'clear' })}
        onPrint={print}
      />
      <EcgValues
        values={values}
        measured={measured}
        device={device}
        choices={choices}
        onChoices={setChoices}
        onInsert={onWords && insert}
      />
      <div className="ecg-papers" data-compare={look.compare}>
        {look.compare === 'median' && before && earlier ? (
          <MedianBeats
            now={measured}
            earlier={before}
            scale={look}
            labels={[t('ecg.now', { date: when(series) }), t('ecg.earlier', { date: when(earlier.series) })]}
          />
        ) : (
          <EcgPaper
            {...common}
            testId="ecg-paper"
            ecg={shown}
            span={span}
            calipers={state}
            foot={foot(ecg)}
            title={look.compare === 'below' ? t('ecg.now', { date: when(series) }) : undefined}
          />
        )}
        {look.compare === 'below' && shownBefore && earlier && before && (
          <EcgPaper
            {...common}
            testId="ecg-earlier"
            ecg={shownBefore}
            span={{ from: 0, length: widest }}
            calipers={other}
            foot={foot(earlier.ecg)}
            title={`${t('ecg.earlier', { date: when(earlier.series) })} ${before.rhythm ? `${Math.round(before.rhythm.rate)} ${t('ecg.unit.bpm')}` : ''}`}
          />
        )}
      </div>
      {printing && (
        <EcgPrint
          series={series}
          ecg={shown}
          look={look}
          foot={foot(ecg)}
          values={values}
          calipers={calipers}
          onDone={printed}
        />
      )}
    </>
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
