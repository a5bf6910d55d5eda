import { useTranslation } from 'react-i18next';
import type { RequestKind } from '@/api/types';
import { UrgencyMark } from '@/ui/urgency';
import { kinds } from './kinds';
import './urgency-picker.css';

interface UrgencyPickerProps {
  value?: RequestKind;
  onChange: (kind: RequestKind) => void;
}

/** Three big buttons: the one decision that changes everything else. */
export function UrgencyPicker({ value, onChange }: UrgencyPickerProps) {
  const { t } = useTranslation();
  return (
    <div className="urgency" role="radiogroup" aria-label={t('newRequest.kind')}>
      {kinds.map((kind) => (
        // biome-ignore lint/a11y/useSemanticElements: big toggle buttons with the radio pattern
        <button
          key={kind}
          type="button"
          role="radio"
          aria-checked={kind === value}
          className={`urgency-${kind}`}
          onClick={() => onChange(kind)}
        >
          <UrgencyMark kind={kind} size={18} />
          <b>{t(`kind.${kind}`)}</b>
          <span>{t(`newRequest.kindHint.${kind}`)}</span>
        </button>
      ))}
    </div>
  );
}
