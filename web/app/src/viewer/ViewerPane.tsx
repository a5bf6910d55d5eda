import type { RenderingEngine } from '@cornerstonejs/core';
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Alone, Waiting } from './Alone';
import { AbleNotice } from './able/AbleNotice';
import { type Desk, runCommand } from './commands';
import { DeleteAll } from './DeleteAll';
import { EcgView } from './ecg/EcgView';
import { otherEcgs } from './ecg/ecg.model';
import { Viewer } from './engine';
import { FileView } from './FileView';
import { openFilm } from './film/hand-over';
import { useLedScreens } from './hanging/follow';
import { LayoutMenu } from './hanging/LayoutMenu';
import { openScreen } from './hanging/open-screen';
import { KeyImages } from './KeyImages';
import { type Command, commandOf } from './keys.model';
import type { Measurement } from './measurements.model';
import { ForeignKeys, useForeignKeys } from './objects/ForeignKeys';
import { pictureRef } from './objects/links.model';
import { ObjectsBar } from './objects/ObjectsBar';
import { ObjectView } from './objects/ObjectView';
import { useLayers } from './objects/use-objects';
import { useWay } from './objects/use-way';
import { useOwnKept } from './own/use-own-kept';
import { PaneGrid } from './PaneGrid';
import { usePrefs } from './prefs';
import { nextOverlay } from './prefs.model';
import { SeriesStrip } from './SeriesStrip';
import { engineNow, start } from './start';
import { windowsOf } from './study.model';
import { Toolbar } from './Toolbar';
import type { Together } from './together';
import { type Jump, useJump } from './useJump';
import { useKeys } from './useKeys';
import { useMarks } from './useMarks';
import { useMarkTour } from './useMarkTour';
import { useTogether } from './useTogether';
import { useViewing } from './useViewing';
import { useWindows } from './useWindows';
import { useWords } from './useWords';
import { useVolume } from './volume/use-volume';
import { VolumeView } from './volume/VolumeView';
import './viewer.css';
import './phone.css';
import './objects/objects.css';

/** Another study of the same patient, looked at beside. */
export interface Beside {
  readonly study: string;
  readonly label: string;
}

export interface ViewerPaneProps {
  studyUid: string;
  /** Kept measurements, put on the images once. */
  measurements?: readonly Measurement[];
  /** Called a moment after measurements changed. */
  onMeasurements?: (all: Measurement[]) => void;
  beside?: Beside;
  jump?: Jump;
  /** 0: the main window; others show more panes of the same study. */
  screen?: number;
  /** Where the second screen's page is; without it there is none. */
  screenUrl?: string;
  /** People of a call with whom the pictures are looked at. */
  together?: Together;
  nameOf?: (person: string) => string;
  /** Takes words into the report that is being written. */
  onWords?: (words: string) => void;
  /** The read task in which the study is looked at. */
  reading?: string;
}

/** The viewer: tools, series strip and up to four viewports. Starts Cornerstone on first use. */
export function ViewerPane(props: ViewerPaneProps) {
  const [viewer, setViewer] = useState<Viewer>();
  const [{ mouse }] = usePrefs();
  const asked = useRef(mouse);
  // Before the page is painted: where the engine is there, nobody sees a page without pictures.
  useLayoutEffect(() => {
    let made: Viewer | undefined;
    let gone = false;
    const begin = (engine: RenderingEngine) => {
      if (gone) return;
      made = new Viewer(engine);
      made.setMouse(asked.current);
      // A finger turns pages.
      made.selectTool(window.matchMedia('(pointer: coarse)').matches ? 'scroll' : asked.current.left);
      setViewer(made);
    };
    const engine = engineNow();
    if (engine) begin(engine);
    else void start().then(begin);
    return () => {
      gone = true;
      made?.destroy();
      setViewer(undefined);
    };
  }, []);
  if (!viewer) return <Waiting />;
  return <Panes key={props.studyUid} viewer={viewer} {...props} />;
}

/** Of what is told above the panes, where it is not that a series makes no volume. */
const titles = {
  frame: 'volume.cannotDraw',
  shifted: 'volume.cannotDraw',
  processor: 'volume.cannotDraw',
  body: 'volume.noBody',
  lost: 'volume.gone',
  bodyLost: 'volume.gone',
} as Partial<Record<string, 'volume.cannotDraw' | 'volume.gone' | 'volume.noBody'>>;

