import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { criticalDelivered, criticalsQuery } from '@/api/records';
import { arrivesNow, pendingCriticals } from '@/features/critical/critical.model';
import { CriticalBanner } from '@/features/critical/critical-banner';
import { useAlarm, useRingNotification, useRingTitle } from '@/features/ring/use-ringing';
import { useIs } from './session';

/** A critical finding reaches its doctor on whatever page she is, and stays until it is read back. */
export function CriticalHost() {
  return useIs('requester', 'head', 'coordinator') ? <Criticals /> : null;
}

function Criticals() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { pathname } = useLocation();
  const criticals = useQuery(criticalsQuery('mine'));
  const pending = pendingCriticals(criticals.data ?? []);
  const unread = pending.filter((critical) => critical.actions.includes('acknowledge'));
  const first = unread[0];
  useAlarm(first !== undefined);
  useRingTitle(first && t('critical.title'));
  useRingNotification(first?.id, t('critical.title'), '');

  // It is on the recipient's screen: the clock of the telephone call stops.
  const { mutate: deliver } = useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) => criticalDelivered(id, version),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['criticals'] }),
  });
  const told = useRef(new Set<string>());
  const arrived = pending.find((critical) => arrivesNow(critical) && !told.current.has(critical.id));
  useEffect(() => {
    if (!arrived) return;
    told.current.add(arrived.id);
    deliver({ id: arrived.id, version: arrived.version });
  }, [arrived, deliver]);

  if (pending.length === 0 || pathname === '/criticals') return null;
  return (
    <div className="critical-host">
      <CriticalBanner criticals={pending} />
    </div>
  );
}
