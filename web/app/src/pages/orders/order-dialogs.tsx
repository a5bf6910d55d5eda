import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Order } from '@/api/record-types';
import { abandonOrder, bookOrder, cancelOrder, devicesQuery, orderQuery } from '@/api/records';
import { type BookingDraft, bookingOf, deviceOf, localTime, timeProblem } from '@/features/order/booking.model';
import { BookingFields } from '@/features/order/booking-fields';
import { Confirm } from '@/ui/dialog';
import { ReasonConfirm } from '@/ui/reason-confirm';
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
  return (
    <ReasonConfirm
      title={t('order.cancelTitle')}
      action={t('order.cancel')}
      send={(reason) => cancelOrder(order.id, order.version, reason)}
      onDone={settle}
      onClose={onClose}
    >
      <p>{t('order.cancelText', { name: order.patient.name, exam: order.exam })}</p>
    </ReasonConfirm>
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
  return (
    <ReasonConfirm
      title={t('order.abandonTitle')}
      action={t('order.abandon')}
      send={(reason) => abandonOrder(order.id, order.version, reason)}
      onDone={(changed) => {
        settle(changed);
        toast.say(t('order.abandoned'), { tone: 'done' });
      }}
      onClose={onClose}
    >
      <p>
        {t('order.abandonText', {
          name: order.patient.name,
          exam: order.exam,
          device: order.deviceName || order.device || t('order.device'),
        })}
      </p>
    </ReasonConfirm>
  );
}
