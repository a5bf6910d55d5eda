import { useEffect, useReducer, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { dictationSource } from './dictation';
import { nextDictating, written } from './dictation.model';
import { useChords } from './use-chords';

const agreed = 'yilian.dictation';

/** Writes what is said where the writer stands. Absent where nothing can listen. */
export function DictationButton({ onWords }: { onWords: (words: string) => void }) {
  const { t, i18n } = useTranslation();
  const source = useRef(dictationSource(window)).current;
  const [state, dispatch] = useReducer(nextDictating, { phase: 'off' });
  const [asking, setAsking] = useState(false);
  const stop = useRef<() => void>(undefined);
  const write = useRef(onWords);
  write.current = onWords;
  useEffect(() => () => stop.current?.(), []);
  const begin = () => {
    const language = i18n.language === 'en' ? 'en-GB' : 'zh-CN';
    dispatch({ type: 'start' });
    try {
      stop.current = source?.start(language, (heard) => {
        dispatch(heard);
        if (heard.type === 'words' && heard.final) write.current(written(heard.text, language));
      });
    } catch {
      dispatch({ type: 'ended', why: 'other' }); // what was brought may fail as it likes
    }
  };
  const press = () => {
    if (state.phase === 'on') {
      stop.current?.();
      dispatch({ type: 'stop' });
    } else if (source?.remote && localStorage.getItem(agreed) !== 'yes') setAsking(true);
    else begin();
  };
  useChords({ KeyD: source && press });
  if (!source) return null;
  return (
    <>
      <Button
        size="small"
        look={state.phase === 'on' ? 'primary' : 'plain'}
        // The writer's place in the text must not be lost by the press.
        onMouseDown={(e) => e.preventDefault()}
        onClick={press}
        icon="mic"
      >
        {t(state.phase === 'on' ? 'reading.dictation.stop' : 'reading.dictation.start')}
      </Button>
      {state.phase === 'on' && (
        // Also before a word is heard: the text below must not move up and down with every sentence.
        <span className="muted dictation-interim">{state.interim || t('reading.dictation.hearing')}</span>
      )}
      {state.phase === 'failed' && (
        <span className="report-saving-bad dictation-interim" role="alert">
          {t(`reading.dictation.${state.why}`)}
        </span>
      )}
      {asking && (
        <Confirm
          title={t('reading.dictation.askTitle')}
          action={t('reading.dictation.start')}
          onConfirm={() => {
            localStorage.setItem(agreed, 'yes');
            setAsking(false);
            begin();
          }}
          onClose={() => setAsking(false)}
        >
          <p>{t('reading.dictation.ask')}</p>
        </Confirm>
      )}
    </>
  );
}
