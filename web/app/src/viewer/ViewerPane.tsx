import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Empty, Skeleton } from '@/ui/states';
import { EcgView } from './EcgView';
import { type Pane, start, Viewer } from './engine';
import { FileView } from './FileView';
import { type Command, commandOf } from './keys.model';
import { type Measurement, sameMeasurements } from './measurements.model';
import { PaneView } from './PaneView';
import { SeriesStrip } from './SeriesStrip';
import { firstSeries, presetsFor, type Series } from './study.model';
import { type LayoutName, layouts, Toolbar } from './Toolbar';
import { useStudy } from './useStudy';
import './viewer.css';

const paneCount: Readonly<Record<LayoutName, number>> = { '1x1': 1, '1x2': 2, '2x1': 2, '2x2': 4 };
const saveDelay = 800; // ms after the last change of a measurement

export interface ViewerPaneProps {
  studyUid: string;
  /** Kept measurements, put on the images once. */
  measurements?: readonly Measurement[];
  /** Called a moment after measurements changed; absent: they are not kept. */
  onMeasurements?: (all: Measurement[]) => void;
}

/** The viewer: tools, series strip and up to four viewports. Starts Cornerstone on first use. */
export function ViewerPane(props: ViewerPaneProps) {
  const [viewer, setViewer] = useState<Viewer>();
  useEffect(() => {
    let made: Viewer | undefined;
    let gone = false;
    void start().then(() => {
      if (gone) return;
      made = new Viewer();
      setViewer(made);
    });
    return () => {
      gone = true;
      made?.destroy();
    };
  }, []);
  if (!viewer) return <Waiting />;
  return <Panes key={props.studyUid} viewer={viewer} {...props} />;
}

