import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useDoubleTap } from './able/use-double-tap';
import { useResume } from './able/use-resume';
import { dateText, personName, tag, text } from './dicom.model';
import type { Viewer } from './engine';
import { ReferenceLines } from './hanging/ReferenceLines';
import { KeyBadge } from './KeyBadge';
import { labelsOf } from './kinds/nm.model';
import { OverlayPlanes } from './kinds/OverlayPlanes';
import { suvOf } from './kinds/suv.model';
import type { ForeignKey } from './objects/key.model';
import { ObjectsLayer } from './objects/ObjectsLayer';
import type { Layers } from './objects/use-objects';
import { Pointers } from './Pointers';
import { PressProbe } from './PressProbe';
import type { Pane } from './pane';
import type { Hung, ViewportState } from './pane.model';
import type { Overlay } from './prefs.model';
import { ScaleBar } from './ScaleBar';
import { Arrivals } from './stream/Arrivals';
import type { Series } from './study.model';
import type { Together } from './together';
import { showsFlow } from './tools/region.model';
import { scaleWarning } from './tools/scale.model';
import { Unshown } from './Unshown';
import { useLate } from './useLate';
import { legible } from './window.model';

const nothing: ViewportState = { index: 0, count: 0, zoom: 1, invert: false, loading: true, preview: false };

interface Props {
  viewer: Viewer;
  paneKey: string;
  series: Series | undefined;
  /** Of an earlier study: marked, so that nobody takes it for the present one. */
  prior: boolean;
  active: boolean;
  overlay: Overlay;
  /** How the series is hung here. */
  hung?: Hung;
  /** The pane whose picture is drawn into this one as a line. */
  leading?: Pane;
  /** What reports, presentation states and segmentations put over the picture. */
  layers: Layers;
  /** What others chose among the pictures. */
  keys: readonly ForeignKey[];
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
  const { index, mirror, side, field } = p.hung ?? {};
  const [columns, rows] = field ?? [];
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
    return () => {
      report.current(undefined);
      made.destroy();
    };
  }, [viewer, paneKey]);

  useEffect(() => {
    if (!pane || !series) return;
    const hung = { index, mirror, side, ...(columns && rows ? { field: [columns, rows] as const } : {}) };
    void pane.show(series, hung);
    opening.current();
  }, [pane, series, index, mirror, side, columns, rows]);

  const state = useSyncExternalStore(pane?.subscribe ?? noSubscription, () => pane?.state ?? nothing);
  useResume(pane);
  const isLate = useLate(state.loading, 250);
  useDoubleTap(pane, viewer);

  const frame = series?.frames[state.index];
  return (
    // The keyboard reaches the panes by the viewer's own keys; the click only makes one of them the active one.
    <section
      aria-label={series?.description ?? ''}
      className={active ? 'viewer-pane viewer-pane-active' : 'viewer-pane'}
      data-testid={`pane-${paneKey}`}
      data-index={state.index}
      data-count={state.count}
      data-loading={state.loading}
      data-late={isLate}
      data-preview={state.preview}
      data-failure={state.failure}
      data-rate={series?.cineRate}
      onPointerDownCapture={() => {
        p.onActivate();
        p.onHand?.();
        pane?.loosen();
      }}
      onWheelCapture={p.onHand}
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        p.onDropSeries(e.dataTransfer.getData('text/series'));
      }}
    >
      <div
        ref={element}
        className="viewer-canvas"
        role="img"
        aria-label={t('viewer.picture', { name: series?.description ?? '', n: state.index + 1, of: state.count })}
      />
      {frame && overlay !== 'none' && <OverlayPlanes pane={pane} frame={frame} />}
      {series && p.layers.objects.length > 0 && (
        <ObjectsLayer pane={pane} series={series} index={state.index} layers={p.layers} viewer={viewer} />
      )}
      {p.together && <Pointers pane={pane} together={p.together} nameOf={p.nameOf ?? String} />}
      {p.leading && <ReferenceLines pane={pane} active={p.leading} />}
      {series && overlay !== 'none' && (
        <Corners
          series={series}
          state={state}
          prior={prior}
          whole={overlay === 'all'}
          width={element.current?.clientWidth ?? 0}
        />
      )}
      {pane && <PressProbe viewer={viewer} pane={pane} />}
      {series && <KeyBadge viewer={viewer} series={series} index={state.index} others={p.keys} />}
      {!series && <p className="viewer-note">{t('viewer.emptyPane')}</p>}
      {series && state.failure && (
        <Unshown
          series={series}
          frame={frame}
          failure={state.failure}
          number={state.index + 1}
          onRetry={() => void pane?.retry()}
        />
      )}
      {series && state.count > 1 && <Arrivals series={series.uid} />}
      {state.count > 1 && <Scroll state={state} onGo={(i) => pane?.goTo(i)} />}
    </section>
  );
}

