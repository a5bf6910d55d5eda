import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { type Blend, type Slab, thicknesses } from './planes.model';
import type { ReconstructionState } from './reconstruction';
import type { VolumeShape } from './volume.model';

interface Props {
  state: ReconstructionState;
  shape: VolumeShape;
  crosshair: boolean;
  onCrosshair: () => void;
  onSlab: (change: Partial<Slab>) => void;
  solid: boolean;
  onSolid: () => void;
  onRetry: () => void;
  onLeave: () => void;
}

const blends: readonly Blend[] = ['maximum', 'minimum', 'average'];

/** What the planes are made of: thickness, how it becomes one picture, what is loaded, what is missing. */
export function SlabBar(p: Props) {
  const { t } = useTranslation();
  const { source, slab } = p.state;
  const loading = t('volume.loading', { loaded: source.loaded, total: source.total });
  return (
    <div className="volume-bar" role="toolbar" aria-label={t('volume.bar')}>
      <label>
        {t('volume.thickness')}
        <select
          className="volume-select"
          data-testid="slab-mm"
          value={slab.mm}
          onChange={(e) => p.onSlab({ mm: Number(e.target.value) })}
        >
          {thicknesses.map((mm) => (
            <option key={mm} value={mm}>
              {mm === 0 ? t('volume.onePlane') : `${mm} mm`}
            </option>
          ))}
        </select>
      </label>
      <select
        className="volume-select"
        data-testid="slab-blend"
        aria-label={t('volume.blendLabel')}
        value={slab.blend}
        disabled={slab.mm === 0}
        onChange={(e) => p.onSlab({ blend: e.target.value as Blend })}
      >
        {blends.map((b) => (
          <option key={b} value={b}>
            {t(`volume.blend.${b}`)}
          </option>
        ))}
      </select>
      <Toggle on={p.crosshair} onClick={p.onCrosshair} name={t('volume.crosshair')} />
      <Toggle on={p.solid} onClick={p.onSolid} name={t('volume.solid')} hint="Shift+Q" />
      <span className="volume-told" role="status">
        {source.stage !== 'whole' && source.failed === 0 && (
          <>
            <progress max={source.total} value={source.loaded} aria-label={loading} /> {loading}
          </>
        )}
        {source.failed > 0 && (
          <>
            <b>{t('volume.failed', { count: source.failed })}</b>{' '}
            <button type="button" className="viewer-tool" onClick={p.onRetry}>
              {t('viewer.retry')}
            </button>
          </>
        )}
        {source.stage === 'whole' && source.coarse > 0 && <b>{t('volume.coarse', { count: source.coarse })}</b>}
        {p.shape.missing > 0 && (
          <b>{t('volume.mark.missing', { count: p.shape.missing, left: p.shape.frames.length })}</b>
        )}
        {p.shape.step > 1 && <b>{t('volume.mark.thinned', { step: p.shape.step })}</b>}
      </span>
      <Button look="quiet" shortcut="Q" onClick={p.onLeave}>
        {t('volume.leave')}
      </Button>
    </div>
  );
}

function Toggle({ on, onClick, name, hint }: { on: boolean; onClick: () => void; name: string; hint?: string }) {
  return (
    <button
      type="button"
      className={`viewer-tool ${on ? 'viewer-tool-on' : ''}`}
      aria-pressed={on}
      title={hint ? `${name} (${hint})` : name}
      onClick={onClick}
    >
      {name}
    </button>
  );
}
