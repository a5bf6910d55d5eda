import { useTranslation } from 'react-i18next';
import { Menu, MenuItem } from '@/ui/menu';
import { Glyph } from './Glyph';
import type { Command } from './keys.model';
import type { Prefs } from './prefs.model';
import { ToolItem } from './ToolButton';

/** A window that a number key sets: of the modality, or a person's own. */
export interface NamedWindow {
  readonly name: string;
  readonly center: number;
  readonly width: number;
  readonly own: boolean;
}

interface Props {
  windows: readonly NamedWindow[];
  keys: Prefs['keys'];
  onCommand: (c: Command) => void;
  /** Keeps the window on show as one of the person's own; undefined while there is none. */
  onKeep: (() => void) | undefined;
  onForget: (w: NamedWindow) => void;
}

/** Everything that sets a window, with the windows of the modality on the number keys. */
export function WindowMenu({ windows, keys, onCommand, onKeep, onForget }: Props) {
  const { t } = useTranslation();
  return (
    <Menu label={t('viewer.presets')} button={<Glyph name="more" />} className="viewer-tool viewer-caret">
      {(close) => (
        <>
          <ToolItem command={{ do: 'auto' }} keys={keys} onCommand={onCommand} close={close} />
          <ToolItem command={{ do: 'tool', tool: 'regionWindow' }} keys={keys} onCommand={onCommand} close={close} />
          <ToolItem command={{ do: 'colours' }} keys={keys} onCommand={onCommand} close={close} />
          {windows.length > 0 && <hr />}
          {windows.map((w, i) => (
            <div key={w.name} className="viewer-window">
              <MenuItem
                onClick={() => {
                  onCommand({ do: 'preset', index: i });
                  close();
                }}
              >
                <kbd>{i + 1}</kbd> <span className="viewer-item-name">{w.name}</span>
                <small className="num">
                  W {w.width} L {w.center}
                </small>
              </MenuItem>
              {w.own && (
                <button
                  type="button"
                  className="viewer-tool"
                  aria-label={t('viewer.forgetWindow', { name: w.name })}
                  title={t('viewer.forgetWindow', { name: w.name })}
                  onClick={() => onForget(w)}
                >
                  ×
                </button>
              )}
            </div>
          ))}
          <hr />
          {onKeep && (
            <MenuItem
              onClick={() => {
                close();
                onKeep();
              }}
            >
              <Glyph name="keep" /> <span className="viewer-item-name">{t('viewer.keepWindow')}</span>
            </MenuItem>
          )}
        </>
      )}
    </Menu>
  );
}
