import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { requestEventsQuery } from '@/api/consults';
import { useFormat } from '@/i18n/format';
import { Loaded } from '@/ui/states';
import './timeline.css';

/** Everything that happened, with time and person. */
export function Timeline({ id }: { id: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const events = useQuery(requestEventsQuery(id));
  return (
    <Loaded query={events} rows={4}>
      {(list) => (
        <ol className="timeline">
          {list.map((event) => (
            <li key={`${event.version} ${event.action} ${event.at}`}>
              <time className="num">{format.timeSeconds(Date.parse(event.at))}</time>
              <span>
                {t(`event.${event.action}` as 'event.submit', { defaultValue: event.action })}{' '}
                <span className="soft">{event.actor === 'system' ? t('event.system') : event.actor}</span>
                {event.reason && <span className="muted"> · {event.reason}</span>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
}
