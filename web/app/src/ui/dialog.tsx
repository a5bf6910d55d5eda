import { type FormEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './button';
import { ErrorNote } from './states';
import './dialog.css';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  onSubmit?: () => void;
}

/** A modal window on the browser's own dialog: focus stays inside, Esc closes, focus returns. */
export function Dialog({ title, onClose, children, footer, wide, onSubmit }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { t } = useTranslation();
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    dialog.showModal();
    begin(dialog);
    // One that is only taken out of the page leaves the focus nowhere.
    return () => dialog.close();
  }, []);
  // What had the focus goes with a step of the dialog: the next step has it then.
  const last = useRef<Element>(null);
  useLayoutEffect(() => {
    if (ref.current && last.current?.isConnected === false && !ref.current.contains(document.activeElement))
      begin(ref.current);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <dialog
      ref={ref}
      className={`y-dialog ${wide ? 'y-dialog-wide' : ''}`}
      aria-labelledby={id}
      onFocus={(event) => {
        last.current = event.target;
      }}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <form method="dialog" onSubmit={submit}>
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label={t('common.close')} onClick={onClose} />
        </header>
        <div className="y-dialog-body">{children}</div>
        {footer && <footer>{footer}</footer>}
      </form>
    </dialog>
  );
}

/** The first thing to fill in that takes it; without one the way back, so that a second Enter confirms nothing. */
function begin(dialog: HTMLDialogElement) {
  const fields = ':is(.y-dialog-body :is(input, textarea, select), footer button):enabled';
  const first = dialog.querySelector<HTMLElement>(fields) ?? dialog.querySelector<HTMLElement>('button');
  first?.focus();
}

interface ConfirmProps {
  title: string;
  /** What will happen, with the patient's name. */
  children: ReactNode;
  action: string;
  look?: 'primary' | 'danger' | 'rescue';
  busy?: boolean;
  disabled?: boolean;
  /** Why it was not done: it may be pressed again. */
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({
  title,
  children,
  action,
  look = 'primary',
  busy,
  disabled,
  error,
  onConfirm,
  onClose,
}: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => !disabled && !busy && onConfirm()}
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('common.back')}
          </Button>
          <Button type="submit" look={look} busy={busy} disabled={disabled}>
            {action}
          </Button>
        </>
      }
    >
      {children}
      {Boolean(error) && !busy && <ErrorNote error={error} />}
    </Dialog>
  );
}
