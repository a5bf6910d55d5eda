import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Order } from '@/api/record-types';
import { acknowledgeOrder, cancelOrder, orderQuery, reportPdfUrl } from '@/api/records';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Facts, Panel } from '@/ui/panel';
import { PatientStrip } from '@/ui/patient-strip';
import { Empty, ErrorNote, Loaded } from '@/ui/states';
import { PriorityTag } from '@/ui/urgency';
import '@/features/opinion/opinion.css';
import '@/features/order/order.css';
import '../requests/dossier.css';

export function OrderPage() {
  const { id = '' } = useParams();
  const order = useQuery(orderQuery(id));
  return (
    <Loaded query={order} rows={8}>
      {(data) => <Shown order={data} />}
    </Loaded>
  );
}

function Shown({ order }: { order: Order }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [cancelling, setCancelling] = useState(false);
  const settle = (changed: Order) => {
    queries.setQueryData(orderQuery(order.id).queryKey, changed);
    void queries.invalidateQueries({ queryKey: ['orders'] });
  };
  const acknowledge = useMutation({ mutationFn: () => acknowledgeOrder(order.id, order.version), onSuccess: settle });
  const cancel = useMutation({
    mutationFn: () => cancelOrder(order.id, order.version),
    onSuccess: (changed) => {
      settle(changed);
      setCancelling(false);
    },
  });
  return (
    <>
      <PatientStrip patient={order.patient} institution={order.institution?.short}>
        <PriorityTag priority={order.priority} />
        <span>
          {order.modality} {order.exam}
        </span>
        <span>{t(`order.states.${order.state}`)}</span>
      </PatientStrip>
      <div className="dossier">
        <div className="dossier-main">
          <Panel
            title={t('order.report')}
            pad={Boolean(order.report)}
            actions={
              order.report &&
              order.reading && (
                <a
                  className="y-btn y-btn-plain y-btn-normal"
                  href={reportPdfUrl(order.reading)}
                  target="_blank"
                  rel="noreferrer"
                >
                  {t('common.pdf')}
                </a>
              )
            }
          >
            {order.report ? (
              <Report report={order.report} />
            ) : (
              <Empty icon="file" title={t('order.noReport')}>
                {t('order.noReportText')}
              </Empty>
            )}
            {acknowledge.error && <ErrorNote error={acknowledge.error} />}
            {order.actions.includes('acknowledge') && (
              <Button
                look="primary"
                size="large"
                block
                icon="check"
                className="dossier-ack"
                busy={acknowledge.isPending}
                onClick={() => acknowledge.mutate()}
              >
                {t('order.acknowledge')}
              </Button>
            )}
          </Panel>
        </div>
        <div className="dossier-side">
          <OrderFacts order={order} onCancel={() => setCancelling(true)} />
        </div>
      </div>
      {cancelling && (
        <Confirm
          title={t('order.cancelTitle')}
          action={t('order.cancel')}
          look="danger"
          busy={cancel.isPending}
          onConfirm={() => cancel.mutate()}
          onClose={() => setCancelling(false)}
        >
          <p>{t('order.cancelText', { name: order.patient.name, exam: order.exam })}</p>
          {cancel.error && <ErrorNote error={cancel.error} />}
        </Confirm>
      )}
    </>
  );
}

function Report({ report }: { report: NonNullable<Order['report']> }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="opinion-read">
      {report.preliminary && <p className="order-critical">▲ {t('order.preliminary')}</p>}
      <section>
        <h3>{t('order.findings')}</h3>
        <p>{report.findings}</p>
      </section>
      <section>
        <h3>{t('order.impression')}</h3>
        <p className="opinion-diagnosis">
          {report.critical && <span className="order-critical">▲ {t('work.critical')} </span>}
          {report.impression}
        </p>
      </section>
      <p className="opinion-sign">
        <span>
          {t('order.writer')} <b>{report.writer?.name}</b>
        </span>
        {report.reviewer && (
          <span>
            {t('order.reviewer')} <b>{report.reviewer.name}</b>
          </span>
        )}
        <span className="num">{format.dateTime(report.releasedAt)}</span>
      </p>
    </div>
  );
}

function OrderFacts({ order, onCancel }: { order: Order; onCancel: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Panel title={t('order.title')} pad>
      <Facts
        items={[
          [
            t('order.accession'),
            <b key="a" className="num order-number">
              {order.accession}
            </b>,
          ],
          [
            t('order.patientNumber'),
            order.patientNumber && (
              <span key="p" className="num">
                {order.patientNumber}
              </span>
            ),
          ],
          [
            t('order.number'),
            <span key="n" className="num">
              {order.number}
            </span>,
          ],
          [t('order.exam'), `${order.modality} ${order.exam}`],
          [t('order.clinical'), order.clinical],
          [t('order.orderedBy'), order.orderedBy?.name],
          [
            t('order.orderedAt'),
            <span key="t" className="num">
              {format.dateTime(order.orderedAt)}
            </span>,
          ],
        ]}
      />
      {order.state === 'ordered' && <p className="muted small">{t('order.accessionHint')}</p>}
      <div className="row wrap order-links">
        {order.study && (
          <Link className="y-btn y-btn-plain y-btn-normal" to={`/studies/${order.study}`}>
            {t('order.images')}
          </Link>
        )}
        {order.actions.includes('cancel') && (
          <Button look="danger" onClick={onCancel}>
            {t('order.cancel')}
          </Button>
        )}
      </div>
    </Panel>
  );
}