function Panes(props: ViewerPaneProps & { viewer: Viewer }) {
  const {
    viewer,
    studyUid: study,
    measurements,
    onMeasurements,
    jump,
    together,
    nameOf,
    screen = 0,
    screenUrl,
    onWords,
    reading,
  } = props;
  const { t } = useTranslation();
  const viewing = useViewing(viewer, study, props.beside, screen);
  const { own, other, series, byUid, shown, at, current, panes, pane, show } = viewing;
  const [emptying, setEmptying] = useState(false);
  useSyncExternalStore(viewer.subscribe, () => viewer.undoable);
  useOwnKept();
  useLedScreens(screen === 0 ? screenUrl : undefined);
  const [prefs, changePrefs] = usePrefs();
  const { overlay, lines } = prefs;
  useEffect(() => viewer.setMouse(prefs.mouse), [viewer, prefs.mouse]);
  const { ask, dialog } = useWords(viewer);
  useMarks(viewer, study, measurements, onMeasurements);
  const tour = useMarkTour(viewer, series, pane);
  const layers = useLayers(series);
  const way = useWay(series, panes, layers);
  const keys = useForeignKeys(layers, series);
  const windows = useWindows(current ? windowsOf(current) : '', prefs, changePrefs, ask);
  const onHand = useTogether({ viewer, study, together, pane, series: byUid, open: (uid) => show(at, uid) });
  const mode = useVolume(viewer, current, pane, windows.all);
  useJump(jump, viewing, mode);
  useJump(tour.jump, viewing, mode);
  useJump(way.jump, viewing, mode);
  const desk: Desk = {
    ...{ viewer, study, viewing, windows: windows.all, tour, onHand },
    onOverlay: () => changePrefs((old) => ({ ...old, overlay: nextOverlay(old.overlay) })),
    onDeleteAll: () => setEmptying(viewer.measurements(study).length > 0),
    onFilm: () => openFilm(viewer, viewing, study, reading),
  };
  const run = (c: Command) => {
    if (!mode.run(c)) runCommand(desk, c);
  };
  /** Words about the recording on show keep the way to it. */
  const quote = (words: string) => {
    const at = current?.frames[0];
    const ref = at && pictureRef(own.series, { instance: at.instanceUid, frame: at.frame });
    onWords?.(ref ? t('objects.inText', { words, ref }) : words);
  };
  useKeys((e) => commandOf(e, windows.all.length, prefs.keys), run);

  if (own.error) return <Alone title={t('viewer.cannotOpen')} hint={t('viewer.cannotOpenHint')} />;
  if (own.series.length === 0) return own.pending ? <Waiting /> : <Alone title={t('viewer.noImages')} />;
  const special = current !== undefined && current.kind !== 'stack';
  return (
    <div className="viewer" data-theme="dark" data-testid="viewer" data-screens={viewing.screens}>
      <Toolbar
        tool={viewing.tool}
        windows={windows.all}
        keys={prefs.keys}
        several={viewing.count > 1 || viewing.screens > 1 || screen > 0}
        linked={viewing.linked}
        playing={pane()?.playing ?? false}
        marksHidden={viewer.marksHidden}
        canUndo={viewer.steps.canUndo}
        canRedo={viewer.steps.canRedo}
        onKeepWindow={() => {
          const state = pane()?.state;
          if (state) windows.keep(state);
        }}
        onForgetWindow={windows.forget}
        volume={mode.volume !== undefined}
        onCommand={run}
      >
        <LayoutMenu
          hanging={viewing.hanging}
          linked={viewing.linked}
          synced={viewing.synced}
          lines={lines}
          onSynced={() => viewing.setSynced((on) => !on)}
          onLines={() => changePrefs((old) => ({ ...old, lines: !old.lines }))}
          onLayout={viewing.hanging.setLayout}
          onScreen={screenUrl ? () => void openScreen(screenUrl, 1) : undefined}
        />
      </Toolbar>
      {mode.refused && (
        <p className="volume-refused" role="alert" data-testid="volume-refused">
          <b>{t(titles[mode.refused.flaw] ?? 'volume.cannot')}</b>{' '}
          {t(`volume.flaw.${mode.refused.flaw}`, { n: mode.refused.detail })}
        </p>
      )}
      <AbleNotice />
      <ObjectsBar layers={layers} />
      {viewing.alone && (
        <p className="hanging-told" role="status">
          {t('hanging.alone')}
        </p>
      )}
      <div className="viewer-body">
        <SeriesStrip
          all={own.series}
          beside={other.series}
          besideLabel={viewing.beside?.label}
          shown={shown.map((s) => s?.uid ?? '')}
          keys={keys}
          onOpen={(uid) => {
            onHand();
            mode.leave();
            show(at, uid);
          }}
        >
          <KeyImages viewer={viewer} study={study} series={byUid} ask={ask} onGo={tour.go} />
          <ForeignKeys study={study} keys={keys} series={byUid} onGo={way.go} />
        </SeriesStrip>
        {mode.volume && mode.series && (
          <VolumeView
            viewer={viewer}
            series={mode.series}
            volume={mode.volume}
            overlay={overlay !== 'none'}
            active={mode.active}
            onActive={mode.setActive}
            solid={mode.solid}
            onSolid={mode.setSolid}
            onBodyLost={mode.bodyLost}
            onLeave={mode.leave}
          />
        )}
        {special && current.kind === 'ecg' && (
          <EcgView
            {...{ viewer, reading }}
            series={current}
            others={otherEcgs(series, current)}
            onWords={onWords && quote}
          />
        )}
        {special && current.kind === 'object' && (
          <ObjectView series={current} layers={layers} all={series} onGo={way.go} onPresent={way.present} />
        )}
        {special && current.kind !== 'ecg' && current.kind !== 'object' && <FileView series={current} />}
        <PaneGrid
          viewer={viewer}
          study={study}
          viewing={viewing}
          overlay={overlay}
          lines={lines}
          layers={layers}
          keys={keys}
          hidden={special || mode.volume !== undefined}
          together={together}
          nameOf={nameOf}
          onHand={onHand}
        />
      </div>
      {dialog}
      {emptying && (
        <DeleteAll
          count={viewer.measurements(study).length}
          onDelete={() => viewer.remove(viewer.measurements(study).map((m) => m.id))}
          onClose={() => setEmptying(false)}
        />
      )}
    </div>
  );
}
