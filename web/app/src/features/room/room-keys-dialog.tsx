import { useTranslation } from 'react-i18next';
import { Dialog } from '@/ui/dialog';

const rows = [
  ['M', 'mic'],
  ['V', 'camera'],
  ['S', 'screen'],
  ['H', 'hand'],
  ['C', 'chat'],
  ['G', 'layout'],
  ['K', 'mark'],
  ['?', 'help'],
] as const;

export function RoomKeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('call.keys.title')} onClose={onClose}>
      <dl className="keys">
        {rows.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`call.keys.${text}`)}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">{t('call.keys.viewer')}</p>
    </Dialog>
  );
}
