import { Button, Divider, Dropdown, Segmented, Tooltip } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
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
      <Divider orientation="vertical" />
      {presets.length > 0 && (
        <Dropdown
          menu={{
            items: presets.map((w, i) => ({
              key: w.key,
              label: `${i + 1}  ${t(`viewer.window.${w.key}`)}  W ${w.width} L ${w.center}`,
              onClick: () => p.onPreset(w.center, w.width),
            })),
          }}
          trigger={['click']}
        >
          <Button type="text" size="small" aria-label={t('viewer.presets')}>
            {t('viewer.presets')}
          </Button>
        </Dropdown>
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
      <Segmented<LayoutName>
        size="small"
        aria-label={t('viewer.layout')}
        options={['1x1', '1x2', '2x1', '2x2']}
        value={p.layout}
        onChange={p.onLayout}
      />
    </div>
  );
}

function Tool(p: { name: string; hint: string; pressed?: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip title={p.hint ? `${p.name} (${p.hint})` : p.name} mouseEnterDelay={0.4}>
      <Button
        type={p.pressed ? 'primary' : 'text'}
        size="small"
        className="viewer-tool"
        aria-label={p.name}
        aria-pressed={p.pressed}
        onClick={p.onClick}
      >
        {p.children}
      </Button>
    </Tooltip>
  );
}
