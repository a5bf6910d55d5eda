import { useTranslation } from 'react-i18next';
import type { Mark } from './checks.model';

/** What is worth a look before signing, each with its reason; a press goes to its place. */
export function ChecksList({ marks, onGo }: { marks: readonly Mark[]; onGo?: (m: Mark) => void }) {
  const { t } = useTranslation();
  if (marks.length === 0) return null;
  return (
    <ul className="checks" data-testid="checks" aria-label={t('reading.check.title')}>
      {marks.map((m) => (
        <li key={`${m.code} ${m.part} ${m.from} ${m.word}`} className={`check check-${m.level}`} data-code={m.code}>
          <button type="button" disabled={!onGo} onClick={() => onGo?.(m)}>
            <CheckText mark={m} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function CheckText({ mark }: { mark: Mark }) {
  const { t } = useTranslation();
  return t(`reading.check.${mark.code}`, { word: mark.word, part: t(`reading.${mark.part}`) });
}
