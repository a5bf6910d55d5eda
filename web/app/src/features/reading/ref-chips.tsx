import { useTranslation } from 'react-i18next';
import { type PlacedPicture, refsIn, resolveRef } from '@/viewer/objects/links.model';
import { useStudy } from '@/viewer/useStudy';

interface Props {
  study: string;
  texts: readonly string[];
  onGo: (p: PlacedPicture) => void;
}

/** The pictures that the report being written refers to, each once: press one to see it. */
export function RefChips({ study, texts, onGo }: Props) {
  const { t } = useTranslation();
  const { series } = useStudy(study);
  const refs = new Map(texts.flatMap(refsIn).map((ref) => [ref.label, ref]));
  if (refs.size === 0) return null;
  return (
    <div className="ref-chips" role="toolbar" aria-label={t('reading.refs')} data-testid="ref-chips">
      {[...refs.values()].map((ref) => {
        const picture = resolveRef(ref, series);
        return (
          <button
            key={ref.label}
            type="button"
            className="line-chip"
            disabled={!picture}
            aria-label={t('objects.goRef', { label: ref.label })}
            onClick={() => picture && onGo(picture)}
          >
            {ref.label}
          </button>
        );
      })}
    </div>
  );
}
