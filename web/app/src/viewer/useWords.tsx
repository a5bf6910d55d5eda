import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { useToast } from '@/ui/toast';
import type { Viewer } from './engine';
import { type Figure, figureText } from './figures.model';
import type { Question } from './tools';
import type { Reading } from './tools/measure.model';

interface Asked {
  what: Question | 'note' | 'windowName';
  text: string;
  answer: (text: string | undefined) => void;
}

/** Asks a person for words; undefined when they leave without an answer. */
export type Ask = (what: Asked['what'], text: string) => Promise<string | undefined>;

const unnamed = new Set<Figure['kind']>(['length', 'angle', 'value']);

/** The page's words for the tools; answers how to ask, and the dialog in which it is asked. */
export function useWords(viewer: Viewer) {
  const { t } = useTranslation();
  const { say } = useToast();
  const [asked, setAsked] = useState<Asked>();
  const ask = useCallback<Ask>((what, text) => new Promise((answer) => setAsked({ what, text, answer })), []);
  useEffect(() => {
    const named = (f: Figure) =>
      unnamed.has(f.kind) ? figureText(f) : `${t(`viewer.figure.${f.kind}`)} ${figureText(f)}`;
    const lines = ({ figures, known, note }: Reading) => [
      ...(known ? [t('viewer.known', { mm: known })] : []),
      ...figures.map(named),
      ...(note ? [t(`viewer.note.${note}`)] : []),
    ];
    viewer.speak({
      lines,
      ask: async (what, text) => (await ask(what, text)) ?? '',
      refuseCalibration: () => say(t('viewer.ownScale')),
    });
  }, [viewer, t, ask, say]);
  const close = (text: string | undefined) => {
    asked?.answer(text);
    setAsked(undefined);
  };
  return { ask, dialog: asked && <Words what={asked.what} text={asked.text} onDone={close} /> };
}

interface WordsProps {
  what: Asked['what'];
  text: string;
  onDone: (text: string | undefined) => void;
}

function Words({ what, text, onDone }: WordsProps) {
  const { t } = useTranslation();
  const [value, setValue] = useState(text);
  const number = what === 'length';
  const wrong = number ? !(Number.parseFloat(value) > 0) : what !== 'note' && value.trim() === '';
  return (
    <Confirm
      title={t(`viewer.askFor.${what}`)}
      action={number ? t('viewer.calibrate') : t('viewer.keep')}
      disabled={wrong}
      onConfirm={() => onDone(value.trim())}
      onClose={() => onDone(undefined)}
    >
      <TextField
        label={t(`viewer.ask.${what}`)}
        hint={number ? t('viewer.calibrateHint') : undefined}
        maxLength={number ? 8 : 60}
        inputMode={number ? 'decimal' : 'text'}
        autoFocus
        value={value}
        onChange={(e) => setValue(e.target.value)}
      />
    </Confirm>
  );
}
