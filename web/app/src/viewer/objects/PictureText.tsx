import { useTranslation } from 'react-i18next';
import { useStudy } from '../useStudy';
import { cutAtRefs, type PlacedPicture, resolveRef } from './links.model';

interface Props {
  study: string;
  text: string;
  onGo: (p: PlacedPicture) => void;
}

/** A text whose references to pictures (Se 3 Im 40) are ways to them. */
export function PictureText({ study, text, onGo }: Props) {
  const { t } = useTranslation();
  const { series } = useStudy(study);
  return cutAtRefs(text).map((part) => {
    if (typeof part === 'string') return part;
    const picture = resolveRef(part, series);
    if (!picture) return part.label;
    return (
      <button
        key={part.at}
        type="button"
        className="y-link"
        data-testid="picture-ref"
        aria-label={t('objects.goRef', { label: part.label })}
        onClick={() => onGo(picture)}
      >
        {part.label}
      </button>
    );
  });
}
