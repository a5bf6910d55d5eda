import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { KeyRow } from './KeyRow';
import { keyLines, withKey, withoutChange } from './keys.model';
import { MouseChoices } from './MouseChoices';
import { usePrefs } from './prefs';
import { useCommandWords } from './ToolButton';

interface Props {
  /** Keys of the page around the viewer: [key, what it does]. They stay as they are. */
  more?: readonly (readonly [string, string])[];
  onClose: () => void;
}

/** All keys that work beside pictures, to be looked up and changed. */
export function KeysHelp({ more = [], onClose }: Props) {
  const { t } = useTranslation();
  const words = useCommandWords();
  const [prefs, change] = usePrefs();
  const [search, setSearch] = useState('');
  const [listening, setListening] = useState<string>();
  const wanted = (text: string, keys: readonly string[]) =>
    `${text} ${keys.join(' ')}`.toLowerCase().includes(search.trim().toLowerCase());
  const lines = keyLines(prefs.keys).filter((l) => wanted(words(l.name), l.keys));
  const fixed = [...more, ['1 … 9', t('viewer.presets')] as const].filter(([key, text]) => wanted(text, [key]));
  const setKeys = (make: (old: typeof prefs.keys) => typeof prefs.keys) =>
    change((old) => ({ ...old, keys: make(old.keys) }));
  return (
    <Dialog
      title={t('viewer.keys')}
      wide
      onClose={() => (listening ? setListening(undefined) : onClose())}
      footer={
        <Button look="quiet" onClick={() => setKeys(() => ({}))} disabled={Object.keys(prefs.keys).length === 0}>
          {t('viewer.allKeysBack')}
        </Button>
      }
    >
      <TextField label={t('viewer.searchKeys')} value={search} onChange={(e) => setSearch(e.target.value)} />
      <dl className="viewer-keys">
        {fixed.map(([key, text]) => (
          <div key={text}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
        {lines.map((l) => (
          <KeyRow
            key={l.name}
            line={l}
            keys={prefs.keys}
            page={more}
            listening={listening === l.name}
            onListen={(on) => setListening(on ? l.name : undefined)}
            onKey={(chord) => setKeys((old) => withKey(old, l.name, chord))}
            onBack={() => setKeys((old) => withoutChange(old, l.name))}
          />
        ))}
      </dl>
      <MouseChoices mouse={prefs.mouse} onChange={(mouse) => change((old) => ({ ...old, mouse }))} />
      <p className="muted">{t('viewer.mouse')}</p>
    </Dialog>
  );
}
