import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from './dialog';
import { TextArea } from './field';
import { ErrorNote } from './states';

interface ReasonConfirmProps<Result> {
  title: string;
  /** What will happen, with the patient's name. */
  children: ReactNode;
  action: string;
  look?: 'primary' | 'danger';
  hint?: string;
  /** Does it; the reason is not empty. What it throws is shown, and the dialog stays. */
  send: (reason: string) => Promise<Result>;
  onDone: (result: Result) => void;
  /** Whether it was done or not. */
  onSettled?: () => void;
  onClose: () => void;
}

/** Asks before something that nobody may do without a reason; closes when it is done. */
export function ReasonConfirm<Result>({
  title,
  children,
  action,
  look = 'danger',
  hint,
  send,
  onDone,
  onSettled,
  onClose,
}: ReasonConfirmProps<Result>) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const sending = useMutation({
    mutationFn: () => send(reason.trim()),
    onSuccess: (result) => {
      onDone(result);
      onClose();
    },
    onSettled,
  });
  return (
    <Confirm
      title={title}
      action={action}
      look={look}
      busy={sending.isPending}
      disabled={reason.trim() === ''}
      onConfirm={() => sending.mutate()}
      onClose={onClose}
    >
      {children}
      <TextArea
        label={t('common.reason')}
        placeholder={hint}
        rows={2}
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {sending.error && <ErrorNote error={sending.error} />}
    </Confirm>
  );
}
