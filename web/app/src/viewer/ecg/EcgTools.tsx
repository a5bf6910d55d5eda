import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/field';
import { Menu } from '@/ui/menu';
import type { CaliperKind } from './calipers.model';
import { type Filters, possible } from './filter.model';
import { type EcgLayout, layoutName, layoutsFor } from './layout.model';
import { type Compare, compares, gains, type Look, speeds, zooms } from './look.model';

interface Props {
  look: Look;
  leads: number;
  rate: number;
  windows: number;
  compared: boolean;
  canUndo: boolean;
  onLook: (l: Partial<Look>) => void;
  onUndo: () => void;
  onClear: () => void;
  onPrint: () => void;
}

const kinds: readonly (CaliperKind | 'hand')[] = ['interval', 'height', 'march', 'hand'];

/** What can be chosen for the paper: layout, scale, filters, calipers, comparison. */
export function EcgTools({ look, leads, rate, windows, compared, canUndo, onLook, onUndo, onClear, onPrint }: Props) {
  const { t } = useTranslation();
  return (
    <div className="ecg-tools" role="toolbar" aria-label={t('ecg.tools')}>
      <Choice<EcgLayout>
        label={t('viewer.layout')}
        hidden
        options={layoutsFor(leads).map((value) => ({ value, text: layoutName(value, leads) }))}
        value={look.layout}
        onChange={(layout) => onLook({ layout })}
      />
      <Pick
        label={t('ecg.speed')}
        all={speeds}
        value={look.speed}
        text={(v) => `${v} mm/s`}
        on={(speed) => onLook({ speed })}
      />
      <Pick
        label={t('ecg.gain')}
        all={gains}
        value={look.gain}
        text={(v) => `${v} mm/mV`}
        on={(gain) => onLook({ gain })}
      />
      <FilterPicks filters={look.filters} rate={rate} onChange={(filters) => onLook({ filters })} />
      <span className="viewer-divider" />
      <Choice<CaliperKind | 'hand'>
        label={t('ecg.caliper')}
        hidden
        options={kinds.map((value) => ({ value, text: t(`ecg.tool.${value}`) }))}
        value={look.tool}
        onChange={(tool) => onLook({ tool })}
      />
      <Button look="quiet" size="small" disabled={!canUndo} onClick={onUndo} title="Ctrl Z">
        {t('ecg.undo')}
      </Button>
      <Button look="quiet" size="small" onClick={onClear} title="Shift Delete">
        {t('ecg.clear')}
      </Button>
      <span className="viewer-divider" />
      <Pick
        label={t('ecg.zoom')}
        all={zooms}
        value={look.zoom}
        text={(v) => `${v * 100}%`}
        on={(zoom) => onLook({ zoom })}
      />
      {windows > 1 && (
        <Pick
          label={t('ecg.window')}
          all={Array.from({ length: windows }, (_, i) => i)}
          value={look.window}
          text={(v) => t('ecg.windowOf', { from: v * 10, to: (v + 1) * 10 })}
          on={(window) => onLook({ window })}
        />
      )}
      {compared && (
        <Choice<Compare>
          label={t('ecg.compare.title')}
          hidden
          options={compares.map((value) => ({ value, text: t(`ecg.compare.${value}`) }))}
          value={look.compare}
          onChange={(compare) => onLook({ compare })}
        />
      )}
      <span className="viewer-spring" />
      <Menu label={t('viewer.keys')} button="?" className="viewer-tool">
        {() => <KeyList />}
      </Menu>
      <Button look="quiet" size="small" icon="print" shortcut="P" onClick={onPrint}>
        {t('ecg.print')}
      </Button>
    </div>
  );
}

const keys = [
  ['X', 'layout'],
  ['S', 'speed'],
  ['G', 'gain'],
  ['Z', 'zoom'],
  ['F', 'filter'],
  ['K', 'compare'],
  ['L H M', 'tool'],
  ['Shift L H M', 'place'],
  ['← → ↑ ↓', 'move'],
  ['E', 'end'],
  ['Delete', 'remove'],
  ['Ctrl Z', 'undo'],
  ['V', 'insert'],
  ['P', 'print'],
] as const;

function KeyList() {
  const { t } = useTranslation();
  return (
    <dl className="ecg-keys">
      {keys.map(([key, what]) => (
        <div key={what}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{t(`ecg.key.${what}`)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface PickProps<T extends number> {
  label: string;
  all: readonly T[];
  value: T;
  text: (v: T) => string;
  on: (v: T) => void;
}

function Pick<T extends number>({ label, all, value, text, on }: PickProps<T>) {
  return (
    <select aria-label={label} title={label} value={value} onChange={(e) => on(Number(e.target.value) as T)}>
      {all.map((v) => (
        <option key={v} value={v}>
          {text(v)}
        </option>
      ))}
    </select>
  );
}

interface FilterProps {
  filters: Filters;
  rate: number;
  onChange: (f: Filters) => void;
}

/** Off unless somebody switches them on; what the sampling cannot carry is not offered. */
function FilterPicks({ filters, rate, onChange }: FilterProps) {
  const { t } = useTranslation();
  const low = ([0, 40, 100, 150] as const).filter((f) => possible(f, rate));
  const notch = ([0, 50, 60] as const).filter((f) => possible(f, rate));
  const off = (words: string) => (v: number) => (v === 0 ? `${words} ${t('ecg.off')}` : `${words} ${v} Hz`);
  return (
    <span className="ecg-filters" data-on={filters.high + filters.low + filters.notch > 0}>
      <Pick
        label={t('ecg.filter.high')}
        all={[0, 0.05, 0.5] as const}
        value={filters.high}
        text={off(t('ecg.filter.highShort'))}
        on={(high) => onChange({ ...filters, high })}
      />
      <Pick
        label={t('ecg.filter.low')}
        all={low}
        value={filters.low}
        text={off(t('ecg.filter.lowShort'))}
        on={(v) => onChange({ ...filters, low: v })}
      />
      <Pick
        label={t('ecg.filter.notch')}
        all={notch}
        value={filters.notch}
        text={off(t('ecg.filter.notchShort'))}
        on={(v) => onChange({ ...filters, notch: v })}
      />
    </span>
  );
}
