import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Choice } from '@/ui/field';
import { Menu, MenuItem } from '@/ui/menu';
import type { ToolName } from './engine';
import { Glyph } from './Glyph';
import { presetsFor, type Series } from './study.model';

const shown: readonly { tool: ToolName; key: string }[] = [
  { tool: 'window', key: 'W' },
  { tool: 'scroll', key: 'S' },
  { tool: 'zoom', key: 'Z' },
  { tool: 'pan', key: 'P' },
  { tool: 'magnify', key: 'M' },
  { tool: 'length', key: 'L' },
  { tool: 'angle', key: 'G' },
  { tool: 'ellipse', key: 'O' },
  { tool: 'rectangle', key: '' },
  { tool: 'probe', key: 'H' },
  { tool: 'arrow', key: '' },
];

export type LayoutName = '1x1' | '1x2' | '2x1' | '2x2';

export const layouts: readonly LayoutName[] = ['1x1', '1x2', '2x1', '2x2'];

interface Props {
  tool: ToolName;
  series: Series | undefined;
  layout: LayoutName;
  playing: boolean;
  onTool: (tool: ToolName) => void;
  onPreset: (center: number, width: number) => void;
  onLayout: (layout: LayoutName) => void;
  onInvert: () => void;
  onRotate: () => void;
  onFlip: () => void;
  onReset: () => void;
  onCine: () => void;
  onDelete: () => void;
}

/** The tools above the images. Each has its name and its key in the tip. */
export function Toolbar(p: Props) {
  const { t } = useTranslation();
  const presets = presetsFor(p.series?.modality ?? '');
  return (
    <div className="viewer-toolbar" role="toolbar" aria-label={t('viewer.tools')}>
      {shown.map(({ tool, key }) => (
        <Tool
          key={tool}
          name={t(`viewer.tool.${tool}`)}
          hint={key}
          pressed={p.tool === tool}
          onClick={() => p.onTool(tool)}
        >
          <Glyph name={tool} />
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
                  p.onPreset(w.center, w.width);
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
      <Tool name={t('viewer.key.invert')} hint="I" onClick={p.onInvert}>
        <Glyph name="invert" />
      </Tool>
      <Tool name={t('viewer.key.rotate')} hint="R" onClick={p.onRotate}>
        <Glyph name="rotate" />
      </Tool>
      <Tool name={t('viewer.key.flip')} hint="F" onClick={p.onFlip}>
        <Glyph name="flip" />
      </Tool>
      <Tool name={t('viewer.key.reset')} hint={t('viewer.space')} onClick={p.onReset}>
        <Glyph name="reset" />
      </Tool>
      <Tool name={t('viewer.key.cine')} hint="C" pressed={p.playing} onClick={p.onCine}>
        <Glyph name={p.playing ? 'pause' : 'play'} />
      </Tool>
      <Tool name={t('viewer.key.delete')} hint="Del" onClick={p.onDelete}>
        <Glyph name="erase" />
      </Tool>
      <span className="viewer-spring" />
      <Choice<LayoutName>
        label={t('viewer.layout')}
        hidden
        options={layouts.map((value) => ({ value, text: value.replace('x', '×') }))}
        value={p.layout}
        onChange={p.onLayout}
      />
    </div>
  );
}

function Tool(p: { name: string; hint: string; pressed?: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      className={p.pressed ? 'viewer-tool viewer-tool-on' : 'viewer-tool'}
      aria-label={p.name}
      aria-pressed={p.pressed}
      title={p.hint ? `${p.name} (${p.hint})` : p.name}
      onClick={p.onClick}
    >
      {p.children}
    </button>
  );
}
