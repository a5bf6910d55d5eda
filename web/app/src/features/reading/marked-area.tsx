import { type KeyboardEvent, type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Macro } from '@/api/readings';
import { type Blank, blankAt } from './blanks.model';
import { changeOf, type Span, segments } from './marked.model';
import { filled, type Typed, typed } from './typing.model';

interface Props {
  label: string;
  name: string;
  rows: number;
  value: string;
  spans: readonly Span[];
  macros: readonly Macro[];
  area: RefObject<HTMLTextAreaElement | null>;
  onChange: (value: string) => void;
  onStand: (from: number, to: number) => void;
}

/** A text in which blanks are filled by keys, abbreviations expand, and what is doubtful is marked behind the words. */
export function MarkedArea({ label, name, rows, value, spans, macros, area, onChange, onStand }: Props) {
  const id = useId();
  const [spot, setSpot] = useState({ from: 0, to: 0, focused: false });
  const wish = useRef<{ from: number; to: number } | undefined>(undefined);
  useLayoutEffect(() => {
    // A change by key says where the writer stands then; it is known only when the new words are in place.
    const at = wish.current;
    wish.current = undefined;
    if (at) area.current?.setSelectionRange(at.from, at.to);
  });
  const stand = () => {
    const el = area.current;
    if (!el) return;
    const now = { from: el.selectionStart, to: el.selectionEnd, focused: document.activeElement === el };
    setSpot((s) => (s.from === now.from && s.to === now.to && s.focused === now.focused ? s : now));
    onStand(now.from, now.to);
  };
  const told = useRef(stand);
  told.current = stand;
  useEffect(() => {
    // A selection that was made by us counts as one that was made by the writer.
    const moved = () => document.activeElement === area.current && told.current();
    document.addEventListener('selectionchange', moved);
    area.current?.addEventListener('select', moved);
    const el = area.current;
    return () => {
      document.removeEventListener('selectionchange', moved);
      el?.removeEventListener('select', moved);
    };
  }, [area]);
  const run = (t: Typed) => {
    if (t.do === 'leave') return area.current?.blur();
    if (t.do === 'select') return area.current?.setSelectionRange(t.from, t.to);
    wish.current = t;
    typeInto(area.current, changeOf(value, t.text));
  };
  const press = (e: KeyboardEvent<HTMLTextAreaElement>) => {
    if (e.nativeEvent.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
    const { selectionStart: from, selectionEnd: to } = e.currentTarget;
    const t = typed(e, value, { from, to }, macros);
    if (!t) return;
    e.preventDefault();
    run(t);
  };

  const standing = spot.focused ? blankAt(value, spot.from, spot.to) : undefined;
  return (
    <div className="y-field">
      <label htmlFor={id}>{label}</label>
      <div className="marked">
        <div className="y-input marked-back" aria-hidden="true">
          {segments(value, spans).map((s, i) => {
            const key = i; // pieces of a text are their order
            return s.look ? (
              <mark key={key} className={`mark-${s.look}`}>
                {s.text}
              </mark>
            ) : (
              <span key={key}>{s.text}</span>
            );
          })}{' '}
        </div>
        <textarea
          ref={area}
          id={id}
          name={name}
          rows={rows}
          className="y-input"
          value={value}
          spellCheck={false}
          onKeyDown={press}
          onSelect={stand}
          onFocus={stand}
          onBlur={() => setSpot((s) => ({ ...s, focused: false }))}
          onChange={(e) => onChange(e.target.value)}
        />
      </div>
      {standing && <BlankBar blank={standing} onChoose={(words) => run(filled(value, standing, words))} />}
    </div>
  );
}

/** What the blank can become: a number of the keyboard or a press chooses. */
function BlankBar({ blank, onChoose }: { blank: Blank; onChoose: (words: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="blank-bar" role="toolbar" aria-label={t('reading.blank.title')} data-testid="blank-bar">
      {blank.kind === 'choice' ? (
        blank.options.map((option, i) => (
          // The text keeps the focus: a press must not take the writer out of it.
          <button key={option} type="button" onMouseDown={(e) => e.preventDefault()} onClick={() => onChoose(option)}>
            {i < 9 && <kbd>{i + 1}</kbd>} {option || t('reading.blank.nothing')}
          </button>
        ))
      ) : (
        <span className="muted">
          {blank.kind === 'number' ? t('reading.blank.number') : blank.hint || t('reading.blank.words')}
        </span>
      )}
      <span className="muted end">
        <kbd>Tab</kbd> {t('reading.blank.next')}
      </span>
    </div>
  );
}

/** Types into a field as a person would, so that the browser's undo takes it back. */
function typeInto(el: HTMLTextAreaElement | null, change: { from: number; to: number; words: string }): void {
  if (!el) return;
  el.focus();
  el.setSelectionRange(change.from, change.to);
  const typed = document.execCommand(change.words === '' ? 'delete' : 'insertText', false, change.words);
  if (typed) return;
  el.setRangeText(change.words, change.from, change.to, 'end');
  el.dispatchEvent(new Event('input', { bubbles: true }));
}
