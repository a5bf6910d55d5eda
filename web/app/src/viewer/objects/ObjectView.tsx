import { useTranslation } from 'react-i18next';
import { Empty } from '@/ui/states';
import { tag, text } from '../dicom.model';
import { fileUrl } from '../dicomweb';
import { archivedAs, type Series } from '../study.model';
import { ContentTree } from './ContentTree';
import type { PictureRef } from './drawing.model';
import type { StudyObject } from './objects.model';
import type { LayersControl } from './use-objects';

interface Props {
  series: Series;
  layers: LayersControl;
  /** All series, in which the pictures are that objects name. */
  all: readonly Series[];
  onGo: (p: PictureRef) => void;
  /** Shows pictures as a presentation state says. */
  onPresent: (instance: string, p: PictureRef) => void;
}

/** A series of objects to read: the newest first. */
export function ObjectView({ series, layers, all, onGo, onPresent }: Props) {
  const { t } = useTranslation();
  const mine = layers.objects.filter((o) => o.series === archivedAs(series.uid));
  return (
    <div className="objects-view" data-testid="object-view">
      {mine.length === 0 && <Empty icon="image" title={t('objects.empty')} />}
      {mine.map((o) => (
        <article key={o.instance}>
          <Title object={o} />
          {o.kind === 'report' && <ContentTree document={o.document} all={all} onGo={onGo} />}
          {o.kind === 'selection' && (
            <>
              {o.selection.words && <p className="objects-words">{o.selection.words}</p>}
              <Pictures pictures={o.selection.pictures} all={all} label={t('objects.go')} onGo={onGo} />
            </>
          )}
          {o.kind === 'presentation' && (
            <Pictures
              pictures={o.presentation.shown.map((s) => s.picture)}
              all={all}
              label={t('objects.apply')}
              onGo={(p) => onPresent(o.instance, p)}
            />
          )}
          {o.kind === 'segmentation' && (
            <Pictures pictures={firstPictures(o)} all={all} label={t('objects.go')} onGo={onGo} />
          )}
          <a className="objects-file" href={fileUrl(o.study, o.series, o.instance)} download={`${o.instance}.dcm`}>
            {t('objects.download')}
          </a>
        </article>
      ))}
    </div>
  );
}

function Title({ object: o }: { object: StudyObject }) {
  const { t } = useTranslation();
  const [title, author, at] = about(o);
  return (
    <header>
      <h2>{title || text(o.metadata, tag.seriesDescription) || t(`objects.kind.${o.kind}`)}</h2>
      <p>
        {[
          t(`objects.kind.${o.kind}`),
          author,
          at,
          o.kind === 'report' && (o.document.complete ? t('objects.complete') : t('objects.partial')),
          o.kind === 'report' && o.document.verified && t('objects.verified'),
          o.kind === 'report' && o.document.template && t('objects.template', { id: o.document.template }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </header>
  );
}

function about(o: StudyObject): [title: string, author: string, at: string] {
  switch (o.kind) {
    case 'report':
      return [o.document.title, o.document.author, o.document.at];
    case 'selection':
      return [o.selection.title, o.selection.author, o.selection.at];
    case 'presentation':
      return [o.presentation.label, o.presentation.creator, o.presentation.at];
    default:
      return [o.segmentation.segments.map((s) => s.label).join(' · '), '', ''];
  }
}

interface PicturesProps {
  pictures: readonly PictureRef[];
  all: readonly Series[];
  label: string;
  onGo: (p: PictureRef) => void;
}

function Pictures({ pictures, all, label, onGo }: PicturesProps) {
  const { t } = useTranslation();
  return (
    <ul className="objects-pictures">
      {pictures.map((p) => {
        const at = all.find((s) => s.frames.some((f) => f.instanceUid === p.instance && f.frame === p.frame));
        const n = at?.frames.findIndex((f) => f.instanceUid === p.instance && f.frame === p.frame) ?? -1;
        return (
          <li key={`${p.instance}/${p.frame}`}>
            {at ? (
              <>
                <span>
                  {at.modality} #{at.number} · {t('objects.picture', { n: n + 1 })}
                </span>
                <button type="button" className="y-link" onClick={() => onGo(p)}>
                  {label}
                </button>
              </>
            ) : (
              <span className="muted">{t('objects.gone')}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

const atMost = 12;

function firstPictures(o: Extract<StudyObject, { kind: 'segmentation' }>): PictureRef[] {
  const seen = new Map<string, PictureRef>();
  for (const f of o.segmentation.frames) for (const p of f.sources) seen.set(`${p.instance}/${p.frame}`, p);
  return [...seen.values()].slice(0, atMost);
}
