import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Empty, Skeleton } from '@/ui/states';
import { AbleNotice } from './able/AbleNotice';
import { DeleteAll } from './DeleteAll';
import { EcgView } from './EcgView';
import { Viewer } from './engine';
import { FileView } from './FileView';
import { LayoutMenu } from './hanging/LayoutMenu';
import { countOf } from './hanging/layout.model';
import { openScreen } from './hanging/open-screen';
import type { Shared } from './hanging/screens.model';
import { useHanging } from './hanging/use-hanging';
import { useScreens } from './hanging/use-screens';
import { useSync } from './hanging/use-sync';
import { KeyImages } from './KeyImages';
import { type Command, commandOf } from './keys.model';
import type { Measurement } from './measurements.model';
import { ObjectsBar } from './objects/ObjectsBar';
import { ObjectView } from './objects/ObjectView';
import { useLayers } from './objects/use-objects';
import { useWay } from './objects/use-way';
import { type Overlay, PaneView } from './PaneView';
import type { Pane } from './pane';
import { usePrefs } from './prefs';
import { SeriesStrip } from './SeriesStrip';
import { start } from './start';
import { Toolbar } from './Toolbar';
import type { Together } from './together';
import { type Jump, useJump } from './useJump';
import { useKeys } from './useKeys';
import { useMarks } from './useMarks';
import { useMarkTour } from './useMarkTour';
import { useStudy } from './useStudy';
import { useTogether } from './useTogether';
import { useWindows } from './useWindows';
import { useWords } from './useWords';
import { useVolume } from './volume/use-volume';
import { VolumeView } from './volume/VolumeView';
import './viewer.css';
import './objects/objects.css';

const overlays: readonly Overlay[] = ['all', 'picture', 'none'];

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
}

/** The viewer: tools, series strip and up to four viewports. Starts Cornerstone on first use. */
export function ViewerPane(props: ViewerPaneProps) {
  const [viewer, setViewer] = useState<Viewer>();
  const [{ mouse }] = usePrefs();
  const left = useRef(mouse.left);
  useEffect(() => {
    let made: Viewer | undefined;
    let gone = false;
    void start().then((engine) => {
      if (gone) return;
      made = new Viewer(engine);
      // A finger turns pages.
      made.selectTool(window.matchMedia('(pointer: coarse)').matches ? 'scroll' : left.current);
      setViewer(made);
    });
    return () => {
      gone = true;
      made?.destroy();
      setViewer(undefined);
    };
  }, []);
  if (!viewer) return <Waiting />;
  return <Panes key={props.studyUid} viewer={viewer} {...props} />;
}

