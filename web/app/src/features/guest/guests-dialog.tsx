import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Guest, type GuestKind, guestsQuery, inviteGuest, revokeGuest } from '@/api/calls';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Choice, TextField } from '@/ui/field';
import { ErrorNote, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';
import './guest.css';

const kinds: readonly GuestKind[] = ['family', 'interpreter', 'resident', 'other'];

/** One-time links for family, an interpreter, a resident: made, copied, revoked. */
export function GuestsDialog({ request, onClose }: { request: string; onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const guests = useQuery(guestsQuery(request));
  const [name, setName] = useState('');
  const [kind, setKind] = useState<GuestKind>('family');
  const again = () => queries.invalidateQueries({ queryKey: guestsQuery(request).queryKey });
  const invite = useMutation({
    mutationFn: () => inviteGuest(request, name.trim(), kind),
    onSuccess: () => {
      setName('');
      void again();
    },
  });
  const revoke = useMutation({
    mutationFn: (guest: string) => revokeGuest(request, guest),
    onSuccess: again,
    onError: toast.fail,
  });
  const link = invite.data && new URL(invite.data.path, window.location.origin).href;
  const invited = invite.data?.guest.name ?? '';
  return (
    <Dialog title={t('guest.invite')} onClose={onClose} onSubmit={() => name.trim() && invite.mutate()}>
      <TextField
        label={t('guest.name')}
        value={name}
        maxLength={64}
        onChange={(event) => setName(event.target.value)}
      />
      <Choice
        label={t('guest.kind')}
        value={kind}
        options={kinds.map((one) => ({ value: one, text: t(`guest.kinds.${one}`) }))}
        onChange={setKind}
      />
      <Button type="submit" look="primary" size="large" icon="link" busy={invite.isPending} disabled={!name.trim()}>
        {t('guest.make')}
      </Button>
      {invite.error && <ErrorNote error={invite.error} />}
      {link && (
        <div className="guest-link">
          <input className="y-input num" readOnly aria-label={t('guest.link')} value={link} />
          <Button
            onClick={() =>
              void navigator.clipboard?.writeText(link).then(() => toast.say(t('guest.copied', { name: invited })))
            }
          >
            {t('guest.copy')}
          </Button>
        </div>
      )}
      <Loaded query={guests} rows={2}>
        {(all) => <GuestList guests={all} onRevoke={revoke.mutate} />}
      </Loaded>
    </Dialog>
  );
}

function GuestList({ guests, onRevoke }: { guests: readonly Guest[]; onRevoke: (guest: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (guests.length === 0) return <p className="muted">{t('guest.none')}</p>;
  return (
    <ul className="guest-list">
      {guests.map((guest) => {
        const state = guest.revokedAt ? 'revoked' : guest.enteredAt ? 'entered' : 'open';
        return (
          <li key={guest.id}>
            <b>{guest.name}</b>
            <span className="muted">{t(`guest.kinds.${guest.kind}`)}</span>
            <span className="muted">{t(`guest.state.${state}`)}</span>
            <span className="muted num">{t('guest.until', { time: format.time(guest.until) })}</span>
            {state !== 'revoked' && (
              <Button size="small" onClick={() => onRevoke(guest.id)}>
                {t('guest.revoke')}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
