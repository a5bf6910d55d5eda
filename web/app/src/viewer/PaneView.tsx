import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { dateText, personName, tag, text } from './dicom.model';
import type { Viewer } from './engine';
import { KeyBadge } from './KeyBadge';
import { ObjectsLayer } from './objects/ObjectsLayer';
import type { Layers } from './objects/use-objects';
import { Pointers } from './Pointers';
import type { Pane, ViewportState } from './pane';
import { Arrivals } from './stream/Arrivals';
import { orientationOf, type Series, spacingSource } from './study.model';
import type { Together } from './together';

const nothing: ViewportState = { index: 0, count: 0, zoom: 1, invert: false, loading: true, preview: false };

interface Props {
  viewer: Viewer;
  paneKey: string;
  series: Series | undefined;
  /** Of an earlier study: marked, so that nobody takes it for the present one. */
  prior: boolean;
  active: boolean;
  overlay: boolean;
  /** What reports, presentation states and segmentations put over the picture. */
  layers: Layers;
  onActivate: () => void;
  onPane: (pane: Pane | undefined) => void;
  /** The pane has begun to open its series and can be turned. */
  onOpening: () => void;
  onDropSeries: (uid: string) => void;
  together?: Together;
  nameOf?: (person: string) => string;
  /** A person turns, windows or moves the picture here. */
  onHand?: () => void;
}

/** One viewport with the words and numbers at its corners. */
export function PaneView(p: Props) {
  const { viewer, paneKey, series, prior, active, overlay } = p;
  const { t } = useTranslation();
  const element = useRef<HTMLDivElement>(null);
  const [pane, setPane] = useState<Pane>();
  const report = useRef(p.onPane);
  report.current = p.onPane;
  const opening = useRef(p.onOpening);
  opening.current = p.onOpening;

  useLayoutEffect(() => {
    if (!element.current) return;
    const made = viewer.pane(paneKey, element.current);
    setPane(made);
    report.current(made);
    const observer = new ResizeObserver(() => viewer.resize());
    observer.observe(element.current);
    return () => {
      observer.disconnect();
      report.current(undefined);
      made.destroy();
    };
  }, [viewer, paneKey]);

  useEffect(() => {
    if (!pane || !series) return;
    void pane.show(series);
    opening.current();
  }, [pane, series]);

  const state = useSyncExternalStore(pane?.subscribe ?? noSubscription, () => pane?.state ?? nothing);

  return (
    // The keyboard reaches the panes by the viewer's own keys; the click only makes one of them the active one.
    <section
      aria-label={series?.description ?? ''}
      className={active ? 'viewer-pane viewer-pane-active' : 'viewer-pane'}
      data-testid={`pane-${paneKey}`}
      data-index={state.index}
      data-count={state.count}
      data-loading={state.loading}
      data-preview={state.preview}
      data-failure={state.failure}
      data-rate={series?.cineRate}
      onPointerDownCapture={() => {
        p.onActivate();
        p.onHand?.();
      }}
      onWheelCapture={p.onHand}
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        p.onDropSeries(e.dataTransfer.getData('text/series'));
      }}
    >
      <div ref={element} className="viewer-canvas" />
      {series && p.layers.objects.length > 0 && (
        <ObjectsLayer pane={pane} series={series} index={state.index} layers={p.layers} viewer={viewer} />
      )}
      {p.together && <Pointers pane={pane} together={p.together} nameOf={p.nameOf ?? String} />}
      {series && overlay && <Corners series={series} state={state} prior={prior} />}
      {series && <KeyBadge viewer={viewer} series={series} index={state.index} />}
      {!series && <p className="viewer-note">{t('viewer.emptyPane')}</p>}
      {state.failure && (
        <div className="viewer-failure" role="alert">
          <p>
            {t('viewer.failed', { n: state.index + 1 })}
            <br />
            {t(`viewer.failure.${state.failure}`)}
          </p>
          <button type="button" className="y-btn y-btn-plain y-btn-normal" onClick={() => void pane?.retry()}>
            {t('viewer.retry')}
          </button>
        </div>
      )}
      {series && state.count > 1 && <Arrivals series={series.uid} />}
      {state.count > 1 && <Scroll state={state} onGo={(i) => pane?.goTo(i)} />}
    </section>
  );
}

const noSubscription = () => () => undefined;

function Corners({ series, state, prior }: { series: Series; state: ViewportState; prior: boolean }) {
  const { t } = useTranslation();
  const frame = series.frames[state.index];
  const d = frame?.metadata ?? series.metadata;
  const letters = useMemo(() => orientationOf(d), [d]);
  const spacing = spacingSource(d);
  return (
    <div className="viewer-overlay" aria-hidden="true">
      <div className="viewer-tl">
        <b>{personName(d, tag.patientName)}</b>
        <span>
          {text(d, tag.sex)} {dateText(text(d, tag.birthDate))}
        </span>
        <span>{text(d, tag.patientId)}</span>
      </div>
      <div className="viewer-tr">
        {prior && <b className="viewer-prior">{t('viewer.prior')}</b>}
        <span>{text(d, tag.institution)}</span>
        <span>{dateText(text(d, tag.studyDate))}</span>
        <span>{series.description}</span>
      </div>
      <div className="viewer-bl">
        <span>
          {series.modality} #{series.number}
        </span>
        {text(d, tag.sliceThickness) && <span>{t('viewer.thickness', { mm: text(d, tag.sliceThickness) })}</span>}
        {spacing !== 'calibrated' && <span>{t(`viewer.spacing.${spacing}`)}</span>}
      </div>
      <div className="viewer-br">
        {state.width !== undefined && state.center !== undefined && (
          <span>
            W {Math.round(state.width)} L {Math.round(state.center)}
          </span>
        )}
        <span>{Math.round(state.zoom * 100)}%</span>
        <b>
          {state.index + 1}/{state.count}
        </b>
        {state.preview && <span className="viewer-preview">{t('viewer.preview')}</span>}
      </div>
      {letters && (
        <>
          <i className="viewer-o-left">{letters.left}</i>
          <i className="viewer-o-right">{letters.right}</i>
          <i className="viewer-o-top">{letters.top}</i>
        </>
      )}
    </div>
  );
}

function Scroll({ state, onGo }: { state: ViewportState; onGo: (index: number) => void }) {
  const { t } = useTranslation();
  return (
    <input
      className="viewer-scroll"
      type="range"
      min={0}
      max={state.count - 1}
      value={state.index}
      aria-label={t('viewer.slice')}
      onChange={(e) => onGo(Number(e.target.value))}
    />
  );
}