const noSubscription = () => () => undefined;

interface CornerProps {
  series: Series;
  state: ViewportState;
  prior: boolean;
  /** With the words about the patient. */
  whole: boolean;
  width: number;
}

function Corners({ series, state, prior, whole, width }: CornerProps) {
  const { t } = useTranslation();
  const frame = series.frames[state.index];
  const d = frame?.metadata ?? series.metadata;
  const { edges } = state;
  const warning = scaleWarning(d);
  const suv = suvOf(d);
  return (
    <div className="viewer-overlay" aria-hidden="true">
      {whole && (
        <div className="viewer-tl">
          <b>{personName(d, tag.patientName)}</b>
          <span>
            {text(d, tag.sex)} {dateText(text(d, tag.birthDate))}
          </span>
          <span>{text(d, tag.patientId)}</span>
        </div>
      )}
      <div className="viewer-tr">
        {prior && <b className="viewer-prior">{t('viewer.prior')}</b>}
        {whole && <span>{text(d, tag.institution)}</span>}
        <span>{dateText(text(d, tag.studyDate))}</span>
        <span>{series.description}</span>
      </div>
      <div className="viewer-bl">
        <span>
          {series.modality} #{series.number}
        </span>
        {text(d, tag.sliceThickness) && <span>{t('viewer.thickness', { mm: text(d, tag.sliceThickness) })}</span>}
        {frame &&
          labelsOf(d, frame.frame).map((l) => (
            <span key={l.kind} data-testid="frame-label">
              {t(`kinds.frame.${l.kind}`)} {l.name ?? `${l.n}/${l.of}`}
            </span>
          ))}
        {warning && <span className="viewer-warns">{t(`viewer.spacing.${warning}`)}</span>}
        {suv?.flaw && (
          <span className="viewer-warns" data-testid="no-suv">
            {t('kinds.noSuv', { why: t(`kinds.suvFlaw.${suv.flaw}`) })}
          </span>
        )}
        {showsFlow(d) && <span data-testid="flow">{t('viewer.flow')}</span>}
      </div>
      <div className="viewer-br">
        {state.width !== undefined && state.center !== undefined && (
          <span>
            W {legible(state.width, state.width)} L {legible(state.center, state.width)}
          </span>
        )}
        {state.colours && <span>{t(`kinds.colours.${state.colours}`)}</span>}
        <span>{Math.round(state.zoom * 100)}%</span>
        {state.rate !== undefined && (
          <span data-testid="cine-rate">{t('viewer.framesASecond', { n: state.rate })}</span>
        )}
        <b>
          {state.index + 1}/{state.count}
        </b>
        {state.preview && <span className="viewer-preview">{t('viewer.preview')}</span>}
      </div>
      {edges && (
        <>
          <i className="viewer-o-left">{edges.left}</i>
          <i className="viewer-o-right">{edges.right}</i>
          <i className="viewer-o-top">{edges.top}</i>
          <i className="viewer-o-bottom">{edges.bottom}</i>
        </>
      )}
      {state.mmPerPixel !== undefined && <ScaleBar mmPerPixel={state.mmPerPixel} width={width} />}
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
