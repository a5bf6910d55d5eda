import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { excuseFrom } from '@/api/calls';
import { requestQuery } from '@/api/consults';
import { Button, IconButton } from '@/ui/button';
import { SexAge } from '@/ui/sex-age';
import { useToast } from '@/ui/toast';
import { UrgencyTag } from '@/ui/urgency';
import { Waiting } from '@/ui/waiting';
import type { Invite } from './invite.model';
import { inviteStore } from './invite-store';
import './ring-card.css';

interface InviteCardProps {
  invite: Invite;
  silenced: boolean;
  onJoin: () => void;
}

/** A colleague asks this person into a running consult: one press is the way in. */
export function InviteCard({ invite, silenced, onJoin }: InviteCardProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const { data: request } = useQuery(requestQuery(invite.request));
  const excuse = useMutation({ mutationFn: () => excuseFrom(invite.request), onError: toast.fail });
  return (
    <article className={`ring-card ring-card-${invite.kind}`} data-invite={invite.request}>
      <header>
        <UrgencyTag kind={invite.kind} />
        <span className="soft ellipsis">{request?.institution.short}</span>
        <Waiting since={invite.since} className="end ring-clock" />
      </header>
      <p className="ring-who">{t('ring.invites', { name: invite.by })}</p>
      {request && (
        <p className="ring-what">
          {request.patient.name} <SexAge of={request.patient} /> <span className="soft">{request.summary}</span>
        </p>
      )}
      <footer>
        <Button look="primary" size="large" icon="camera" shortcut="a" onClick={onJoin}>
          {t('ring.join')}
        </Button>
        <Button size="large" busy={excuse.isPending} onClick={() => excuse.mutate()}>
          {t('ring.excuse')}
        </Button>
        {!silenced && (
          <IconButton
            icon="bellOff"
            label={t('ring.silence')}
            onClick={() => inviteStore.dispatch({ type: 'silence', request: invite.request })}
          />
        )}
      </footer>
    </article>
  );
}
