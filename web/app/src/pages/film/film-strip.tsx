import type { DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { usePicture } from '@/ui/use-picture';
import { frameUrl } from '@/viewer/dicomweb';
import type { Part } from '@/viewer/film/choice.model';
import type { Address } from '@/viewer/film/film.model';
import type { Series } from '@/viewer/study.model';

const kind = 'application/x-yilian-picture';

/** The picture that was dropped, if it was one of these. */
export function dragged(e: DragEvent): Address | undefined {
  try {
    return JSON.parse(e.dataTransfer.getData(kind)) as Address;
  } catch {
    return undefined;
  }
}

interface Props {
  study: string;
  series: readonly Series[];
  part: Part;
  onPick: (a: Address) => void;
}

/** The pictures of a series, small: a press takes one to the film, or it is dragged to a cell. */
export function FilmStrip({ study, series, part, onPick }: Props) {
  const { t } = useTranslation();
  const of = series.find((s) => s.uid === part.series);
  if (!of) return null;
  return (
    <section className="film-strip" aria-label={t('film.pick')}>
      {of.frames.map((f, i) => {
        const a: Address = { series: of.uid, instance: f.instanceUid, frame: f.frame };
        return (
          <button
            key={`${f.instanceUid}/${f.frame}`}
            type="button"
            draggable
            title={t('film.pick')}
            aria-label={t('film.add', { n: i + 1 })}
            onDragStart={(e) => e.dataTransfer.setData(kind, JSON.stringify(a))}
            onClick={() => onPick(a)}
          >
            <Small url={`${frameUrl(study, of.uid, f)}/thumbnail?viewport=128,128`} />
            <span className="num">{i + 1}</span>
          </button>
        );
      })}
    </section>
  );
}

function Small({ url }: { url: string }) {
  const picture = usePicture(url);
  return <img key={picture.key} {...picture.img} alt="" loading="lazy" />;
}
