import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PatientChart } from '@/api/record-types';
import { registerPatient } from '@/api/records';
import { useIs } from '@/app/session';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';

type Patient = PatientChart['patient'];

/** The name as devices without Chinese show it. Whoever registers patients can fill it in while it is missing. */
export function LatinName({ patient }: { patient: Patient }) {
  const { t } = useTranslation();
  const registers = useIs('requester', 'technologist', 'coordinator');
  const [asking, setAsking] = useState(false);
  // Known by the institution's number, so that nobody is registered twice.
  const fillable = registers && !patient.latin && patient.number;
  return (
    <>
      {patient.latin || t('common.none')}{' '}
      {fillable && (
        <Button size="small" look="quiet" icon="edit" onClick={() => setAsking(true)}>
          {t('patient.latinAdd')}
        </Button>
      )}
      {asking && <LatinDialog patient={patient} onClose={() => setAsking(false)} />}
    </>
  );
}

function LatinDialog({ patient, onClose }: { patient: Patient; onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const [latin, setLatin] = useState('');
  const save = useMutation({
    mutationFn: () => {
      const { name, sex, birthDate, number } = patient;
      return registerPatient({ name, sex, birthDate, number, latin: latin.trim() });
    },
    onSuccess: () => {
      toast.say(t('patient.latinSaved'), { tone: 'done' });
      for (const key of ['patient', 'worklist']) void queries.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  return (
    <Confirm
      title={t('patient.latinTitle')}
      action={t('common.save')}
      busy={save.isPending}
      disabled={latin.trim() === ''}
      onConfirm={() => save.mutate()}
      onClose={onClose}
    >
      <p>{t('patient.latinText', { name: patient.name })}</p>
      <TextField
        label={t('patient.latin')}
        hint={t('patient.latinHint')}
        autoComplete="off"
        autoCapitalize="words"
        maxLength={64}
        value={latin}
        onChange={(event) => setLatin(event.target.value)}
      />
      {save.error && <ErrorNote error={save.error} />}
    </Confirm>
  );
}
