import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Choice } from '@/ui/field';
import { Menu, MenuItem } from '@/ui/menu';
import { Glyph } from './Glyph';
import { type Command, keyOf } from './keys.model';
import { presetsFor, type Series } from './study.model';
import type { ToolName } from './tools';

const shown: readonly ToolName[] = [
  'window',
  'scroll',
  'zoom',
  'pan',
  'magnify',
  'length',
  'angle',
  'ellipse',
  'rectangle',
  'probe',
  'arrow',
];

/** What a finger and a small screen do without. */
const deskOnly: ReadonlySet<string> = new Set([
  'magnify',
  'angle',
  'ellipse',
  'rectangle',
  'probe',
  'arrow',
  'rotate',
  'flip',
]);

const views = [
  ['invert', 'I'],
  ['rotate', 'R'],
  ['flip', 'F'],
] as const;

export type LayoutName = '1x1' | '1x2' | '2x1' | '2x2';

export const layouts: readonly LayoutName[] = ['1x1', '1x2', '2x1', '2x2'];

interface Props {
  tool: ToolName;
  series: Series | undefined;
  layout: LayoutName;
  linked: boolean;
  playing: boolean;
  /** A volume is on show instead of stacks. */
  volume: boolean;
  onWindow: (center: number, width: number) => void;
  onLayout: (layout: LayoutName) => void;
  onCommand: (c: Command) => void;
}

/** The tools above the images. Each has its name and its key in the tip. */
export function Toolbar({ tool, series, layout, linked, playing, volume, onWindow, onLayout, onCommand }: Props) {
  const { t } = useTranslation();
  const presets = presetsFor(series?.modality ?? '');
  return (
    <div className="viewer-toolbar" role="toolbar" aria-label={t('viewer.tools')}>
      {shown.map((name) => (
        <Tool
          key={name}
          name={t(`viewer.tool.${name}`)}
          hint={keyOf(name)}
          desk={deskOnly.has(name)}
          pressed={tool === name}
          onClick={() => onCommand({ do: 'tool', tool: name })}
        >
          <Glyph name={name} />
        </Tool>
      ))}
      <span className="viewer-divider" />
      {presets.length > 0 && (
        <Menu label={t('viewer.presets')} button={t('viewer.presets')} className="viewer-tool">
          {(close) =>
            presets.map((w, i) => (
              <MenuItem
                key={w.key}
                onClick={() => {
                  onWindow(w.center, w.width);
                  close();
                }}
              >
                <kbd>{i + 1}</kbd> {t(`viewer.window.${w.key}`)}{' '}
                <small className="num">
                  W {w.width} L {w.center}
                </small>
              </MenuItem>
            ))
          }
        </Menu>
      )}
      {views.map(([name, key]) => (
        <Tool
          key={name}
          name={t(`viewer.key.${name}`)}
          hint={key}
          desk={deskOnly.has(name)}
          onClick={() => onCommand({ do: name })}
        >
          <Glyph name={name} />
        </Tool>
      ))}
      <Tool name={t('viewer.key.reset')} hint={t('viewer.space')} onClick={() => onCommand({ do: 'reset' })}>
        <Glyph name="reset" />
      </Tool>
      <Tool name={t('viewer.key.cine')} hint="C" pressed={playing} onClick={() => onCommand({ do: 'cine' })}>
        <Glyph name={playing ? 'pause' : 'play'} />
      </Tool>
      <Tool name={t('viewer.key.delete')} hint="Del" desk onClick={() => onCommand({ do: 'delete' })}>
        <Glyph name="erase" />
      </Tool>
      <Tool name={t('viewer.key.volume')} hint="Q" desk pressed={volume} onClick={() => onCommand({ do: 'volume' })}>
        <Glyph name="planes" />
      </Tool>
      <span className="viewer-spring" />
      {layout !== '1x1' && (
        <Tool name={t('viewer.key.link')} hint="K" pressed={linked} onClick={() => onCommand({ do: 'link' })}>
          <Glyph name="link" />
        </Tool>
      )}
      <div className="viewer-layouts">
        <Choice<LayoutName>
          label={t('viewer.layout')}
          hidden
          options={layouts.map((value) => ({ value, text: value.replace('x', '×') }))}
          value={layout}
          onChange={onLayout}
        />
      </div>
    </div>
  );
}

function Tool(p: {
  name: string;
  hint: string;
  pressed?: boolean;
  desk?: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      className={`viewer-tool ${p.pressed ? 'viewer-tool-on' : ''} ${p.desk ? 'viewer-tool-desk' : ''}`}
      aria-label={p.name}
      aria-pressed={p.pressed}
      title={p.hint ? `${p.name} (${p.hint})` : p.name}
      onClick={p.onClick}
    >
      {p.children}
    </button>
  );
}
