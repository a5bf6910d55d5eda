import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Menu, MenuItem } from '@/ui/menu';
import { Glyph } from './Glyph';
import { type Command, commandName, keyOf } from './keys.model';
import type { Prefs } from './prefs.model';
import type { ToolName } from './tools';

/** The words of a command: those of its tool, or its own. */
export function useCommandWords(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => t(`viewer.${name.startsWith('tool.') ? name : `key.${name}`}` as 'viewer.tool.window');
}

interface ButtonProps {
  command: Command;
  keys: Prefs['keys'];
  onCommand: (c: Command) => void;
  glyph?: string;
  pressed?: boolean;
  disabled?: boolean;
  /** What a phone does without. */
  desk?: boolean;
}

/** One command: its drawing, its name and key in the tip. */
export function ToolButton({ command, keys, onCommand, glyph, pressed, disabled, desk }: ButtonProps) {
  const words = useCommandWords();
  const name = words(commandName(command));
  const key = keyOf(command, keys);
  return (
    <button
      type="button"
      className={`viewer-tool ${pressed ? 'viewer-tool-on' : ''} ${desk ? 'viewer-tool-desk' : ''}`}
      aria-label={name}
      aria-pressed={pressed}
      aria-keyshortcuts={key || undefined}
      title={key ? `${name} (${key})` : name}
      disabled={disabled}
      onClick={() => onCommand(command)}
    >
      <Glyph name={glyph ?? (command.do === 'tool' ? command.tool : command.do)} />
    </button>
  );
}

interface ItemProps {
  command: Command;
  keys: Prefs['keys'];
  onCommand: (c: Command) => void;
  close: () => void;
  checked?: boolean;
  /** Instead of the command's own words. */
  children?: ReactNode;
}

/** The same in a menu. */
export function ToolItem({ command, keys, onCommand, close, checked, children }: ItemProps) {
  const words = useCommandWords();
  const key = keyOf(command, keys);
  return (
    <MenuItem
      checked={checked}
      onClick={() => {
        onCommand(command);
        close();
      }}
    >
      <Glyph name={command.do === 'tool' ? command.tool : command.do} />
      <span className="viewer-item-name">{children ?? words(commandName(command))}</span>
      {key && <kbd>{key}</kbd>}
    </MenuItem>
  );
}

interface GroupProps {
  name: string;
  face: ToolName;
  tools: readonly ToolName[];
  chosen: ToolName;
  keys: Prefs['keys'];
  onCommand: (c: Command) => void;
  desk?: boolean;
}

/** Tools of one kind: the last used one as a button, all of them in the menu beside it. */
export function ToolGroup({ name, face, tools, chosen, keys, onCommand, desk }: GroupProps) {
  const tool = (t: ToolName): Command => ({ do: 'tool', tool: t });
  return (
    <div className={`viewer-group ${desk ? 'viewer-tool-desk' : ''}`}>
      <ToolButton command={tool(face)} keys={keys} pressed={face === chosen} onCommand={onCommand} />
      <Menu label={name} button={<Glyph name="more" />} className="viewer-tool viewer-caret">
        {(close) =>
          tools.map((t) => (
            <ToolItem
              key={t}
              command={tool(t)}
              keys={keys}
              checked={t === chosen}
              onCommand={onCommand}
              close={close}
            />
          ))
        }
      </Menu>
    </div>
  );
}
