import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cancelRequest } from '@/api/consults';
import { insist } from '@/api/insist';
import type { ConsultRequest } from '@/api/types';
import { Confirm } from '@/ui/dialog';
import { Choice, TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';

const codes = ['improved', 'transferred', 'left', 'mistake', 'other'] as const;

export function CancelDialog({ request, onClose }: { request: ConsultRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [code, setCode] = useState<(typeof codes)[number]>();
  const [text, setText] = useState('');
  const cancel = useMutation({
    mutationFn: () =>
      insist(queries, request.id, (version) => cancelRequest(request.id, version, { code: code ?? 'other', text })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['requests'] });
      onClose();
    },
    onError: () => void queries.invalidateQueries({ queryKey: ['request', request.id] }),
  });
  return (
    <Confirm
      title={t('waiting.cancelTitle')}
      action={t('waiting.cancelAction')}
      look="danger"
      disabled={!code}
      busy={cancel.isPending}
      onConfirm={() => cancel.mutate()}
      onClose={onClose}
    >
      <p>{t('waiting.cancelText', { name: request.patient.name, kind: t(`kind.${request.kind}`) })}</p>
      <Choice
        hidden
        label={t('common.reason')}
        value={code}
        onChange={setCode}
        options={codes.map((value) => ({ value, text: t(`waiting.cancelReason.${value}`) }))}
      />
      {code === 'other' && (
        <TextField label={t('common.reason')} value={text} onChange={(e) => setText(e.target.value)} />
      )}
      {cancel.error && <ErrorNote error={cancel.error} />}
    </Confirm>
  );
}
