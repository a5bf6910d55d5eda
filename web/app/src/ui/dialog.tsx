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
    const release = hold(dialog);
    return () => {
      release();
      // One that is only taken out of the page leaves the focus nowhere.
      dialog.close();
    };
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
      tabIndex={-1}
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
function begin(dialog: HTMLDialogElement, fields = 'input, textarea, select') {
  const takers = `.y-dialog-body :is(${fields}):not(:disabled), footer button:not(:disabled)`;
  const first = dialog.querySelector<HTMLElement>(takers) ?? dialog.querySelector<HTMLElement>('button');
  first?.focus();
}

/**
 * Keeps the focus inside. What is disabled while work goes on leaves it to the window and has it back afterwards; what goes with a step
 * of the dialog leaves it to the first thing of the next step, be it a choice.
 */
function hold(dialog: HTMLDialogElement): () => void {
  let had = document.activeElement;
  const onFocus = ({ target }: FocusEvent) => {
    had = target as Element;
  };
  const look = () => {
    const now = document.activeElement ?? document.body;
    const nowhere = now === document.body || now === dialog || (dialog.contains(now) && now.matches(':disabled'));
    if (!nowhere || !had || had === dialog) return;
    if (!dialog.contains(had)) begin(dialog, 'input, textarea, select, [role="radio"][aria-checked="true"]');
    else if (!had.matches(':disabled')) (had as HTMLElement).focus();
    else if (now !== dialog) {
      const waiting = had;
      dialog.focus({ preventScroll: true });
      had = waiting;
    }
  };
  const changes = new MutationObserver(look);
  changes.observe(dialog, { subtree: true, childList: true, attributeFilter: ['disabled'] });
  dialog.addEventListener('focusin', onFocus);
  return () => {
    changes.disconnect();
    dialog.removeEventListener('focusin', onFocus);
  };
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
