import { useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { dateText, personName, tag, text } from '../dicom.model';
import type { Viewer } from '../engine';
import { ScaleBar } from '../ScaleBar';
import type { Series } from '../study.model';
import { Crosshair } from './Crosshair';
import type { PlaneView } from './plane-view';
import { type PlaneName, planeNames } from './planes.model';
import type { Reconstruction, ReconstructionState } from './reconstruction';
import { SlabBar } from './SlabBar';
import { SolidView } from './SolidView';
import './volume.css';

interface Props {
  viewer: Viewer;
  series: Series;
  volume: Reconstruction;
  overlay: boolean;
  active: PlaneName;
  onActive: (plane: PlaneName) => void;
  solid: boolean;
  onSolid: (on: boolean) => void;
  onBodyLost: () => void;
  onLeave: () => void;
}

/** Three planes of one volume around their crossing, and the body beside them when it is wanted. */
export function VolumeView({
  viewer,
  series,
  volume,
  overlay,
  active,
  onActive,
  solid,
  onSolid,
  onBodyLost,
  onLeave,
}: Props) {
  const state = useSyncExternalStore(volume.subscribe, volume.snapshot);
  const [crosshair, setCrosshair] = useState(true);
  return (
    <div
      className="volume"
      data-testid="volume"
      data-stage={state.source.stage}
      data-solid={solid}
      data-voxel={state.voxel.map((v) => v.toFixed(3)).join(' ')}
    >
      <SlabBar
        state={state}
        shape={volume.shape}
        crosshair={crosshair}
        onCrosshair={() => setCrosshair((on) => !on)}
        onSlab={(slab) => volume.setSlab(slab)}
        solid={solid}
        onSolid={() => onSolid(!solid)}
        onRetry={() => void volume.source.load()}
        onLeave={onLeave}
      />
      <div className="volume-grid">
        {planeNames.map((name) => (
          <PlaneBox
            key={name}
            series={series}
            volume={volume}
            state={state}
            name={name}
            overlay={overlay}
            crosshair={crosshair}
            active={name === active}
            onActive={() => onActive(name)}
          />
        ))}
        {solid && <SolidView viewer={viewer} volume={volume} onLost={onBodyLost} />}
      </div>
    </div>
  );
}

interface BoxProps {
  series: Series;
  volume: Reconstruction;
  state: ReconstructionState;
  name: PlaneName;
  overlay: boolean;
  crosshair: boolean;
  active: boolean;
  onActive: () => void;
}

function PlaneBox({ series, volume, state, name, overlay, crosshair, active, onActive }: BoxProps) {
  const { t } = useTranslation();
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!element.current) return;
    return volume.attach(name, element.current);
  }, [volume, name]);
  const view = state.views[name];
  return (
    <section
      aria-label={t(`volume.plane.${name}`)}
      className={`volume-plane volume-${name} ${active ? 'volume-plane-active' : ''}`}
      data-testid={`plane-${name}`}
      data-filled={view !== undefined}
      data-mm={view?.mmPerPixel}
      data-crossing={view && `${view.centre.x} ${view.centre.y}`}
      onWheel={(e) => {
        // Over a handle it turns the plane, too.
        if (!element.current?.contains(e.target as Node))
          element.current?.dispatchEvent(new WheelEvent('wheel', e.nativeEvent));
      }}
      onPointerDownCapture={(e) => {
        onActive();
        if (!e.shiftKey) return;
        e.stopPropagation();
        const box = e.currentTarget.getBoundingClientRect();
        volume.moveTo(name, { x: e.clientX - box.x, y: e.clientY - box.y });
      }}
    >
      <div ref={element} className="viewer-canvas" role="img" aria-label={t(`volume.plane.${name}`)} />
      {view && crosshair && <Crosshair name={name} view={view} volume={volume} />}
      {view && overlay && <PlaneWords series={series} state={state} view={view} name={name} />}
      {!view && <p className="viewer-note">{t('volume.waiting')}</p>}
    </section>
  );
}

function PlaneWords({
  series,
  state,
  view,
  name,
}: {
  series: Series;
  state: ReconstructionState;
  view: PlaneView;
  name: PlaneName;
}) {
  const { t } = useTranslation();
  const d = series.metadata;
  const { letters } = view;
  return (
    <div className="viewer-overlay" aria-hidden="true">
      <div className="viewer-tl">
        <b className={`volume-name volume-name-${name}`}>{t(`volume.plane.${name}`)}</b>
        <span>{personName(d, tag.patientName)}</span>
        <span>{dateText(text(d, tag.studyDate))}</span>
      </div>
      <div className="viewer-tr">
        <span>{series.description}</span>
        {(state.source.stage === 'preview' || state.source.coarse > 0) && (
          <b className="viewer-prior">{t('volume.preview')}</b>
        )}
        {state.oblique && <b className="viewer-prior">{t('volume.oblique')}</b>}
      </div>
      <div className="viewer-bl">
        {state.slab.mm > 0 && (
          <span>
            {t(`volume.blend.${state.slab.blend}`)} {state.slab.mm} mm
          </span>
        )}
      </div>
      <div className="viewer-br">
        {state.window && (
          <span>
            W {Math.round(state.window.width)} L {Math.round(state.window.center)}
          </span>
        )}
        <span>{Math.round(view.zoom * 100)}%</span>
      </div>
      <i className="viewer-o-left">{letters.left}</i>
      <i className="viewer-o-right">{letters.right}</i>
      <i className="viewer-o-top">{letters.top}</i>
      <i className="viewer-o-bottom">{letters.bottom}</i>
      <ScaleBar mmPerPixel={view.mmPerPixel} width={view.width} />
    </div>
  );
}
