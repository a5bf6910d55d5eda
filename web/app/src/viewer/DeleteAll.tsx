import { useTranslation } from 'react-i18next';
import { Confirm } from '@/ui/dialog';

interface Props {
  count: number;
  onDelete: () => void;
  onClose: () => void;
}

/** Asks before every measurement of a study goes. */
export function DeleteAll({ count, onDelete, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Confirm
      title={t('viewer.key.deleteAll')}
      action={t('viewer.deleteAll', { count })}
      look="danger"
      onConfirm={() => {
        onDelete();
        onClose();
      }}
      onClose={onClose}
    >
      <p>{t('viewer.deleteAllHint', { count })}</p>
    </Confirm>
  );
}
