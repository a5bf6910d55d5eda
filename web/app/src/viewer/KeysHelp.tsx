import { useTranslation } from 'react-i18next';
import { Dialog } from '@/ui/dialog';
import { keyHelp } from './keys.model';

interface Props {
  /** Keys of the page around the viewer: [key, what it does]. */
  more?: readonly (readonly [string, string])[];
  onClose: () => void;
}

/** All keys that work beside pictures. */
export function KeysHelp({ more = [], onClose }: Props) {
  const { t } = useTranslation();
  const lines = keyHelp().map((l) => ({
    keys: l.keys,
    text: l.tool ? t(`viewer.tool.${l.tool}`) : t(`viewer.key.${l.key ?? 'scroll'}`),
  }));
  const all = [
    ...more.map(([key, text]) => ({ keys: [key], text })),
    { keys: ['1', '…', '7'], text: t('viewer.presets') },
    ...lines,
  ];
  return (
    <Dialog title={t('viewer.keys')} wide onClose={onClose}>
      <dl className="viewer-keys">
        {all.map((l) => (
          <div key={l.text}>
            <dt>
              {l.keys.map((key) => (
                <kbd key={key}>{key === 'Space' ? t('viewer.space') : key}</kbd>
              ))}
            </dt>
            <dd>{l.text}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">{t('viewer.mouse')}</p>
    </Dialog>
  );
}
