import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { InviteCard } from '@/features/ring/invite-card';
import { inviteStore } from '@/features/ring/invite-store';
import { useRingNotification, useRingTitle } from '@/features/ring/use-ringing';
import { useKeys } from '@/ui/keys';

export const useInvites = () => useSyncExternalStore(inviteStore.subscribe, inviteStore.state);

/** A colleague asks this doctor in: a card on whatever page she is, but the one it leads to. */
export function InviteHost({ keys }: { keys: boolean }) {
  const { t } = useTranslation();
  const { open, silenced } = useInvites();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const invite = open.find((one) => pathname !== `/requests/${one.request}`);
  const join = () => void (invite && navigate(`/requests/${invite.request}`));
  useKeys({ a: keys && invite ? join : undefined });
  const title = invite && t('ring.invites', { name: invite.by });
  useRingTitle(title);
  useRingNotification(invite && `invite ${invite.request} ${invite.since}`, title ?? '', '');
  if (!invite) return null;
  return <InviteCard key={invite.request} invite={invite} silenced={silenced.includes(invite.request)} onJoin={join} />;
}
