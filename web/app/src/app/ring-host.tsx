import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { requestsQuery } from '@/api/consults';
import { inviting } from '@/features/ring/invite.model';
import { ringsFor, sounding } from '@/features/ring/ring.model';
import { RingCard } from '@/features/ring/ring-card';
import { ringStore } from '@/features/ring/ring-store';
import { useRinger, useRingNotification, useRings, useRingTitle } from '@/features/ring/use-ringing';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { useKeys } from '@/ui/keys';
import { useNow } from '@/ui/server-clock';
import { useToast } from '@/ui/toast';
import { InviteHost, useInvites } from './invite-host';
import { useIs, useMe } from './session';
import { useAccept } from './use-accept';
import './ring-host.css';

/** Calls reach a doctor on whatever page she is: sound, title, notification and a card to answer. */
export function RingHost() {
  return useIs('specialist', 'head', 'coordinator') ? <Ringing /> : null;
}

function Ringing() {
  const { t } = useTranslation();
  const me = useMe();
  const toast = useToast();
  const state = useRings();
  const queue = useQuery(requestsQuery('queue'));
  const now = useNow();
  const ringer = useRinger(true, inviting(useInvites(), now)?.kind);
  const current = sounding(state) ?? state.rings[0];
  const request = queue.data?.find((item) => item.id === current?.request);
  const { accept, accepting } = useAccept();
  const { pathname } = useLocation();
  // Lists have their own selected row, images their own keys.
  const free = !['/', '/duty'].includes(pathname) && !/^\/(readings|studies|requests)\//.test(pathname);
  useKeys({ a: free && current ? () => accept(current.request) : undefined });

  useEffect(() => {
    if (queue.data) ringStore.dispatch({ type: 'truth', rings: ringsFor(me.person.id, queue.data) });
  }, [queue.data, me.person.id]);
  useEffect(() => ringStore.dispatch({ type: 'expire', now }), [now]);
  useEffect(() => {
    if (!state.takenBy) return;
    if (state.takenBy.name !== me.person.name) toast.say(t('ring.taken', { name: state.takenBy.name }));
    ringStore.dispatch({ type: 'seen' });
  }, [state.takenBy, me.person.name, toast, t]);

  const title =
    current && t('ring.title', { kind: t(`kind.${current.kind}`), place: request?.institution.short ?? '' });
  useRingTitle(title);
  useRingNotification(current?.request, title ?? '', request?.summary ?? '');

  return (
    <>
      {ringer.blocked && (
        <button type="button" className="sound-strip" onClick={ringer.unlock}>
          <Icon name="bellOff" />
          <span>{t('ring.blocked')}</span>
          <b>{t('ring.unlock')}</b>
        </button>
      )}
      <div className="ring-host" role="alert">
        {current && (
          <RingCard
            ring={current}
            request={request}
            others={state.rings.length - 1}
            silenced={state.silenced.includes(current.request)}
            busy={accepting}
            onAccept={() => accept(current.request)}
            onSilence={() => ringStore.dispatch({ type: 'silence', request: current.request })}
          />
        )}
        <InviteHost keys={free && !current} />
      </div>
      <NotificationOffer />
    </>
  );
}

/** Asks once, on the duty page only by a press; browsers refuse to ask otherwise. */
function NotificationOffer() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [asked, setAsked] = useState(false);
  const asks = pathname === '/duty' && !asked && 'Notification' in window && Notification.permission === 'default';
  if (!asks) return null;
  return (
    <div className="notify-strip">
      <Icon name="bell" size={16} />
      <span>{t('ring.notify')}</span>
      <Button size="small" onClick={() => void Notification.requestPermission().then(() => setAsked(true))}>
        {t('ring.notifyAllow')}
      </Button>
    </div>
  );
}
