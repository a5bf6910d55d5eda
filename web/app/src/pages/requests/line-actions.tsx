import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { phoneInstead, requestQuery, takeOverRequest } from '@/api/consults';
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
  const query = requestQuery(request.id);
  const fresh = async () => (await queries.fetchQuery({ ...query, staleTime: 0 })).version;
  const keep = (changed: ConsultRequest) => queries.setQueryData(query.queryKey, changed);
  const another = useMutation({
    mutationFn: async () => takeOverRequest(request.id, await fresh()),
    onSuccess: keep,
  });
  const phone = useMutation({
    mutationFn: async () => phoneInstead(request.id, await fresh()),
    onSuccess: (changed) => {
      keep(changed);
      toast.say(t('room.byPhoneDone'));
    },
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
