import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '@/ui/dialog';
import { TextField } from '@/ui/field';

interface Asked {
  text: string;
  answer: (text: string) => void;
}

/** Asks for the text of an arrow: `ask` for the tools, `dialog` for the page. */
export function useArrowText() {
  const [asked, setAsked] = useState<Asked>();
  const ask = useCallback((text: string) => new Promise<string>((resolve) => setAsked({ text, answer: resolve })), []);
  const close = (text: string) => {
    asked?.answer(text);
    setAsked(undefined);
  };
  return { ask, dialog: asked && <ArrowText text={asked.text} onDone={close} /> };
}

function ArrowText({ text, onDone }: { text: string; onDone: (text: string) => void }) {
  const { t } = useTranslation();
  const [value, setValue] = useState(text);
  return (
    <Confirm
      title={t('viewer.tool.arrow')}
      action={t('viewer.arrowKeep')}
      disabled={value.trim() === ''}
      onConfirm={() => onDone(value.trim())}
      onClose={() => onDone('')}
    >
      <TextField
        label={t('viewer.arrowText')}
        maxLength={60}
        autoFocus
        value={value}
        onChange={(e) => setValue(e.target.value)}
      />
    </Confirm>
  );
}
