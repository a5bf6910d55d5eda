import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { requestsQuery } from '@/api/consults';
import type { Order } from '@/api/record-types';
import { ordersQuery } from '@/api/records';
import { piles } from '@/features/request/request.model';
import { RequestRow } from '@/features/request/request-row';
import { useFormat } from '@/i18n/format';
import { Icon } from '@/ui/icon';
import { useListCursor } from '@/ui/list-cursor';
import { Panel } from '@/ui/panel';
import { Empty, Loaded } from '@/ui/states';

/** A township doctor: what I asked for, what came back. */
export function RequesterWork() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mine = useQuery(requestsQuery('mine'));
  const pile = piles(mine.data ?? []);
  const open = [...pile.alarm, ...pile.waiting, ...pile.active, ...pile.opinion];
  const [cursor] = useListCursor(open, (request) => navigate(`/requests/${request.id}`));
  return (
    <div className="work-columns">
      <div className="work-main">
        <Panel title={t('work.myRequests')} count={open.length}>
          <Loaded query={mine}>
            {() =>
              open.length === 0 ? (
                <Empty icon="hand" title={t('work.noRequests')}>
                  {t('work.noRequestsText')}
                </Empty>
              ) : (
                <ul className="y-list">
                  {open.map((request, i) => (
                    <RequestRow key={request.id} request={request} current={i === cursor} />
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Panel>
        {pile.over.length > 0 && (
          <Panel title={t('work.recentlyClosed')} count={pile.over.length}>
            <ul className="y-list">
              {pile.over.slice(0, 6).map((request) => (
                <RequestRow key={request.id} request={request} />
              ))}
            </ul>
          </Panel>
        )}
      </div>
      <div className="work-side">
        <ResultsInbox
          opinions={pile.signed.map((r) => ({ id: r.id, patient: r.patient.name, by: r.acceptedBy?.name ?? '' }))}
        />
      </div>
    </div>
  );
}

interface OpinionLine {
  id: string;
  patient: string;
  by: string;
}

/** Opinions and reports that came back and were not acknowledged. */
function ResultsInbox({ opinions }: { opinions: OpinionLine[] }) {
  const { t } = useTranslation();
  const orders = useQuery(ordersQuery('mine'));
  const reports = (orders.data ?? []).filter((order) => order.state === 'released');
  const count = opinions.length + reports.length;
  return (
    <Panel title={t('work.results')} count={count} actions={<Link to="/orders">{t('work.allOrders')}</Link>}>
      {count === 0 && !orders.isPending ? (
        <Empty icon="inbox" title={t('work.noResults')}>
          {t('work.noResultsText')}
        </Empty>
      ) : (
        <ul className="y-list">
          {opinions.map((opinion) => (
            <li key={opinion.id}>
              <Link className="work-result" to={`/requests/${opinion.id}`}>
                <Icon name="file" />
                <span className="grow">
                  <b>{opinion.patient}</b> {t('work.opinionOf', { name: opinion.by })}
                </span>
                <span className="work-due">{t('work.toAcknowledge')}</span>
              </Link>
            </li>
          ))}
          {reports.map((order) => (
            <ReportLine key={order.id} order={order} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function ReportLine({ order }: { order: Order }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li>
      <Link className="work-result" to={`/orders/${order.id}`}>
        <Icon name="image" />
        <span className="grow">
          <span className="row">
            <b>{order.patient.name}</b> {order.exam}
          </span>
          <span className="muted small ellipsis" style={{ display: 'block' }}>
            {order.report?.impression}
          </span>
        </span>
        <span className="work-due">
          {order.report?.critical && <strong className="work-critical">{t('work.critical')}</strong>}
          <span className="num muted">{format.moment(order.report?.releasedAt)}</span>
        </span>
      </Link>
    </li>
  );
}
