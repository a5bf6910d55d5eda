import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Menu } from '@/ui/menu';
import { Glyph } from './Glyph';
import type { Command } from './keys.model';
import type { Prefs } from './prefs.model';
import { ToolButton, ToolGroup, ToolItem } from './ToolButton';
import { faceOf, groups } from './toolbar.model';
import type { ToolName } from './tools';
import { type NamedWindow, WindowMenu } from './WindowMenu';

interface Props {
  tool: ToolName;
  windows: readonly NamedWindow[];
  keys: Prefs['keys'];
  /** More than one pane is on show. */
  several: boolean;
  linked: boolean;
  playing: boolean;
  /** A volume is on show instead of stacks. */
  volume: boolean;
  marksHidden: boolean;
  canUndo: boolean;
  canRedo: boolean;
  onKeepWindow: (() => void) | undefined;
  onForgetWindow: (w: NamedWindow) => void;
  onCommand: (c: Command) => void;
  /** What stands at its end. */
  children: ReactNode;
}

const views = ['invert', 'rotate', 'flip', 'flipUpDown', 'slower', 'faster'] as const;

/** The tools above the images, in groups. Each has its name and its key in the tip. */
export function Toolbar(p: Props) {
  const { t } = useTranslation();
  const { tool, keys, onCommand } = p;
  const last = useRef(new Map<string, ToolName>());
  for (const g of groups) if (g.tools.includes(tool)) last.current.set(g.name, tool);
  const command = { keys, onCommand };
  return (
    <div className="viewer-toolbar" role="toolbar" aria-label={t('viewer.tools')}>
      <div className="viewer-group">
        <ToolButton {...command} command={{ do: 'tool', tool: 'window' }} pressed={tool === 'window'} />
        <WindowMenu {...command} windows={p.windows} onKeep={p.onKeepWindow} onForget={p.onForgetWindow} />
      </div>
      <ToolButton {...command} command={{ do: 'tool', tool: 'scroll' }} pressed={tool === 'scroll'} />
      {groups.map((g) => (
        <ToolGroup
          key={g.name}
          {...command}
          name={t(`viewer.group.${g.name}`)}
          tools={g.tools}
          face={faceOf(g, tool, last.current)}
          chosen={tool}
          desk={g.name === 'note'}
        />
      ))}
      <span className="viewer-divider" />
      <ToolButton {...command} command={{ do: 'undo' }} disabled={!p.canUndo} />
      <ToolButton {...command} command={{ do: 'redo' }} disabled={!p.canRedo} desk />
      <MarksMenu {...command} hidden={p.marksHidden} />
      <ToolButton {...command} command={{ do: 'keyImage' }} />
      <span className="viewer-divider" />
      <div className="viewer-group viewer-tool-desk">
        <ToolButton {...command} command={{ do: 'invert' }} />
        <Menu label={t('viewer.group.view')} button={<Glyph name="more" />} className="viewer-tool viewer-caret">
          {(close) => views.map((v) => <ToolItem key={v} {...command} command={{ do: v }} close={close} />)}
        </Menu>
      </div>
      <ToolButton {...command} command={{ do: 'reset' }} />
      <ToolButton {...command} command={{ do: 'cine' }} glyph={p.playing ? 'pause' : 'play'} pressed={p.playing} />
      <ToolButton {...command} command={{ do: 'volume' }} glyph="planes" pressed={p.volume} desk />
      <ToolButton {...command} command={{ do: 'film' }} glyph="film" desk />
      <span className="viewer-spring" />
      {p.several && <ToolButton {...command} command={{ do: 'link' }} pressed={p.linked} />}
      <div className="viewer-layouts">{p.children}</div>
    </div>
  );
}

/** What is done with measurements that are there. */
function MarksMenu(p: { keys: Prefs['keys']; onCommand: (c: Command) => void; hidden: boolean }) {
  const { t } = useTranslation();
  const { hidden, ...command } = p;
  return (
    <div className="viewer-group viewer-tool-desk">
      <ToolButton {...command} command={{ do: 'delete' }} glyph="erase" />
      <Menu label={t('viewer.group.marks')} button={<Glyph name="more" />} className="viewer-tool viewer-caret">
        {(close) => (
          <>
            <ToolItem {...command} command={{ do: 'mark', by: -1 }} close={close} />
            <ToolItem {...command} command={{ do: 'mark', by: 1 }} close={close} />
            <ToolItem {...command} command={{ do: 'hide' }} checked={hidden} close={close} />
            <hr />
            <ToolItem {...command} command={{ do: 'deleteAll' }} close={close} />
          </>
        )}
      </Menu>
    </div>
  );
}
