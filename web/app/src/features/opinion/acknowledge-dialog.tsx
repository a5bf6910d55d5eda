import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { acknowledgeOpinion, requestQuery } from '@/api/consults';
import type { ConsultRequest } from '@/api/types';
import { Confirm } from '@/ui/dialog';
import { Choice, TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';

const choices = ['adopted', 'partly', 'rejected'] as const;

export function AcknowledgeDialog({ request, onClose }: { request: ConsultRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [adoption, setAdoption] = useState<(typeof choices)[number]>('adopted');
  const [reason, setReason] = useState('');
  const send = useMutation({
    mutationFn: () => acknowledgeOpinion(request.id, request.version, adoption, reason.trim()),
    onSuccess: (closed) => {
      queries.setQueryData(requestQuery(request.id).queryKey, closed);
      void queries.invalidateQueries({ queryKey: ['requests'] });
      onClose();
    },
    onError: () => void queries.invalidateQueries({ queryKey: ['request', request.id] }),
  });
  return (
    <Confirm
      title={t('opinion.acknowledgeTitle')}
      action={t('opinion.acknowledge')}
      disabled={adoption !== 'adopted' && !reason.trim()}
      busy={send.isPending}
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      <p className="soft">
        {request.patient.name} · {request.opinion.diagnosis}
      </p>
      <Choice
        hidden
        label={t('opinion.acknowledgeTitle')}
        value={adoption}
        onChange={setAdoption}
        options={choices.map((value) => ({ value, text: t(`opinion.adoption.${value}`) }))}
      />
      {adoption !== 'adopted' && (
        <TextField
          label={t('opinion.adoptionReason')}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      )}
      {send.error && <ErrorNote error={send.error} />}
    </Confirm>
  );
}
