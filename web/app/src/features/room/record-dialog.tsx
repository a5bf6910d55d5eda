import { useTranslation } from 'react-i18next';
import type { Call } from '@/call';
import { Confirm } from '@/ui/dialog';

/** Everybody is asked; so is the one who asks, first. */
export function RecordDialog({ call, onClose }: { call: Call; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Confirm
      title={t('call.record.startTitle')}
      action={t('call.record.start')}
      onConfirm={() => {
        call.record(true);
        call.consent(true);
        onClose();
      }}
      onClose={onClose}
    >
      <p className="soft">{t('call.record.startText')}</p>
    </Confirm>
  );
}
