import { useTranslation } from 'react-i18next';
import type { GuestInvitation } from '@/api/calls';
import { useFormat } from '@/i18n/format';
import './guest.css';

/** Who invites whom to what; nothing of the patient. */
export function Invitation({ invitation }: { invitation: GuestInvitation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { by, institution, name, kind, until } = invitation;
  return (
    <section className="guest-card">
      <p className="guest-by">{t('guest.invited', { inviter: by, institution })}</p>
      <h1>{t('guest.you', { name, kind: t(`guest.kinds.${kind}`) })}</h1>
      <p className="muted">
        {t('guest.notYou')} {t('guest.until', { time: format.dateTime(until) })}
      </p>
      <p>{t('guest.privacy')}</p>
    </section>
  );
}