function Panes(props: ViewerPaneProps & { viewer: Viewer }) {
  const { viewer, studyUid, measurements, onMeasurements, jump, together, nameOf, screen = 0, screenUrl } = props;
  const { t } = useTranslation();
  const [shared, setShared] = useState<Shared>(); // by the main window, on another screen
  const [alone, setAlone] = useState(false);
  const beside = screen > 0 ? shared?.beside : props.beside;
  const own = useStudy(studyUid);
  const other = useStudy(beside?.study);
  const series = useMemo(() => [...own.series, ...other.series], [own.series, other.series]);
  const [active, setActive] = useState(0);
  const [overlay, setOverlay] = useState<Overlay>('all');
  const [synced, setSynced] = useState(false);
  const [lines, setLines] = useState(true);
  const panes = useRef(new Map<number, Pane>());
  const [, redraw] = useState(0);
  const tool = useSyncExternalStore(viewer.subscribe, () => viewer.tool);
  const linked = useSyncExternalStore(viewer.subscribe, () => viewer.linked);
  useSyncExternalStore(viewer.subscribe, () => viewer.undoable);
  const [prefs, changePrefs] = usePrefs();
  useEffect(() => viewer.setMouse(prefs.mouse), [viewer, prefs.mouse]);
  const { ask, dialog } = useWords(viewer);
  const [emptying, setEmptying] = useState(false);
  useMarks(viewer, studyUid, measurements, onMeasurements);

  const byUid = useMemo(() => new Map(series.map((s) => [s.uid, s])), [series]);
  const { screens, framed } = useScreens({
    viewer,
    study: studyUid,
    screen,
    shared: { linked, synced, tool, beside },
    series: byUid,
    active: panes.current.get(active),
    panes: () => panes.current.values(),
    onShared: (s) => {
      setShared(s);
      setAlone(false);
      setSynced(s.synced);
      if (viewer.linked !== s.linked) viewer.link(s.linked);
      if (viewer.tool !== s.tool) viewer.selectTool(s.tool);
    },
    onMainGone: () => setAlone(true),
  });
  const hanging = useHanging(own.series, other.series, screen, Math.max(screens, screen + 1));
  const { layout, slots } = hanging;
  const count = countOf(layout);
  const shown = slots.map((slot) => byUid.get(slot?.series ?? ''));
  const at = Math.min(active, count - 1);
  const current = shown[at];
  const show = (i: number, uid: string) => {
    if (byUid.has(uid)) hanging.show(i, uid);
  };
  const leading = panes.current.get(at);
  useSync(synced, leading, () => panes.current.values(), framed);

  useEffect(() => {
    if (!own.pending) viewer.ahead(own.series);
  }, [viewer, own.pending, own.series]);
  // Another study beside: hung as the protocol says, and turned together.
  const { rehang, linked: turned } = hanging;
  const besideThere = other.series.length > 0 ? beside?.study : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each study that comes beside
  useEffect(() => {
    if (!besideThere) return;
    rehang();
    if (turned) viewer.link(true);
  }, [viewer, besideThere]);
  useJump(jump, series, shown, at, show, panes.current);
  const tour = useMarkTour(viewer, series, () => panes.current.get(at));
  useJump(tour.jump, series, shown, at, show, panes.current);
  const layers = useLayers(series);
  const way = useWay(series, panes.current, layers);
  useJump(way.jump, series, shown, at, show, panes.current);
  const windows = useWindows(current?.modality ?? '', prefs, changePrefs, ask);

  const onHand = useTogether({
    viewer,
    study: studyUid,
    together,
    pane: () => panes.current.get(at),
    series: byUid,
    open: (uid) => show(at, uid),
  });

  const mode = useVolume(viewer, current, () => panes.current.get(at), windows.all);
  const run = (c: Command) => {
    if (mode.run(c)) return undefined;
    if (c.do !== 'tool' && c.do !== 'overlay') onHand();
    const p = panes.current.get(at);
    const look = (act: () => void) => p && viewer.steps.change(p, String(at), act);
    switch (c.do) {
      case 'tool':
        return viewer.selectTool(c.tool);
      case 'scroll':
        return p?.scroll(c.by);
      case 'edge':
        return p?.goTo(c.to === 'first' ? 0 : Number.MAX_SAFE_INTEGER);
      case 'preset': {
        const w = windows.all[c.index];
        return w && look(() => p?.presentation.setWindow(w.center, w.width));
      }
      case 'undo':
      case 'redo':
        return tour.go(viewer.steps[c.do]());
      case 'mark':
        return tour.step(studyUid, c.by);
      case 'hide':
        return viewer.hideMarks(!viewer.marksHidden);
      case 'deleteAll':
        return setEmptying(viewer.measurements(studyUid).length > 0);
      case 'keyImage':
        return p && viewer.toggleKey(p);
      case 'series': {
        const next = series[series.findIndex((s) => s.uid === current?.uid) + c.by];
        return next && show(at, next.uid);
      }
      case 'cine':
        p?.play(current?.cineRate || 10);
        return redraw((n) => n + 1);
      case 'overlay':
        return setOverlay((o) => overlays[(overlays.indexOf(o) + 1) % overlays.length] ?? 'all');
      case 'layout':
        return hanging.next();
      case 'link':
        return viewer.link(!viewer.linked);
      case 'delete':
        return viewer.removeLast(studyUid);
      case 'volume':
      case 'solid':
      case 'slab':
        return undefined;
      default: {
        const act = c.do;
        return look(() => p?.presentation[act]());
      }
    }
  };
  useKeys((e) => commandOf(e, windows.all.length, prefs.keys), run);

  if (own.error) return <Alone title={t('viewer.cannotOpen')} hint={t('viewer.cannotOpenHint')} />;
  if (own.series.length === 0) return own.pending ? <Waiting /> : <Alone title={t('viewer.noImages')} />;
  const special = current && current.kind !== 'stack';
  return (
    <div className="viewer" data-theme="dark" data-testid="viewer" data-screens={screens}>
      <Toolbar
        tool={tool}
        windows={windows.all}
        keys={prefs.keys}
        several={count > 1}
        linked={linked}
        playing={panes.current.get(at)?.playing ?? false}
        marksHidden={viewer.marksHidden}
        canUndo={viewer.steps.canUndo}
        canRedo={viewer.steps.canRedo}
        onKeepWindow={() => {
          const state = panes.current.get(at)?.state;
          if (state) windows.keep(state);
        }}
        onForgetWindow={windows.forget}
        volume={mode.volume !== undefined}
        onCommand={run}
      >
        <LayoutMenu
          hanging={hanging}
          linked={linked}
          synced={synced}
          lines={lines}
          onSynced={() => setSynced((on) => !on)}
          onLines={() => setLines((on) => !on)}
          onLayout={hanging.setLayout}
          onScreen={screenUrl ? () => void openScreen(screenUrl, 1) : undefined}
        />
      </Toolbar>
      {mode.refused && (
        <p className="volume-refused" role="alert" data-testid="volume-refused">
          <b>{t('volume.cannot')}</b> {t(`volume.flaw.${mode.refused.flaw}`, { n: mode.refused.detail })}
        </p>
      )}
      <AbleNotice />
      <ObjectsBar layers={layers} />
      {alone && (
        <p className="hanging-told" role="status">
          {t('hanging.alone')}
        </p>
      )}
      <div className="viewer-body">
        <SeriesStrip
          all={own.series}
          beside={other.series}
          besideLabel={beside?.label}
          shown={shown.map((s) => s?.uid ?? '')}
          onOpen={(uid) => {
            onHand();
            mode.leave();
            show(at, uid);
          }}
        >
          <KeyImages viewer={viewer} study={studyUid} series={byUid} ask={ask} onGo={tour.go} />
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
            onLeave={mode.leave}
          />
        )}
        {special && current.kind === 'ecg' && <EcgView series={current} />}
        {special && current.kind === 'object' && (
          <ObjectView series={current} layers={layers} all={series} onGo={way.go} onPresent={way.present} />
        )}
        {special && current.kind !== 'ecg' && current.kind !== 'object' && (
          <FileView study={current.study} series={current} />
        )}
        <div
          className="viewer-grid"
          style={{ gridTemplate: `repeat(${layout.rows}, minmax(0, 1fr)) / repeat(${layout.columns}, minmax(0, 1fr))` }}
          hidden={special || mode.volume !== undefined}
        >
          {shown.map((s, i) => (
            <PaneView
              // biome-ignore lint/suspicious/noArrayIndexKey: a pane is its place in the grid
              key={i}
              viewer={viewer}
              paneKey={String(i)}
              series={s?.kind === 'stack' ? s : undefined}
              prior={s !== undefined && s.study !== studyUid}
              active={i === at && count > 1}
              overlay={overlay}
              layers={layers}
              hung={slots[i]}
              leading={lines && i !== at ? leading : undefined}
              onActivate={() => setActive(i)}
              onPane={(p) => (p ? panes.current.set(i, p) : panes.current.delete(i))}
              onOpening={() => redraw((n) => n + 1)}
              onDropSeries={(uid) => show(i, uid)}
              together={together}
              nameOf={nameOf}
              onHand={onHand}
            />
          ))}
        </div>
      </div>
      {dialog}
      {emptying && (
        <DeleteAll
          count={viewer.measurements(studyUid).length}
          onDelete={() => viewer.remove(viewer.measurements(studyUid).map((m) => m.id))}
          onClose={() => setEmptying(false)}
        />
      )}
    </div>
  );
}

function Waiting() {
  return (
    <div className="viewer viewer-alone" data-theme="dark">
      <Skeleton rows={6} height={40} />
    </div>
  );
}

function Alone({ title, hint }: { title: string; hint?: string }) {
  return (
    <div className="viewer viewer-alone" data-theme="dark" role={hint ? 'alert' : undefined}>
      <Empty icon={hint ? 'alert' : 'image'} title={title}>
        {hint}
      </Empty>
    </div>
  );
}
