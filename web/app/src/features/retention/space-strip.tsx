import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { spaceQuery } from '@/api/retention';
import { useIs } from '@/app/session';
import { useFormat } from '@/i18n/format';
import { Icon } from '@/ui/icon';
import { spaceWarning } from './space.model';
import './retention.css';

/** The store of images runs full: said to who can do something about it, and to those whose devices are refused,
 *  with numbers, until it is over. */
export function SpaceStrip() {
  const { t } = useTranslation();
  const format = useFormat();
  const told = useIs('admin', 'head', 'technologist');
  const { data } = useQuery({ ...spaceQuery, enabled: told });
  const warning = spaceWarning(data);
  if (!data || !warning) return null;
  const { level, part } = warning;
  return (
    <div className={`space-strip space-${level}`} role={level === 'full' ? 'alert' : 'status'}>
      <Icon name="alert" size={18} />
      <p>
        <b>{t(`space.${level}`, { free: format.size(data.free), part })}</b> {t(`space.todo.${level}`)}{' '}
        <span className="num muted">{format.moment(data.at)}</span>
      </p>
    </div>
  );
}
