import { useTranslation } from 'react-i18next';
import { Dialog } from '@/ui/dialog';
import './keys-dialog.css';

const rows = [
  ['/', 'search'],
  ['n', 'newRequest'],
  ['a', 'accept'],
  ['j k', 'move'],
  ['Enter', 'open'],
  ['m', 'mic'],
  ['v', 'camera'],
  ['Esc', 'close'],
  ['?', 'help'],
] as const;

export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('keys.title')} onClose={onClose} wide>
      <dl className="keys">
        {rows.map(([keys, text]) => (
          <div key={text}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(`keys.${text}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
