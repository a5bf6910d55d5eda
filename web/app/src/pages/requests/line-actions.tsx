import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { phoneInstead, takeOverRequest } from '@/api/consults';
import { insist } from '@/api/insist';
import type { ConsultRequest } from '@/api/types';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';

/** When the line does not carry the call: another doctor for the requester, the telephone for the specialist. */
export function LineActions({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const another = useMutation({
    mutationFn: () => insist(queries, request.id, (version) => takeOverRequest(request.id, version)),
  });
  const phone = useMutation({
    mutationFn: () => insist(queries, request.id, (version) => phoneInstead(request.id, version)),
    onSuccess: () => toast.say(t('room.byPhoneDone')),
    onError: toast.fail,
  });
  const lost = request.media === 'interrupted' || request.media === 'failed' || request.media === 'degraded';
  return (
    <div className="line-actions">
      {request.actions.includes('takeover') && (
        <Button look="primary" icon="swap" onClick={() => setAsking(true)}>
          {t('room.takeover')}
        </Button>
      )}
      {lost && request.actions.includes('callback') && (
        <Button icon="phone" busy={phone.isPending} onClick={() => phone.mutate()}>
          {t('room.byPhone')}
        </Button>
      )}
      {asking && (
        <Confirm
          title={t('room.takeoverTitle')}
          action={t('room.takeover')}
          busy={another.isPending}
          onConfirm={() => another.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>{t('room.takeoverText', { name: request.acceptedBy?.name ?? '' })}</p>
          {another.error && <ErrorNote error={another.error} />}
        </Confirm>
      )}
    </div>
  );
}
