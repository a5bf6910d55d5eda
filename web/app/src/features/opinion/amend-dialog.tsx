import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { amendOpinion, requestQuery } from '@/api/consults';
import type { ConsultRequest } from '@/api/types';
import { Confirm } from '@/ui/dialog';
import { TextArea, TextField, Tick } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { opinionGaps, textOf } from './opinion.model';

/** A signed opinion is never edited: a new version with its reason stands beside it. */
export function AmendDialog({ request, onClose }: { request: ConsultRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [text, setText] = useState(() => textOf(request.opinion));
  const [reason, setReason] = useState('');
  const send = useMutation({
    mutationFn: () => amendOpinion(request.id, request.version, reason.trim(), text),
    onSuccess: (amended) => {
      queries.setQueryData(requestQuery(request.id).queryKey, amended);
      onClose();
    },
  });
  return (
    <Confirm
      title={t('opinion.amendTitle')}
      action={t('opinion.amendSend')}
      disabled={!reason.trim() || opinionGaps(text).length > 0}
      busy={send.isPending}
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      <TextField label={t('opinion.amendReason')} value={reason} onChange={(event) => setReason(event.target.value)} />
      <TextArea
        label={t('opinion.findings')}
        rows={3}
        value={text.findings}
        onChange={(e) => setText({ ...text, findings: e.target.value })}
      />
      <TextArea
        label={t('opinion.diagnosis')}
        rows={2}
        value={text.diagnosis}
        onChange={(e) => setText({ ...text, diagnosis: e.target.value })}
      />
      <TextArea
        label={t('opinion.advice')}
        rows={4}
        value={text.advice}
        onChange={(e) => setText({ ...text, advice: e.target.value })}
      />
      <Tick checked={text.referral ?? false} onChange={(referral) => setText({ ...text, referral })}>
        {t('opinion.referral')}
      </Tick>
      {send.error && <ErrorNote error={send.error} />}
    </Confirm>
  );
}
