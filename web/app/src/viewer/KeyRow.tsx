import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chordOf, holderOf, type KeyLine, shownKey } from './keys.model';
import type { Prefs } from './prefs.model';
import { useCommandWords } from './ToolButton';

interface Props {
  line: KeyLine;
  keys: Prefs['keys'];
  page: readonly (readonly [string, string])[];
  listening: boolean;
  onListen: (on: boolean) => void;
  onKey: (chord: string) => void;
  onBack: () => void;
}

/** One command and its keys; pressing the keys' button waits for another one. */
export function KeyRow({ line, keys, page, listening, onListen, onKey, onBack }: Props) {
  const { t } = useTranslation();
  const words = useCommandWords();
  const name = words(line.name);
  return (
    <div data-testid={`key-${line.name}`}>
      <dt>
        {listening ? (
          <Listener keys={keys} name={line.name} page={page} onKey={onKey} onDone={() => onListen(false)} />
        ) : (
          <button
            type="button"
            className="viewer-key"
            onClick={() => onListen(true)}
            aria-label={t('viewer.changeKey', { name, key: line.keys.map(shownKey).join(', ') })}
            title={t('viewer.changeKeyHint')}
          >
            {line.keys.length === 0 && <span className="muted">{t('viewer.noKey')}</span>}
            {line.keys.map((key) => (
              <kbd key={key}>{shownKey(key) === 'Space' ? t('viewer.space') : shownKey(key)}</kbd>
            ))}
          </button>
        )}
      </dt>
      <dd>
        {name}
        {line.changed && (
          <button type="button" className="y-link viewer-key-back" onClick={onBack}>
            {t('viewer.keyBack')}
          </button>
        )}
      </dd>
    </div>
  );
}

interface ListenerProps {
  name: string;
  keys: Prefs['keys'];
  page: readonly (readonly [string, string])[];
  onKey: (chord: string) => void;
  onDone: () => void;
}

/** Waits for a key. One that is taken is told first, and taken over by a second press. */
function Listener({ name, keys, page, onKey, onDone }: ListenerProps) {
  const { t } = useTranslation();
  const words = useCommandWords();
  const [taken, setTaken] = useState<{ chord: string; by: string; fixed: boolean }>();
  const press = useRef<(e: KeyboardEvent) => void>(() => undefined);
  press.current = (e) => {
    if (e.key === 'Tab') return;
    e.preventDefault();
    e.stopPropagation();
    if (e.key === 'Escape') return onDone();
    const chord = chordOf(e);
    if (!chord) return;
    const ofPage = page.find(([key]) => key.toLowerCase() === chord)?.[1];
    const holder = holderOf(chord, keys);
    const again = taken?.chord === chord && !taken.fixed;
    if (ofPage) return setTaken({ chord, by: ofPage, fixed: true });
    if (holder && holder !== name && !again) return setTaken({ chord, by: words(holder), fixed: false });
    onKey(chord);
    onDone();
  };
  useEffect(() => {
    const listen = (e: KeyboardEvent) => press.current(e);
    window.addEventListener('keydown', listen, true);
    return () => window.removeEventListener('keydown', listen, true);
  }, []);
  const said = { key: shownKey(taken?.chord ?? ''), name: taken?.by ?? '' };
  return (
    <span className="viewer-key viewer-key-listening" role="status">
      {!taken && t('viewer.pressKey')}
      {taken?.fixed && t('viewer.keyOfPage', said)}
      {taken && !taken.fixed && t('viewer.keyTaken', said)}
    </span>
  );
}
