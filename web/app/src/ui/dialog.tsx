import { type FormEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './button';
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
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open) return;
    dialog.showModal();
    // The first thing to fill in; without one the way back, so that a second Enter confirms nothing.
    const first = dialog.querySelector<HTMLElement>('.y-dialog-body :is(input, textarea, select), footer button');
    first?.focus();
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <dialog
      ref={ref}
      className={`y-dialog ${wide ? 'y-dialog-wide' : ''}`}
      aria-labelledby={id}
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

interface ConfirmProps {
  title: string;
  /** What will happen, with the patient's name. */
  children: ReactNode;
  action: string;
  look?: 'primary' | 'danger' | 'rescue';
  busy?: boolean;
  disabled?: boolean;
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
    </Dialog>
  );
}
