import { useTranslation } from 'react-i18next';
import type { DutyEntry, DutyGap } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { useNow } from '@/ui/server-clock';
import { Empty } from '@/ui/states';
import { groupDuty } from './duty.model';
import './duty.css';

interface DutyListProps {
  duty: DutyEntry[];
  gaps: DutyGap[];
  specialtyName: (code: string) => string;
}

/** Specialty by specialty: who, which line, free or not; a gap is a line of its own. */
export function DutyList({ duty, gaps, specialtyName }: DutyListProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const groups = groupDuty(duty, gaps, now);
  if (groups.length === 0) return <Empty icon="users" title={t('duty.nobody')} />;
  return (
    <ul className="duty">
      {groups.map((group) => (
        <li key={group.specialty}>
          <span className="duty-specialty">{specialtyName(group.specialty)}</span>
          <span className="duty-people">
            {group.entries.map((entry) => (
              <span key={`${entry.person.id} ${entry.line}`} className={`duty-person duty-${entry.presence}`}>
                <i className={`presence-dot presence-dot-${entry.presence}`} />
                <b>{entry.person.name}</b>
                <span className="duty-state">
                  {entry.line === 2 && <span className="muted">{t('line.second')} </span>}
                  {t(`presence.${entry.presence}`)}
                </span>
              </span>
            ))}
            {group.gap && (
              <span className={group.gap.now ? 'duty-gap duty-gap-now' : 'duty-gap'}>
                ▲ {group.gap.now ? t('duty.gapNow') : t('duty.gapFrom', { time: format.moment(group.gap.from, now) })}
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
