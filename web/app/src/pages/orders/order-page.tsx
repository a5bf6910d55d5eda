import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Order } from '@/api/record-types';
import { acknowledgeOrder, orderQuery, reportPdfUrl } from '@/api/records';
import { PerformedList } from '@/features/order/performed-list';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Facts, Panel } from '@/ui/panel';
import { PatientStrip } from '@/ui/patient-strip';
import { Empty, ErrorNote, Loaded } from '@/ui/states';
import { PriorityTag } from '@/ui/urgency';
import { AbandonDialog, CancelDialog, RebookDialog, useSettle } from './order-dialogs';
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

type Asking = 'cancel' | 'rebook' | 'abandon';

function Shown({ order }: { order: Order }) {
  const { t } = useTranslation();
  const settle = useSettle(order.id);
  const [asking, setAsking] = useState<Asking>();
  const acknowledge = useMutation({ mutationFn: () => acknowledgeOrder(order.id, order.version), onSuccess: settle });
  const close = () => setAsking(undefined);
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
          <OrderFacts order={order} onAsk={setAsking} />
          <Performed order={order} onAsk={setAsking} />
        </div>
      </div>
      {asking === 'cancel' && <CancelDialog order={order} onClose={close} />}
      {asking === 'rebook' && <RebookDialog order={order} onClose={close} />}
      {asking === 'abandon' && <AbandonDialog order={order} onClose={close} />}
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

interface PartProps {
  order: Order;
  onAsk: (what: Asking) => void;
}

function OrderFacts({ order, onAsk }: PartProps) {
  const { t } = useTranslation();
  const safetyText = useSafetyText();
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
            // Said once where both are the same.
            order.number !== order.accession && (
              <span key="n" className="num">
                {order.number}
              </span>
            ),
          ],
          [t('order.exam'), `${order.modality} ${order.exam}`],
          [t('order.device'), deviceText(order)],
          [
            t('order.when'),
            <span key="w" className="num">
              {order.start ? format.dateTime(order.start) : t('order.walkIn')}
            </span>,
          ],
          [t('order.safety'), safetyText(order)],
          [t('order.clinical'), order.clinical],
          [t('order.cancelReason'), order.cancelReason],
          [t('order.orderedBy'), order.orderedBy?.name],
          [
            t('order.orderedAt'),
            <span key="t" className="num">
              {format.dateTime(order.orderedAt)}
            </span>,
          ],
        ]}
      />
      {order.state === 'ordered' && <p className="muted small order-hint">{t('order.accessionHint')}</p>}
      <div className="row wrap order-links">
        {order.study && (
          <Link className="y-btn y-btn-plain y-btn-normal" to={`/studies/${order.study}`}>
            {t('order.images')}
          </Link>
        )}
        {order.actions.includes('book') && (
          <Button icon="calendar" onClick={() => onAsk('rebook')}>
            {t('order.rebook')}
          </Button>
        )}
        {order.actions.includes('cancel') && (
          <Button look="danger" onClick={() => onAsk('cancel')}>
            {t('order.cancel')}
          </Button>
        )}
      </div>
    </Panel>
  );
}

const deviceText = ({ device, deviceName }: Order) => (deviceName ? `${deviceName}（${device}）` : device);

/** What was said for safety, in one line; '' when nothing was. */
function useSafetyText(): (order: Order) => string {
  const { t } = useTranslation();
  return (order) =>
    [
      order.laterality && t(`order.sides.${order.laterality}`),
      order.contrast && `${t('order.contrast')} ${order.contrast}`,
      order.allergies && `${t('order.allergies')} ${order.allergies}`,
      order.pregnancy && `${t('order.pregnancy')} ${t(`order.pregnancies.${order.pregnancy}`)}`,
      order.weightKg && `${order.weightKg} kg`,
    ]
      .filter(Boolean)
      .join(' · ');
}

/** What devices told, and the way out when they told it wrongly. */
function Performed({ order, onAsk }: PartProps) {
  const { t } = useTranslation();
  const steps = order.performed ?? [];
  const opens = order.actions.includes('abandon');
  if (steps.length === 0 && !opens) return null;
  return (
    <Panel title={t('order.performed')} count={steps.length}>
      {steps.length === 0 ? <Empty icon="device" title={t('order.performedNone')} /> : <PerformedList steps={steps} />}
      {opens && (
        <div className="order-abandon">
          <p className="muted small">{t('order.abandonHint')}</p>
          <Button size="small" onClick={() => onAsk('abandon')}>
            {t('order.abandon')}
          </Button>
        </div>
      )}
    </Panel>
  );
}
