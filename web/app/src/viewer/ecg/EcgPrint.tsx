import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { dateText, personName, tag, text } from '../dicom.model';
import { Printed } from '../film/Printed';
import type { Series } from '../study.model';
import { CaliperLayer } from './CaliperLayer';
import { EcgSheet } from './EcgSheet';
import type { Ecg } from './ecg.model';
import { layOut, pageOf, pulseRoom, type Span, spansOf } from './layout.model';
import type { Look } from './look.model';
import type { Calipers } from './use-calipers';
import type { Value } from './values.model';

const paper = { width: 297, height: 210 }; // A4 across
const usable = { width: 277, height: 160 }; // of it for the curves

interface Props {
  series: Series;
  ecg: Ecg; // filtered as on the screen
  look: Look;
  foot: string;
  values: readonly Value[];
  calipers: Calipers;
  onDone: () => void;
}

/** How many seconds fit on one sheet. */
export function printSpans(ecg: Ecg, look: Look): Span[] {
  return spansOf(ecg.seconds, Math.floor(Math.min(10, (usable.width - pulseRoom) / look.speed)));
}

/** The recording on A4 at its true scale: a millimetre is a millimetre. Prints when it is there, and goes. */
export function EcgPrint({ series, ecg, look, foot, values, calipers, onDone }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const spans = useMemo(() => printSpans(ecg, look), [ecg, look]);
  useEffect(() => {
    window.addEventListener('afterprint', onDone);
    const shown = requestAnimationFrame(() => window.print());
    return () => {
      cancelAnimationFrame(shown);
      window.removeEventListener('afterprint', onDone);
    };
  }, [onDone]);
  return (
    <Printed {...paper}>
      {spans.map((span, i) => (
        <div key={span.from} className="printed-sheet ecg-print" style={{ width: '297mm', height: '209.9mm' }}>
          <Head series={series} values={values} />
          <Curves ecg={ecg} look={look} span={span} calipers={calipers} />
          <p className="ecg-print-foot">
            <b>{foot}</b>
            <span>{t('ecg.printOf', { from: span.from, to: Math.min(ecg.seconds, span.from + span.length) })}</span>
            <span>{t('ecg.printed', { at: format.dateTime(Date.now()) })}</span>
            <span>{t('film.page', { page: i + 1, of: spans.length })}</span>
          </p>
        </div>
      ))}
    </Printed>
  );
}

function Head({ series, values }: Pick<Props, 'series' | 'values'>) {
  const { t } = useTranslation();
  const d = series.metadata;
  const sex = text(d, tag.sex);
  const at = text(d, '0008002A') || text(d, tag.studyDate) + text(d, tag.studyTime);
  return (
    <header className="ecg-print-head">
      <div>
        <b>{personName(d, tag.patientName)}</b>
        <span>
          {sex === 'M' || sex === 'F' ? t(`sex.${sex}`) : ''} {dateText(text(d, tag.birthDate))}
        </span>
        <span>ID {text(d, tag.patientId)}</span>
        <span>{moment(at)}</span>
        <span>{text(d, tag.institution)}</span>
      </div>
      <div>
        {values.map((v) => (
          <span key={v.name}>
            {t(`ecg.value.${v.name}`)} {v.text} {t(`ecg.unit.${v.unit}`)}
            <small> {t(`ecg.origin.${v.origin}`)}</small>
          </span>
        ))}
      </div>
    </header>
  );
}

/** 20261120093000 → 2026-11-20 09:30:00 */
function moment(dt: string): string {
  const m = /^(\d{8})(\d{2})(\d{2})(\d{2})?/.exec(dt);
  return m ? `${dateText(m[1] ?? '')} ${m[2]}:${m[3]}${m[4] ? `:${m[4]}` : ''}` : dateText(dt.slice(0, 8));
}

interface CurvesProps {
  ecg: Ecg;
  look: Look;
  span: Span;
  calipers: Calipers;
}

function Curves({ ecg, look, span, calipers }: CurvesProps) {
  const { t } = useTranslation();
  const sheet = useMemo(() => layOut(ecg, look.layout, span), [ecg, look.layout, span]);
  const page = useMemo(() => pageOf(sheet, look, usable.height), [sheet, look]);
  return (
    <EcgSheet sheet={sheet} page={page} scale={look} rate={ecg.rate} width={`${page.width}mm`} label={t('ecg.print')}>
      <CaliperLayer calipers={calipers} sheet={sheet} page={page} scale={look} />
    </EcgSheet>
  );
}
