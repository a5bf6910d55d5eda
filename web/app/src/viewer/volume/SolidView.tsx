import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Choice } from '@/ui/field';
import type { Viewer } from '../engine';
import type { Reconstruction } from './reconstruction';
import { Solid, software } from './solid';
import { type SolidLook, solidLooks } from './solid.model';

interface Props {
  viewer: Viewer;
  volume: Reconstruction;
  /** The graphics card has lost the body. */
  onLost: () => void;
}

/** The volume as a body: dragged to turn, in one of a few looks. */
export function SolidView({ viewer, volume, onLost }: Props) {
  const { t } = useTranslation();
  const element = useRef<HTMLDivElement>(null);
  const [solid, setSolid] = useState<Solid>();
  const lost = useRef(onLost);
  lost.current = onLost;
  const [look, setLook] = useState<SolidLook>('bone');
  const [took, setTook] = useState<number>();
  const id = useSyncExternalStore(volume.source.subscribe, () => volume.source.volumeId);
  useLayoutEffect(() => {
    if (!element.current) return;
    const made = new Solid(viewer.engine, viewer.group, element.current, setTook, () => lost.current());
    setSolid(made);
    return () => made.destroy();
  }, [viewer]);
  useEffect(() => {
    if (solid && id) void solid.show(id);
  }, [solid, id]);
  return (
    <section
      className="volume-plane volume-solid"
      aria-label={t('volume.solid')}
      data-testid="solid"
      data-drawn={took}
      data-coarse={software()}
    >
      <div ref={element} className="viewer-canvas" role="img" aria-label={t('volume.solid')} />
      <div className="volume-looks">
        <Choice<SolidLook>
          label={t('volume.looks')}
          hidden
          options={solidLooks.map((value) => ({ value, text: t(`volume.look.${value}`) }))}
          value={look}
          onChange={(next) => {
            setLook(next);
            solid?.look(next);
          }}
        />
        <button type="button" className="viewer-tool" onClick={() => solid?.reset()}>
          {t('volume.front')}
        </button>
      </div>
    </section>
  );
}
