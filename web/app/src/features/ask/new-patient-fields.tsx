import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Choice, TextField } from '@/ui/field';
import { type PatientDraft, patientErrors, withIdNumber } from './ask.model';

interface NewPatientFieldsProps {
  patient: PatientDraft;
  onChange: (patient: PatientDraft) => void;
  onCancel?: () => void;
}

export function NewPatientFields({ patient, onChange, onCancel }: NewPatientFieldsProps) {
  const { t } = useTranslation();
  const errors = patientErrors(patient);
  // While a number is still being typed its length is no error yet.
  const typing = errors.idNumber === 'length' && patient.idNumber.replace(/\s/g, '').length < 18;
  return (
    <div className="fresh">
      <TextField
        label={t('newRequest.name')}
        autoComplete="off"
        value={patient.name}
        onChange={(e) => onChange({ ...patient, name: e.target.value })}
      />
      <TextField
        label={t('newRequest.idNumber')}
        optional={t('common.optional')}
        autoComplete="off"
        inputMode="text"
        maxLength={22}
        value={patient.idNumber}
        error={errors.idNumber && !typing ? t(`newRequest.idBad.${errors.idNumber}`) : undefined}
        onChange={(e) => onChange(withIdNumber(patient, e.target.value))}
      />
      <div>
        <Choice
          label={t('newRequest.sex')}
          value={patient.sex}
          onChange={(sex) => onChange({ ...patient, sex })}
          options={[
            { value: 'M', text: t('sex.M') },
            { value: 'F', text: t('sex.F') },
          ]}
        />
        {errors.sex && <p className="fresh-bad">{t('newRequest.idDiffers')}</p>}
      </div>
      <TextField
        label={t('newRequest.birth')}
        type="date"
        min="1900-01-01"
        value={patient.birthDate}
        error={
          errors.birthDate ? t(errors.birthDate === 'bad' ? 'newRequest.birthBad' : 'newRequest.idDiffers') : undefined
        }
        onChange={(e) => onChange({ ...patient, birthDate: e.target.value })}
      />
      <TextField
        label={t('newRequest.phone')}
        optional={t('common.optional')}
        type="tel"
        autoComplete="off"
        value={patient.phone}
        onChange={(e) => onChange({ ...patient, phone: e.target.value })}
      />
      <TextField
        label={t('patient.latin')}
        optional={t('common.optional')}
        hint={t('patient.latinHint')}
        autoComplete="off"
        autoCapitalize="words"
        maxLength={64}
        value={patient.latin ?? ''}
        onChange={(e) => onChange({ ...patient, latin: e.target.value })}
      />
      {onCancel && (
        <div className="fresh-back">
          <Button look="quiet" icon="back" onClick={onCancel}>
            {t('newRequest.whoPick')}
          </Button>
        </div>
      )}
    </div>
  );
}
