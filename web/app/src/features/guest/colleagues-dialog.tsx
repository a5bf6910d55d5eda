import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { colleaguesQuery, inviteColleague, uninviteColleague } from '@/api/calls';
import { dutyQuery, institutionsQuery, requestQuery } from '@/api/consults';
import type { ConsultRequest } from '@/api/types';
import { Button } from '@/ui/button';
import { Confirm, Dialog } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { Empty, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { Waiting } from '@/ui/waiting';
import { type Choosable, choosable, type Invited, invited } from './colleagues.model';
import './guest.css';

/** A specialist asks others into the consult, and takes it back. */
export function ColleaguesDialog({ request, onClose }: { request: ConsultRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const [leaving, setLeaving] = useState<Invited>();
  const changed = (now: ConsultRequest) => {
    queries.setQueryData(requestQuery(request.id).queryKey, now);
    return queries.invalidateQueries({ queryKey: colleaguesQuery(request.id).queryKey });
  };
  const invite = useMutation({
    mutationFn: (one: { id: string; name: string }) => inviteColleague(request.id, one.id),
    onSuccess: (now, one) => {
      toast.say(t('call.colleagues.asked', { name: one.name }));
      setTyped('');
      return changed(now);
    },
    onError: toast.fail,
  });
  const uninvite = useMutation({
    mutationFn: (one: Invited) => uninviteColleague(request.id, one.id),
    onSuccess: (now) => {
      setLeaving(undefined);
      return changed(now);
    },
    onError: toast.fail,
  });
  if (leaving) {
    return (
      <Confirm
        title={t('call.colleagues.uninviteTitle', { name: leaving.name })}
        action={t('call.colleagues.uninvite')}
        look="danger"
        busy={uninvite.isPending}
        onConfirm={() => uninvite.mutate(leaving)}
        onClose={() => setLeaving(undefined)}
      >
        <p>{t('call.colleagues.uninviteText', { name: leaving.name, patient: request.patient.name })}</p>
        {leaving.is === 'here' && <p className="soft">{t('call.colleagues.uninviteHere', { name: leaving.name })}</p>}
      </Confirm>
    );
  }
  return (
    <Dialog title={t('call.colleagues.invite')} onClose={onClose}>
      <p className="soft small">{t('call.colleagues.hint')}</p>
      <InvitedList invited={invited(request)} onUninvite={setLeaving} onAgain={invite.mutate} />
      <TextField
        label={t('call.colleagues.search')}
        type="search"
        value={typed}
        maxLength={64}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Candidates
        request={request.id}
        typed={typed}
        busy={invite.isPending ? invite.variables.id : undefined}
        onInvite={invite.mutate}
      />
    </Dialog>
  );
}

function InvitedList({
  invited: list,
  onUninvite,
  onAgain,
}: {
  invited: readonly Invited[];
  onUninvite: (one: Invited) => void;
  onAgain: (one: Invited) => void;
}) {
  const { t } = useTranslation();
  const toast = useToast();
  if (list.length === 0) return null;
  return (
    <section>
      <h3 className="colleague-head">
        {t('call.colleagues.invited')} <span className="num muted">{list.length}</span>
        <Button
          size="small"
          look="quiet"
          icon="link"
          onClick={() =>
            void navigator.clipboard?.writeText(window.location.href).then(() => toast.say(t('call.colleagues.copied')))
          }
        >
          {t('call.colleagues.copy')}
        </Button>
      </h3>
      <ul className="guest-list">
        {list.map((one) => (
          <li key={one.id}>
            <b>{one.name}</b>
            {one.title && <span className="muted">{one.title}</span>}
            <span className="soft">{t(`call.colleagues.is.${one.is}`)}</span>
            {one.is === 'rung' && <Waiting since={one.at} className="num" />}
            {one.is === 'excused' && (
              <Button size="small" onClick={() => onAgain(one)}>
                {t('call.colleagues.again')}
              </Button>
            )}
            <Button size="small" onClick={() => onUninvite(one)}>
              {t('call.colleagues.uninvite')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface CandidatesProps {
  request: string;
  typed: string;
  /** Who is being invited at this moment. */
  busy?: string;
  onInvite: (one: Choosable) => void;
}

function Candidates({ request, typed, busy, onInvite }: CandidatesProps) {
  const { t } = useTranslation();
  const colleagues = useQuery(colleaguesQuery(request));
  const { data: duty } = useQuery(dutyQuery);
  const { data: institutions } = useQuery(institutionsQuery);
  const wanted = useDeferredValue(typed);
  const places = new Map(institutions?.map((one) => [one.id, one.short ?? one.name]));
  return (
    <Loaded query={colleagues} rows={4} height={36}>
      {(all) => {
        const found = choosable(all, duty?.items ?? [], places, wanted);
        if (all.length === 0) {
          return (
            <Empty icon="users" title={t('call.colleagues.none')}>
              {t('call.colleagues.noneText')}
            </Empty>
          );
        }
        if (found.length === 0) return <p className="muted">{t('call.colleagues.noMatch')}</p>;
        const groups = [
          { title: t('call.colleagues.onDuty'), list: found.filter((one) => one.presence) },
          { title: t('call.colleagues.others'), list: found.filter((one) => !one.presence) },
        ];
        return groups
          .filter(({ list }) => list.length > 0)
          .map(({ title, list }) => (
            <section key={title}>
              <h3 className="colleague-head">
                {title} <span className="num muted">{list.length}</span>
              </h3>
              <ul className="guest-list colleague-list">
                {list.map((one) => (
                  <Candidate key={one.id} one={one} busy={busy === one.id} onInvite={onInvite} />
                ))}
              </ul>
            </section>
          ));
      }}
    </Loaded>
  );
}

function Candidate({ one, busy, onInvite }: { one: Choosable; busy: boolean; onInvite: (one: Choosable) => void }) {
  const { t } = useTranslation();
  return (
    <li>
      <span className="colleague">
        <span>
          <b>{one.name}</b> <span className="muted">{one.title}</span>
        </span>
        <span className="muted small">{[one.department, one.place].filter(Boolean).join(' · ')}</span>
      </span>
      {one.presence && (
        <span className="colleague-presence">
          <i className={`presence-dot presence-dot-${one.presence}`} aria-hidden />
          {t(`presence.${one.presence}`)}
        </span>
      )}
      <Button size="small" busy={busy} onClick={() => onInvite(one)}>
        {t('call.colleagues.ask')}
      </Button>
    </li>
  );
}
