/** What the keys and buttons of the viewer do to stacks. */
import type { Viewer } from './engine';
import type { Command } from './keys.model';
import type { Measurement } from './measurements.model';
import type { Pane } from './pane';
import type { Series } from './study.model';
import type { Viewing } from './useViewing';
import type { Window } from './window.model';

/** On what a command works. */
export interface Desk {
  readonly viewer: Viewer;
  readonly study: string;
  readonly viewing: Viewing;
  readonly windows: readonly Window[];
  readonly tour: { go: (to: Measurement | undefined) => void; step: (study: string, by: 1 | -1) => void };
  /** A person took the picture in hand. */
  onHand: () => void;
  onOverlay: () => void;
  onDeleteAll: () => void;
  /** What is on show goes to the page for film. */
  onFilm: () => void;
}

const usualRate = 10; // frames a second, where the device names none

export function runCommand(desk: Desk, c: Command) {
  const { viewer, study, viewing, tour } = desk;
  if (c.do !== 'tool' && c.do !== 'overlay') desk.onHand();
  const pane = viewing.pane();
  switch (c.do) {
    case 'tool':
      return viewer.selectTool(c.tool);
    case 'undo':
    case 'redo':
      return tour.go(viewer.steps[c.do]());
    case 'mark':
      return tour.step(study, c.by);
    case 'hide':
      return viewer.hideMarks(!viewer.marksHidden);
    case 'delete':
      return viewer.removeLast(study, viewing.current?.kind === 'ecg' ? viewing.current.uid : undefined);
    case 'deleteAll':
      return desk.onDeleteAll();
    case 'overlay':
      return desk.onOverlay();
    case 'film':
      return desk.onFilm();
    case 'layout':
      return viewing.hanging.next();
    case 'link':
      return viewer.link(!viewer.linked);
    case 'series': {
      const next = beside(viewing.series, viewing.current, c.by);
      return next && viewing.show(viewing.at, next.uid);
    }
    case 'volume':
    case 'solid':
    case 'slab':
      return undefined; // a volume's own
    default:
      return pane && onPane(desk, pane, c);
  }
}

type OfPane = Extract<
  Command,
  {
    do:
      | 'scroll'
      | 'edge'
      | 'preset'
      | 'keyImage'
      | 'cine'
      | 'slower'
      | 'faster'
      | 'invert'
      | 'colours'
      | 'auto'
      | 'rotate'
      | 'flip'
      | 'flipUpDown'
      | 'reset';
  }
>;

function onPane({ viewer, viewing, windows }: Desk, pane: Pane, c: OfPane) {
  const look = (act: () => void) => viewer.steps.change(pane, String(viewing.at), act);
  switch (c.do) {
    case 'scroll':
      return pane.scroll(c.by);
    case 'edge':
      return pane.goTo(c.to === 'first' ? 0 : Number.MAX_SAFE_INTEGER);
    case 'preset': {
      const w = windows[c.index];
      return w && look(() => pane.presentation.setWindow(w.center, w.width));
    }
    case 'keyImage':
      return viewer.toggleKey(pane);
    case 'slower':
    case 'faster':
      return pane.speed(c.do === 'faster' ? 1 : -1, viewing.current?.cineRate || usualRate);
    case 'cine':
      pane.play(viewing.current?.cineRate || usualRate);
      return viewing.redraw();
    default: {
      const act = c.do;
      return look(() => pane.presentation[act]());
    }
  }
}

function beside(all: readonly Series[], current: Series | undefined, by: number): Series | undefined {
  return all[all.findIndex((s) => s.uid === current?.uid) + by];
}
