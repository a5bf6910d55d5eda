import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/app/session';
import { remember, unfinished } from '@/features/transfer/import-memory';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';

interface Props {
  onChosen: (files: File[]) => void;
  onDropped: (drop: DataTransfer) => void;
}

/** The place to drop a disc or a folder, and the two buttons that do the same. The whole window takes the drop. */
export function ImportDrop({ onChosen, onDropped }: Props) {
  const { t } = useTranslation();
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const over = useDrop(onDropped);
  const choose = (input: HTMLInputElement) => {
    const list = Array.from(input.files ?? []);
    input.value = ''; // the same folder may be chosen again
    if (list.length > 0) onChosen(list);
  };
  return (
    <>
      <Reminder />
      <div className="import-drop" data-over={over || undefined}>
        <Icon name="upload" size={40} />
        <h2>{over ? t('import.dropNow') : t('import.drop')}</h2>
        <p className="muted">{t('import.dropHint')}</p>
        <div className="import-drop-buttons">
          <Button look="primary" size="large" onClick={() => folder.current?.click()}>
            {t('import.folder')}
          </Button>
          <Button size="large" onClick={() => files.current?.click()}>
            {t('import.files')}
          </Button>
        </div>
        <input
          ref={(input) => {
            folder.current = input;
            input?.setAttribute('webkitdirectory', '');
          }}
          type="file"
          multiple
          hidden
          aria-label={t('import.folder')}
          onChange={(event) => choose(event.currentTarget)}
        />
        <input
          ref={files}
          type="file"
          multiple
          hidden
          aria-label={t('import.files')}
          onChange={(event) => choose(event.currentTarget)}
        />
      </div>
      <ol className="import-steps">
        {(['one', 'two', 'three'] as const).map((step) => (
          <li key={step}>{t(`import.steps.${step}`)}</li>
        ))}
      </ol>
    </>
  );
}

/** That an import was broken off, until it is taken up or nobody wants to know. */
function Reminder() {
  const { t } = useTranslation();
  const format = useFormat();
  const person = useMe().person.id;
  const [left, setLeft] = useState(() => unfinished(person));
  if (!left) return;
  const forget = () => {
    remember(person, undefined);
    setLeft(undefined);
  };
  return (
    <div className="import-note" role="status">
      <Icon name="clock" />
      <p>{t('import.unfinished', { at: format.moment(left.at), n: format.number(left.files) })}</p>
      <Button size="small" look="quiet" onClick={forget}>
        {t('import.forget')}
      </Button>
    </div>
  );
}

/** Takes files that are dropped anywhere on the window; answers whether some are held over it. */
function useDrop(onDropped: (drop: DataTransfer) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(onDropped);
  latest.current = onDropped;
  useEffect(() => {
    const hold = () => setOver(true);
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      setOver(false);
      if (event.dataTransfer) latest.current(event.dataTransfer);
    };
    window.addEventListener('dragenter', hold);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', hold);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return over;
}
