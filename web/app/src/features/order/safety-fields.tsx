import { useTranslation } from 'react-i18next';
import { Choice, TextField } from '@/ui/field';
import { type SafetyDraft, type SafetyField, weightOf } from './safety.model';

interface SafetyFieldsProps {
  asked: readonly SafetyField[];
  value: SafetyDraft;
  onChange: (value: SafetyDraft) => void;
}

/** Only what matters for this exam of this patient; none of it holds up an emergency. */
export function SafetyFields({ asked, value, onChange }: SafetyFieldsProps) {
  const { t } = useTranslation();
  const optional = t('common.optional');
  const badWeight = Number.isNaN(weightOf(value.weightKg));
  return (
    <>
      {asked.includes('laterality') && (
        <Choice
          label={t('order.laterality')}
          value={value.laterality}
          onChange={(laterality) => onChange({ ...value, laterality })}
          options={(['L', 'R', 'B'] as const).map((side) => ({ value: side, text: t(`order.sides.${side}`) }))}
        />
      )}
      {asked.includes('contrast') && (
        <TextField
          label={t('order.contrast')}
          optional={optional}
          hint={t('order.contrastHint')}
          maxLength={64}
          value={value.contrast}
          onChange={(event) => onChange({ ...value, contrast: event.target.value })}
        />
      )}
      {asked.includes('allergies') && (
        <TextField
          label={t('order.allergies')}
          hint={t('order.allergiesHint')}
          maxLength={64}
          value={value.allergies}
          onChange={(event) => onChange({ ...value, allergies: event.target.value })}
        />
      )}
      {asked.includes('weightKg') && (
        <TextField
          label={t('order.weight')}
          optional={optional}
          inputMode="decimal"
          maxLength={5}
          value={value.weightKg}
          error={badWeight ? t('order.weightBad') : undefined}
          onChange={(event) => onChange({ ...value, weightKg: event.target.value })}
        />
      )}
      {asked.includes('pregnancy') && (
        <Choice
          label={t('order.pregnancy')}
          value={value.pregnancy}
          onChange={(pregnancy) => onChange({ ...value, pregnancy })}
          options={(['no', 'possible', 'yes'] as const).map((one) => ({
            value: one,
            text: t(`order.pregnancies.${one}`),
          }))}
        />
      )}
    </>
  );
}
