import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { frameUrl } from './dicomweb';
import type { Viewer } from './engine';
import { Glyph } from './Glyph';
import { drawKeyPicture } from './key-picture';
import type { Measurement } from './measurements.model';
import type { Series } from './study.model';
import type { Ask } from './useWords';

interface Props {
  viewer: Viewer;
  study: string;
  series: ReadonlyMap<string, Series>;
  ask: Ask;
  onGo: (m: Measurement) => void;
}

/** The key images of a study with their small pictures: press one to see it, write a note to it, or take it away. */
export function KeyImages({ viewer, study, series, ask, onGo }: Props) {
  const { t } = useTranslation();
  const keys = useKeyImages(viewer, study);
  if (keys.length === 0) return null;
  const note = async (m: Measurement) => {
    const text = await ask('note', m.label ?? '');
    if (text !== undefined) viewer.noteKey(study, m, text);
  };
  return (
    <section className="viewer-keyimages" aria-label={t('viewer.keyImages', { count: keys.length })}>
      <h3>{t('viewer.keyImages', { count: keys.length })}</h3>
      {keys.map((m) => {
        const s = series.get(m.series);
        const at = s?.frames.findIndex((f) => f.instanceUid === m.instance && f.frame === m.frame) ?? -1;
        return (
          <div key={m.id} className="viewer-thumb" data-testid="key-image">
            <button type="button" className="viewer-keyimage" onClick={() => onGo(m)} title={m.label}>
              <KeyPicture study={study} mark={m} />
              <span className="viewer-thumb-line">
                <b>
                  {s?.modality} #{s?.number}
                </b>{' '}
                {at >= 0 && `${at + 1}/${s?.frames.length}`}
              </span>
              {m.label && <span className="viewer-thumb-line">{m.label}</span>}
            </button>
            <span className="viewer-keyimage-acts">
              <button
                type="button"
                className="viewer-tool"
                aria-label={t('viewer.keyNote')}
                title={t('viewer.keyNote')}
                onClick={() => void note(m)}
              >
                <Glyph name="text" />
              </button>
              <button
                type="button"
                className="viewer-tool"
                aria-label={t('viewer.keyRemove')}
                title={t('viewer.keyRemove')}
                onClick={() => viewer.remove([m.id])}
              >
                <Glyph name="deleteAll" />
              </button>
            </span>
          </div>
        );
      })}
    </section>
  );
}

function useKeyImages(viewer: Viewer, study: string): readonly Measurement[] {
  const [keys, setKeys] = useState<readonly Measurement[]>([]);
  const last = useRef('[]');
  useEffect(() => {
    const look = () => {
      const now = viewer.keyImages(study);
      const text = JSON.stringify(now);
      if (text === last.current) return;
      last.current = text;
      setKeys(now);
    };
    look();
    return viewer.subscribe(look);
  }, [viewer, study]);
  return keys;
}

/** As the server shows it, or drawn here where it does not decode it. */
function KeyPicture({ study, mark }: { study: string; mark: Measurement }) {
  const [drawn, setDrawn] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!drawn || !canvas.current) return;
    void drawKeyPicture(canvas.current, study, mark);
  }, [drawn, study, mark]);
  if (drawn) return <canvas ref={canvas} className="viewer-thumb-pic" data-testid="key-drawn" />;
  const { series, instance, frame } = mark;
  return (
    <img
      className="viewer-thumb-pic"
      src={`${frameUrl(study, series, { instanceUid: instance, frame })}/thumbnail?viewport=128,128`}
      alt=""
      loading="lazy"
      onError={() => setDrawn(true)}
    />
  );
}
