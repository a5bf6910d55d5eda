import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './button';
import { useErrorText } from './states';
import './toast.css';

interface Note {
  id: number;
  text: string;
  tone: 'plain' | 'bad' | 'done';
  undo?: () => void;
}

interface Toasts {
  say: (text: string, options?: { tone?: Note['tone']; undo?: () => void }) => void;
  fail: (error: unknown) => void;
}

const ToastContext = createContext<Toasts>({ say: () => undefined, fail: () => undefined });

export const useToast = () => use(ToastContext);

/** Short notes at the edge; one that can be undone stays ten seconds, an error until it is closed or 12 s have passed. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [notes, setNotes] = useState<Note[]>([]);
  const next = useRef(1);
  const { t } = useTranslation();
  const words = useErrorText();
  const close = useCallback((id: number) => setNotes((all) => all.filter((note) => note.id !== id)), []);
  const say = useCallback<Toasts['say']>(
    (text, options = {}) => {
      const id = next.current++;
      const tone = options.tone ?? 'plain';
      setNotes((all) => [
        ...all.filter((note) => note.text !== text).slice(-3),
        { id, text, tone, undo: options.undo },
      ]);
      setTimeout(() => close(id), options.undo ? 10_000 : tone === 'bad' ? 12_000 : 4_000);
    },
    [close],
  );
  const wordsRef = useRef(words);
  wordsRef.current = words;
  const value = useMemo<Toasts>(() => ({ say, fail: (error) => say(wordsRef.current(error), { tone: 'bad' }) }), [say]);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // A popover shown last lies above an open dialog; one below it could not be read.
    const popover = box.current;
    if (!popover?.showPopover) return;
    if (popover.matches(':popover-open')) popover.hidePopover();
    if (notes.length > 0) popover.showPopover();
  }, [notes]);
  return (
    <ToastContext value={value}>
      {children}
      <div ref={box} popover="manual" className="y-toasts" role="status" aria-live="polite">
        {notes.map((note) => (
          <div key={note.id} className={`y-toast y-toast-${note.tone}`}>
            <p>{note.text}</p>
            {note.undo && (
              <Button
                size="small"
                look="quiet"
                onClick={() => {
                  note.undo?.();
                  close(note.id);
                }}
              >
                {t('common.undo')}
              </Button>
            )}
            <IconButton icon="close" label={t('common.close')} size={14} onClick={() => close(note.id)} />
          </div>
        ))}
      </div>
    </ToastContext>
  );
}
