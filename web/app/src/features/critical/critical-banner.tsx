import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Critical } from '@/api/record-types';
import { Icon } from '@/ui/icon';
import { SexAge } from '@/ui/sex-age';
import { Waiting } from '@/ui/waiting';
import { pendingCriticals } from './critical.model';
import './critical.css';

/** Critical findings nobody has confirmed yet stand above everything else. */
export function CriticalBanner({ criticals }: { criticals: Critical[] }) {
  const { t } = useTranslation();
  const pending = pendingCriticals(criticals);
  if (pending.length === 0) return null;
  return (
    <section className="critical-banner" aria-label={t('critical.title')}>
      {pending.map((critical) => (
        <Link key={critical.id} to={`/criticals?open=${critical.id}`}>
          <Icon name="alert" size={22} />
          <b>{t(critical.state === 'acknowledged' ? 'critical.toAct' : 'critical.title')}</b>
          <span className="critical-who">
            {critical.patient.name} <SexAge of={critical.patient} />
          </span>
          <span className="ellipsis grow">{critical.text}</span>
          <Waiting since={critical.flaggedAt} due={critical.nextAt} />
          <span className="critical-do">
            {t(critical.state === 'acknowledged' ? 'critical.act' : 'critical.acknowledge')}
          </span>
        </Link>
      ))}
    </section>
  );
}
