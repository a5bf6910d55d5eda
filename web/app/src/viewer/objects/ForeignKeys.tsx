import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { frameUrl } from '../dicomweb';
import type { Series } from '../study.model';
import type { PictureRef } from './drawing.model';
import { type ForeignKey, foreignKeys } from './key.model';
import type { Layers } from './use-objects';

/** What others chose among the pictures of some series. */
export function useForeignKeys(layers: Layers, all: readonly Series[]): readonly ForeignKey[] {
  return useMemo(() => foreignKeys(layers.objects, all), [layers.objects, all]);
}

interface Props {
  study: string;
  keys: readonly ForeignKey[];
  series: ReadonlyMap<string, Series>;
  onGo: (p: PictureRef) => void;
}

/** The key images of other makers' selections: press one to see it. They are not ours to change. */
export function ForeignKeys({ study, keys, series, onGo }: Props) {
  const { t } = useTranslation();
  const mine = keys.filter((k) => series.get(k.picture.series)?.study === study);
  if (mine.length === 0) return null;
  const name = t('objects.keysOfOthers', { count: mine.length });
  return (
    <section className="viewer-keyimages" aria-label={name}>
      <h3>{name}</h3>
      {mine.map(({ picture: p, title, author, words }) => {
        const s = series.get(p.series);
        const at = s?.frames.findIndex((f) => f.instanceUid === p.instance && f.frame === p.frame) ?? -1;
        const frames = p.whole ? s?.frames.filter((f) => f.instanceUid === p.instance).length : undefined;
        const by = [title, author, words].filter(Boolean).join(' · ');
        return (
          <div key={`${p.instance}/${p.whole ? 'all' : p.frame}`} className="viewer-thumb" data-testid="foreign-key">
            <button type="button" className="viewer-keyimage" onClick={() => onGo(p)} title={by}>
              <img
                className="viewer-thumb-pic"
                src={`${frameUrl(study, p.series, { instanceUid: p.instance, frame: p.frame })}/thumbnail?viewport=128,128`}
                alt=""
                loading="lazy"
                onError={(e) => {
                  e.currentTarget.style.visibility = 'hidden';
                }}
              />
              <span className="viewer-thumb-line">
                <b>
                  {s?.modality} #{s?.number}
                </b>{' '}
                {frames ? t('objects.allFrames', { n: frames }) : `${at + 1}/${s?.frames.length}`}
              </span>
              <span className="viewer-thumb-line">{by}</span>
            </button>
          </div>
        );
      })}
    </section>
  );
}
