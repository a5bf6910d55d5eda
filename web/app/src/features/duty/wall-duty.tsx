import { useTranslation } from 'react-i18next';
import type { Board, DutyEntry, DutyGap } from '@/api/types';
import { useSpecialtyName } from '@/app/specialty';
import { useFormat } from '@/i18n/format';
import { useNow } from '@/ui/server-clock';
import { groupDuty, isReading } from './duty.model';

interface WallDutyProps {
  duty: DutyEntry[];
  gaps: DutyGap[];
  reading?: Board['reading'];
}

export function WallDuty({ duty, gaps, reading }: WallDutyProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const specialty = useSpecialtyName();
  const now = useNow();
  // The reading room is one line of figures, not everybody's name.
  const doctors = reading ? duty.filter((entry) => !isReading(entry.specialty)) : duty;
  return (
    <ul className="wall-duty">
      {reading && (
        <li>
          <span className="wall-specialty">{t('duty.reading')}</span>
          <span className="num">
            {t('duty.readingLine', { readers: reading.readers, waiting: reading.waiting, overdue: reading.overdue })}
          </span>
        </li>
      )}
      {groupDuty(doctors, gaps, now).map((group) => {
        return (
          <li key={group.specialty}>
            <span className="wall-specialty">{specialty(group.specialty)}</span>
            <span className="wall-doctors">
              {group.entries.map((entry) => (
                <span key={`${entry.person.id} ${entry.line}`} className={`wall-doctor wall-is-${entry.presence}`}>
                  <i className={`presence-dot presence-dot-${entry.presence}`} />
                  {entry.person.name}
                  <small>
                    {entry.line === 2 && `${t('line.second')} `}
                    {t(`presence.${entry.presence}`)}
                  </small>
                </span>
              ))}
              {group.gap && (
                <span className={group.gap.now ? 'wall-gap' : 'wall-later'}>
                  ▲ {group.gap.now ? t('duty.gapNow') : t('duty.gapFrom', { time: format.moment(group.gap.from, now) })}
                </span>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
