import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Order } from '@/api/record-types';
import { abandonOrder, bookOrder, cancelOrder, devicesQuery, orderQuery } from '@/api/records';
import { type BookingDraft, bookingOf, deviceOf, localTime, timeProblem } from '@/features/order/booking.model';
import { BookingFields } from '@/features/order/booking-fields';
import { Confirm } from '@/ui/dialog';
import { TextArea } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';

/** Shows the order as it is now, everywhere. */
export function useSettle(id: string): (changed: Order) => void {
  const queries = useQueryClient();
  return (changed) => {
    queries.setQueryData(orderQuery(id).queryKey, changed);
    for (const key of ['orders', 'worklist']) void queries.invalidateQueries({ queryKey: [key] });
  };
}

interface OrderDialogProps {
  order: Order;
  onClose: () => void;
}

export function CancelDialog({ order, onClose }: OrderDialogProps) {
  const { t } = useTranslation();
  const settle = useSettle(order.id);
  const [reason, setReason] = useState('');
  const cancel = useMutation({
    mutationFn: () => cancelOrder(order.id, order.version, reason.trim()),
    onSuccess: (changed) => {
      settle(changed);
      onClose();
    },
  });
  return (
    <Confirm
      title={t('order.cancelTitle')}
      action={t('order.cancel')}
      look="danger"
      busy={cancel.isPending}
      disabled={reason.trim() === ''}
      onConfirm={() => cancel.mutate()}
      onClose={onClose}
    >
      <p>{t('order.cancelText', { name: order.patient.name, exam: order.exam })}</p>
      <TextArea
        label={t('common.reason')}
        rows={2}
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {cancel.error && <ErrorNote error={cancel.error} />}
    </Confirm>
  );
}

export function RebookDialog({ order, onClose }: OrderDialogProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const settle = useSettle(order.id);
  const site = order.site.id;
  const devices = useQuery(devicesQuery({ modality: order.modality, institution: site }));
  const [booking, setBooking] = useState<BookingDraft>({
    device: order.device,
    timed: Boolean(order.start),
    at: order.start ? localTime(order.start) : '',
  });
  const device = deviceOf(booking, devices.data ?? [], site);
  const book = useMutation({
    mutationFn: () => bookOrder(order.id, order.version, bookingOf(booking, device)),
    onSuccess: (changed) => {
      settle(changed);
      toast.say(t('order.rebooked'), { tone: 'done' });
      onClose();
    },
  });
  return (
    <Confirm
      title={t('order.rebookTitle')}
      action={t('order.rebookSave')}
      busy={book.isPending}
      disabled={!device || timeProblem(booking, Date.now()) !== undefined}
      onConfirm={() => book.mutate()}
      onClose={onClose}
    >
      <p>{t('order.rebookText', { name: order.patient.name, exam: order.exam })}</p>
      <BookingFields devices={devices.data ?? []} home={site} value={booking} onChange={setBooking} />
      {book.error && <ErrorNote error={book.error} />}
    </Confirm>
  );
}

export function AbandonDialog({ order, onClose }: OrderDialogProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const settle = useSettle(order.id);
  const [reason, setReason] = useState('');
  const abandon = useMutation({
    mutationFn: () => abandonOrder(order.id, order.version, reason.trim()),
    onSuccess: (changed) => {
      settle(changed);
      toast.say(t('order.abandoned'), { tone: 'done' });
      onClose();
    },
  });
  return (
    <Confirm
      title={t('order.abandonTitle')}
      action={t('order.abandon')}
      look="danger"
      busy={abandon.isPending}
      disabled={reason.trim() === ''}
      onConfirm={() => abandon.mutate()}
      onClose={onClose}
    >
      <p>
        {t('order.abandonText', {
          name: order.patient.name,
          exam: order.exam,
          device: order.deviceName || order.device || t('order.device'),
        })}
      </p>
      <TextArea
        label={t('common.reason')}
        rows={2}
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {abandon.error && <ErrorNote error={abandon.error} />}
    </Confirm>
  );
}