function Panes({ viewer, studyUid, measurements, onMeasurements }: ViewerPaneProps & { viewer: Viewer }) {
  const { t } = useTranslation();
  const { series, pending, error } = useStudy(studyUid);
  const [layout, setLayout] = useState<LayoutName>('1x1');
  const [active, setActive] = useState(0);
  const [overlay, setOverlay] = useState(true);
  const [open, setOpen] = useState<readonly string[]>([]);
  const panes = useRef(new Map<number, Pane>());
  const [, redraw] = useState(0);
  const tool = useSyncExternalStore(viewer.subscribe, () => viewer.tool);
  useKeep(viewer, studyUid, measurements, onMeasurements);

  const byUid = useMemo(() => new Map(series.map((s) => [s.uid, s])), [series]);
  const stacks = useMemo(() => series.filter((s) => s.kind === 'stack'), [series]);
  // Nothing chosen yet: the first panes take the first series, the largest one first.
  const seriesAt = (i: number): Series | undefined => {
    const chosen = byUid.get(open[i] ?? '');
    if (chosen) return chosen;
    const lead = firstSeries(series);
    return i === 0 ? lead : stacks.filter((s) => s !== lead)[i - 1];
  };
  const current = seriesAt(active);
  const pane = panes.current.get(active);
  const show = (i: number, uid: string) => {
    if (!byUid.has(uid)) return;
    setOpen((o) => Object.assign([...o], { [i]: uid }));
  };
  const changeLayout = (next: LayoutName) => {
    setLayout(next);
    setActive((a) => Math.min(a, paneCount[next] - 1));
  };
  const run = (c: Command) => {
    const p = panes.current.get(active);
    switch (c.do) {
      case 'tool':
        return viewer.selectTool(c.tool);
      case 'scroll':
        return p?.scroll(c.by);
      case 'edge':
        return p?.goTo(c.to === 'first' ? 0 : Number.MAX_SAFE_INTEGER);
      case 'preset': {
        const w = presetsFor(current?.modality ?? '')[c.index];
        return w && p?.setWindow(w.center, w.width);
      }
      case 'series': {
        const at = series.findIndex((s) => s.uid === current?.uid);
        const next = series[at + c.by];
        return next && show(active, next.uid);
      }
      case 'cine':
        p?.play(current?.cineRate || 10);
        return redraw((n) => n + 1);
      case 'overlay':
        return setOverlay((o) => !o);
      case 'layout':
        return changeLayout(layouts[(layouts.indexOf(layout) + 1) % layouts.length] ?? '1x1');
      case 'delete':
        return viewer.removeLast(studyUid);
      default:
        return p?.[c.do]();
    }
  };
  useKeys((e) => commandOf(e, presetsFor(current?.modality ?? '')), run);

  if (error)
    return (
      <div className="viewer viewer-alone" data-theme="dark" role="alert">
        <Empty icon="alert" title={t('viewer.cannotOpen')}>
          {t('viewer.cannotOpenHint')}
        </Empty>
      </div>
    );
  if (series.length === 0)
    return pending ? (
      <Waiting />
    ) : (
      <div className="viewer viewer-alone" data-theme="dark">
        <Empty icon="image" title={t('viewer.noImages')} />
      </div>
    );
  const special = current && current.kind !== 'stack';
  return (
    <div className="viewer" data-theme="dark" data-testid="viewer">
      <Toolbar
        tool={tool}
        series={current}
        layout={layout}
        playing={pane?.playing ?? false}
        onTool={(name) => run({ do: 'tool', tool: name })}
        onPreset={(center, width) => pane?.setWindow(center, width)}
        onLayout={changeLayout}
        onInvert={() => run({ do: 'invert' })}
        onRotate={() => run({ do: 'rotate' })}
        onFlip={() => run({ do: 'flip' })}
        onReset={() => run({ do: 'reset' })}
        onCine={() => run({ do: 'cine' })}
        onDelete={() => run({ do: 'delete' })}
      />
      <div className="viewer-body">
        <SeriesStrip
          study={studyUid}
          all={series}
          shown={[0, 1, 2, 3].slice(0, paneCount[layout]).map((i) => seriesAt(i)?.uid ?? '')}
          onOpen={(uid) => show(active, uid)}
        />
        {special && current.kind === 'ecg' && <EcgView series={current} />}
        {special && current.kind !== 'ecg' && <FileView study={studyUid} series={current} />}
        <div className={`viewer-grid viewer-grid-${layout}`} hidden={special}>
          {Array.from({ length: paneCount[layout] }, (_, i) => {
            const s = seriesAt(i);
            return (
              <PaneView
                // biome-ignore lint/suspicious/noArrayIndexKey: a pane is its place in the grid
                key={i}
                viewer={viewer}
                paneKey={String(i)}
                study={studyUid}
                series={s?.kind === 'stack' ? s : undefined}
                active={i === active && paneCount[layout] > 1}
                overlay={overlay}
                onActivate={() => setActive(i)}
                onPane={(p) => (p ? panes.current.set(i, p) : panes.current.delete(i))}
                onDropSeries={(uid) => show(i, uid)}
              />
            );
          })}
        </div>
      </div>
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

/** Puts kept measurements on the images and reports changes a moment after the last one. */
function useKeep(
  viewer: Viewer,
  study: string,
  kept: readonly Measurement[] | undefined,
  report: ((all: Measurement[]) => void) | undefined,
) {
  const last = useRef<readonly Measurement[]>([]);
  const send = useRef(report);
  send.current = report;
  useEffect(() => {
    if (!kept) return;
    last.current = kept;
    viewer.restore(study, kept);
  }, [viewer, study, kept]);
  const flush = useCallback(() => {
    const now = viewer.measurements(study);
    if (!send.current || sameMeasurements(now, last.current)) return;
    last.current = now;
    send.current(now);
  }, [viewer, study]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = viewer.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(flush, saveDelay);
    });
    return () => {
      off();
      clearTimeout(timer);
      flush(); // a measurement of the last moment is kept, too
    };
  }, [viewer, flush]);
}

function useKeys(commandFor: (e: KeyboardEvent) => Command | undefined, run: (c: Command) => void) {
  const handler = useRef<(e: KeyboardEvent) => void>(() => undefined);
  handler.current = (e) => {
    const c = commandFor(e);
    if (!c) return;
    e.preventDefault();
    run(c);
  };
  useEffect(() => {
    const listen = (e: KeyboardEvent) => handler.current(e);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
