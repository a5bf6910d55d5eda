import { useMemo, useState } from 'react';
import type { Series } from '../study.model';
import { useKept } from './kept';
import { countOf, type Layout, nextLayout, single } from './layout.model';
import { put } from './mammogram.model';
import { hang, type ProtocolName } from './protocol.model';
import type { Slot } from './slot.model';
import { keep } from './wishes.model';

export interface HangingMode {
  readonly protocol: ProtocolName;
  readonly layout: Layout;
  /** One for each pane of the layout. */
  readonly slots: readonly (Slot | undefined)[];
  readonly linked: boolean;
  /** Something was kept for this kind of study. */
  readonly isKept: boolean;
  setLayout: (l: Layout) => void;
  next: () => void;
  show: (pane: number, series: string, index?: number) => void;
  keep: (linked: boolean) => void;
  /** Back to what the protocol says. */
  rehang: () => void;
  forget: () => void;
}

interface Chosen {
  readonly layout?: Layout;
  readonly slots: readonly (Slot | undefined)[];
}

const nothing: Chosen = { slots: [] };

/** What stands where on one of the screens: as the protocol says, until a person chooses otherwise. */
export function useHanging(
  own: readonly Series[],
  prior: readonly Series[],
  screen: number,
  screens: number,
): HangingMode {
  const kept = useKept(screens);
  const hung = useMemo(() => hang({ own, prior, screens }, kept.of), [own, prior, screens, kept]);
  const [chosen, setChosen] = useState<Chosen>(nothing);
  const usual = hung.screens[screen] ?? hung.screens[0];
  const layout = chosen.layout ?? usual?.layout ?? single;
  const slots = filled(countOf(layout), chosen.slots, usual?.slots ?? [], own);
  return {
    protocol: hung.protocol,
    layout,
    slots,
    linked: hung.linked,
    isKept: kept.of(hung.protocol, screen) !== undefined,
    setLayout: (l) => setChosen((c) => ({ ...c, layout: l })),
    next: () => setChosen((c) => ({ ...c, layout: nextLayout(layout) })),
    show: (pane, series, index) => {
      const among = [own, prior].find((all) => all.some((s) => s.uid === series)) ?? own;
      const found = among.find((s) => s.uid === series);
      const slot = found ? put(found, index, among) : { series, index };
      setChosen((c) => ({ ...c, slots: Object.assign([...c.slots], { [pane]: slot }) }));
    },
    keep: (linked) => kept.keep(hung.protocol, screen, keep(layout, slots, linked, { own, prior })),
    rehang: () => setChosen(nothing),
    forget: () => {
      kept.keep(hung.protocol, screen, undefined);
      setChosen(nothing);
    },
  };
}

/** What a person put somewhere stays there; a larger layout fills up with what is not on show yet. */
function filled(
  count: number,
  chosen: readonly (Slot | undefined)[],
  usual: readonly (Slot | undefined)[],
  own: readonly Series[],
): (Slot | undefined)[] {
  const there = Array.from({ length: count }, (_, i) => chosen[i] ?? usual[i]);
  const rest = own.filter((s) => s.kind === 'stack' && !there.some((o) => o?.series === s.uid));
  return there.map((slot) => {
    if (slot) return slot;
    const next = rest.shift();
    return next && put(next, undefined, own);
  });
}
