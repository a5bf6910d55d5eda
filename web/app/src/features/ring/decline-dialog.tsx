import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { declineRequest } from '@/api/consults';
import { insist } from '@/api/insist';
import { Confirm } from '@/ui/dialog';
import { Choice, TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { ringStore } from './ring-store';

const codes = ['not_my_field', 'rescuing', 'insufficient', 'recusal', 'other'] as const;

/** A decline carries its reason; the request goes on to the next at once. */
export function DeclineDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [code, setCode] = useState<(typeof codes)[number]>();
  const [text, setText] = useState('');
  const decline = useMutation({
    mutationFn: () => insist(queries, id, (version) => declineRequest(id, version, { code: code ?? 'other', text })),
    onSuccess: () => {
      ringStore.dispatch({ type: 'unring', request: id, ring: '' });
      void queries.invalidateQueries({ queryKey: ['requests'] });
      onClose();
    },
  });
  return (
    <Confirm
      title={t('ring.declineTitle')}
      action={t('ring.declineSend')}
      disabled={!code || (code === 'other' && !text.trim())}
      busy={decline.isPending}
      onConfirm={() => decline.mutate()}
      onClose={onClose}
    >
      <p className="soft">{t('ring.declineText')}</p>
      <Choice
        hidden
        label={t('common.reason')}
        value={code}
        onChange={setCode}
        options={codes.map((value) => ({ value, text: t(`decline.${value}`) }))}
      />
      <TextField
        label={t('common.reason')}
        optional={code === 'other' ? '' : t('common.optional')}
        value={text}
        onChange={(e) => setText(e.target.value)}
      />
      {decline.error && <ErrorNote error={decline.error} />}
    </Confirm>
  );
}
