import { useTranslation } from 'react-i18next';
import type { ViewportState } from './pane.model';
import type { Prefs } from './prefs.model';
import { presetsFor } from './study.model';
import type { Ask } from './useWords';
import type { NamedWindow } from './WindowMenu';
import { legible } from './window.model';

interface Windows {
  /** On the number keys, in this order: the modality's, then the person's own. */
  readonly all: readonly NamedWindow[];
  keep: (state: ViewportState) => void;
  forget: (w: NamedWindow) => void;
}

/** The windows for a modality. */
export function useWindows(
  modality: string,
  prefs: Prefs,
  change: (make: (old: Prefs) => Prefs) => void,
  ask: Ask,
): Windows {
  const { t } = useTranslation();
  const common = presetsFor(modality).map((w) => ({ ...w, name: t(`viewer.window.${w.key}`), own: false }));
  const own = prefs.windows.filter((w) => w.modality === modality).map((w) => ({ ...w, own: true }));
  const keep = async ({ center, width }: ViewportState) => {
    const name = (await ask('windowName', ''))?.trim();
    if (!name || center === undefined || width === undefined) return;
    const made = { name, modality, center: legible(center, width), width: legible(width, width) };
    change((old) => ({
      ...old,
      windows: [...old.windows.filter((w) => w.name !== name || w.modality !== modality), made],
    }));
  };
  const forget = ({ name }: NamedWindow) =>
    change((old) => ({ ...old, windows: old.windows.filter((w) => w.name !== name || w.modality !== modality) }));
  return { all: [...common, ...own], keep: (state) => void keep(state), forget };
}
