import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Order } from '@/api/record-types';
import { useFormat } from '@/i18n/format';
import { useListCursor } from '@/ui/list-cursor';
import { SexAge } from '@/ui/sex-age';
import { PriorityTag } from '@/ui/urgency';
import './order.css';

interface OrderTableProps {
  orders: Order[];
  onOpen: (order: Order) => void;
}

const waits = (order: Order) => order.state === 'ordered' || order.state === 'in_progress';

export function OrderTable({ orders, onOpen }: OrderTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [cursor] = useListCursor(orders, onOpen);
  // Where and when matters until it is done.
  const place = (order: Order) => {
    const name = order.deviceName || order.device;
    if (!waits(order)) return name;
    const when = order.start ? format.moment(order.start) : t('order.walkIn');
    return (
      <>
        {name} <span className="num">{when}</span>
      </>
    );
  };
  return (
    <div className="y-scroll">
      <table className="y-table cards">
        <thead>
          <tr>
            <th>{t('order.priority')}</th>
            <th>{t('study.patient')}</th>
            <th>{t('order.exam')}</th>
            <th>{t('order.impression')}</th>
            <th>{t('order.booking')}</th>
            <th>{t('study.state')}</th>
            <th>{t('order.accession')}</th>
            <th>{t('order.orderedAt')}</th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order, i) => (
            <tr key={order.id} aria-selected={i === cursor} data-cursor={i === cursor}>
              <td>
                <PriorityTag priority={order.priority} />
              </td>
              <td>
                <Link to={`/orders/${order.id}`}>
                  <b>{order.patient.name}</b>
                </Link>{' '}
                <span className="soft">
                  <SexAge of={order.patient} />
                </span>
              </td>
              <td>
                <span className="muted">{order.modality}</span> {order.exam}
              </td>
              <td className="order-impression">
                {order.report?.critical && <b className="order-critical">▲ {t('work.critical')} </b>}
                {order.report?.impression}
              </td>
              <td className="soft">{place(order)}</td>
              <td className={order.state === 'released' ? 'order-due' : 'soft'}>{t(`order.states.${order.state}`)}</td>
              <td className="num soft">{order.accession}</td>
              <td className="num soft">{format.moment(order.orderedAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
