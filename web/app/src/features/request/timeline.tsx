import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { requestEventsQuery } from '@/api/consults';
import type { ConsultRequest } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Loaded } from '@/ui/states';
import { timeline } from './timeline.model';
import './timeline.css';

/** Everything that happened, with time and person. */
export function Timeline({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const events = useQuery(requestEventsQuery(request.id));
  return (
    <Loaded query={events} rows={4}>
      {(list) => (
        <ol className="timeline">
          {timeline(list, request).map((item) => (
            <li key={item.key}>
              <time className="num">{format.timeSeconds(Date.parse(item.at))}</time>
              <span>
                {t(`event.${item.what}` as 'event.submit', { defaultValue: item.what })}{' '}
                <span className="soft">{format.list(item.who)}</span>
                {item.reason && (
                  <span className="muted">
                    {' '}
                    · {t(`reason.${item.reason}` as 'reason.other', { defaultValue: item.reason })}
                  </span>
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
}
