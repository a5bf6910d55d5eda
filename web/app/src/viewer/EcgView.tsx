import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Choice } from '@/ui/field';
import { ErrorNote, Skeleton } from '@/ui/states';
import { dateText, personName, tag, text } from './dicom.model';
import { type Ecg, type EcgLayout, layOut, loadEcg } from './ecg.model';
import { drawSheet, sheetSize } from './ecg.paper';
import type { Series } from './study.model';

const ecgLayouts: readonly EcgLayout[] = ['3x4', '6x2', '12x1'];
const gains = [5, 10, 20] as const; // mm/mV
const speeds = [25, 50] as const; // mm/s

/** The 12-lead ECG on its grid, as on paper. */
export function EcgView({ series }: { series: Series }) {
  const { t } = useTranslation();
  const [layout, setLayout] = useState<EcgLayout>('3x4');
  const [gain, setGain] = useState<number>(10);
  const [speed, setSpeed] = useState<number>(25);
  const { data, isPending, error } = useQuery({
    queryKey: ['ecg', series.uid],
    queryFn: async ({ signal }) => (await loadEcg(series.metadata, signal)) ?? null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <section className="viewer-ecg" aria-label={t('viewer.kind.ecg')}>
      <header className="viewer-ecg-head">
        <b>{personName(series.metadata, tag.patientName)}</b>
        <span>{text(series.metadata, tag.sex)}</span>
        <span>{dateText(text(series.metadata, tag.studyDate))}</span>
        <span>{data ? t('viewer.ecg.sampling', { hz: data.rate, s: data.seconds.toFixed(1) }) : ''}</span>
        <span className="viewer-spring" />
        <Choice<EcgLayout>
          label={t('viewer.layout')}
          hidden
          options={ecgLayouts.map((value) => ({ value, text: value.replace('x', '×') }))}
          value={layout}
          onChange={setLayout}
        />
        <Choice
          label="mm/s"
          hidden
          options={speeds.map((v) => ({ value: String(v), text: `${v} mm/s` }))}
          value={String(speed)}
          onChange={(v) => setSpeed(Number(v))}
        />
        <Choice
          label="mm/mV"
          hidden
          options={gains.map((v) => ({ value: String(v), text: `${v} mm/mV` }))}
          value={String(gain)}
          onChange={(v) => setGain(Number(v))}
        />
      </header>
      {isPending && <Skeleton rows={8} />}
      {error && <ErrorNote error={error} />}
      {data === null && <p role="alert">{t('viewer.ecg.none')}</p>}
      {data && <EcgPaper ecg={data} layout={layout} speed={speed} gain={gain} />}
    </section>
  );
}

function EcgPaper({ ecg, layout, speed, gain }: { ecg: Ecg; layout: EcgLayout; speed: number; gain: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const frame = box.current;
    if (!element || !frame) return;
    const draw = () => drawSheet(element, layOut(ecg, layout), ecg.rate, { speed, gain, width: frame.clientWidth });
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(frame);
    return () => observer.disconnect();
  }, [ecg, layout, speed, gain]);
  const size = sheetSize(layOut(ecg, layout), { speed, gain });
  return (
    <div ref={box} className="viewer-ecg-paper" data-testid="ecg-paper" data-width-mm={size.width}>
      <canvas ref={canvas} />
    </div>
  );
}
