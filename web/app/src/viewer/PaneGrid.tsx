import type { Viewer } from './engine';
import type { ForeignKey } from './objects/key.model';
import type { Layers } from './objects/use-objects';
import { PaneView } from './PaneView';
import type { Overlay } from './prefs.model';
import type { Together } from './together';
import type { Viewing } from './useViewing';

interface Props {
  viewer: Viewer;
  study: string;
  viewing: Viewing;
  overlay: Overlay;
  /** Whether the active picture is drawn into the others as a line. */
  lines: boolean;
  layers: Layers;
  keys: readonly ForeignKey[];
  hidden: boolean;
  together?: Together;
  nameOf?: (person: string) => string;
  onHand: () => void;
}

/** The panes of one screen. */
export function PaneGrid(p: Props) {
  const { viewer, study, viewing, overlay, lines, layers, hidden, together, nameOf, onHand } = p;
  const { layout, slots } = viewing.hanging;
  const { at, count, shown } = viewing;
  return (
    <div
      className="viewer-grid"
      style={{ gridTemplate: `repeat(${layout.rows}, minmax(0, 1fr)) / repeat(${layout.columns}, minmax(0, 1fr))` }}
      hidden={hidden}
    >
      {shown.map((s, i) => (
        <PaneView
          // biome-ignore lint/suspicious/noArrayIndexKey: a pane is its place in the grid
          key={i}
          viewer={viewer}
          paneKey={String(i)}
          series={s?.kind === 'stack' ? s : undefined}
          prior={s !== undefined && s.study !== study}
          active={i === at && count > 1}
          overlay={overlay}
          layers={layers}
          keys={p.keys}
          hung={slots[i]}
          leading={lines && i !== at ? viewing.leading : undefined}
          onActivate={() => viewing.setActive(i)}
          onPane={(p) => viewing.put(i, p)}
          onOpening={viewing.redraw}
          onDropSeries={(uid) => viewing.show(i, uid)}
          together={together}
          nameOf={nameOf}
          onHand={onHand}
        />
      ))}
    </div>
  );
}
