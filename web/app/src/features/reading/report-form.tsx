import { useQuery } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type Draft, macrosQuery, type Reading } from '@/api/readings';
import { useFormat } from '@/i18n/format';
import { useToast } from '@/ui/toast';
import type { PlacedPicture } from '@/viewer/objects/links.model';
import { blanksIn, nextBlank } from './blanks.model';
import type { Mark, Part } from './checks.model';
import { ChecksList } from './checks-list';
import { Conflict } from './conflict';
import { LinesBar } from './lines-bar';
import { allMacros } from './macros.model';
import type { Span } from './marked.model';
import { MarkedArea } from './marked-area';
import { RefChips } from './ref-chips';
import { ReportBar } from './report-bar';
import { allNormal, offersOf, withLine, withOffer } from './template.model';
import { useChords } from './use-chords';
import type { ReportEditor } from './use-report';
import { useTemplates } from './use-templates';

interface Props {
  reading: Reading;
  editor: ReportEditor;
  /** What the checks found. */
  marks: readonly Mark[];
  /** Shows a picture that the text names. */
  onGo: (p: PlacedPicture) => void;
}

/** The report being written: technique, findings by organ, impression; what a template offers, what is doubtful, what is saved. */
export function ReportForm({ reading, editor, marks, onGo }: Props) {
  const { t, i18n } = useTranslation();
  const toast = useToast();
  const { draft } = editor;
  const templates = useTemplates(reading);
  const { data: macros } = useQuery(macrosQuery);
  const short = allMacros(macros?.items ?? [], i18n.language);
  const areas = {
    technique: useRef<HTMLTextAreaElement>(null),
    findings: useRef<HTMLTextAreaElement>(null),
    impression: useRef<HTMLTextAreaElement>(null),
  };
  const select = (part: Part, from: number, to: number) => {
    const area = areas[part].current;
    area?.focus();
    area?.setSelectionRange(from, to);
    area?.scrollIntoView({ block: 'nearest' });
  };
  // Words that come from elsewhere leave the writer behind them, as if they had been typed; by itself a field goes to its end.
  const { put: caret } = editor;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time
  useLayoutEffect(() => {
    if (caret) areas[caret.part].current?.setSelectionRange(caret.from, caret.to);
  }, [caret]);
  /** Stands in the next blank of what was just written, once it is in its field. */
  const due = useRef<{ part: Part; from: number } | undefined>(undefined);
  const stand = (part: Part, from: number) => {
    due.current = { part, from };
  };
  useEffect(() => {
    const at = due.current;
    due.current = undefined;
    const blank = at && nextBlank(draft[at.part], at.from);
    if (blank) select(at.part, blank.from, blank.to);
  });
  const template = templates.current;
  const offers = template ? offersOf(draft, template) : [];
  const put = (next: Draft) => {
    const before = draft;
    editor.replace(next);
    toast.say(t('reading.lines.written'), { undo: () => editor.replace(before) });
  };
  const normal = () => {
    if (!template) return;
    const next = allNormal(draft, template);
    put(next);
    const first = (['technique', 'findings', 'impression'] as const).find((part) => blanksIn(next[part]).length > 0);
    if (first) stand(first, 0);
  };
  const write = (findings: string, line: number) => {
    editor.edit({ findings });
    const at = findings.split('\n').slice(0, line).join('\n').length;
    if (blanksIn(findings).length > 0) stand('findings', at);
  };
  const offer = (sentences: readonly string[]) => {
    if (!template) return;
    const impression = sentences.reduce((text, s) => withOffer(text, template, s), draft.impression);
    editor.edit({ impression });
    if (blanksIn(impression).length > 0) stand('impression', 0);
  };
  useChords({
    Digit0: normal,
    KeyI: offers.length > 0 ? () => offer(offers.map((o) => o.sentence)) : undefined,
    ...Object.fromEntries(
      (template?.lines.slice(0, 9) ?? []).map((line, i) => [
        `Digit${i + 1}`,
        () => template && write(withLine(draft.findings, template.lines, i, line.normal), i),
      ]),
    ),
  });
  const area = (name: Part, rows: number) => (
    <MarkedArea
      label={t(`reading.${name}`)}
      name={name}
      rows={rows}
      value={draft[name]}
      spans={spansOf(draft[name], name, marks)}
      macros={short}
      area={areas[name]}
      onChange={(value) => editor.edit({ [name]: value })}
      onStand={(from, to) => editor.stand({ part: name, from, to })}
    />
  );
  return (
    <div className="report-form">
      <ReportBar
        reading={reading}
        editor={editor}
        templates={templates}
        onNormal={normal}
        note={<SavingNote editor={editor} />}
      />
      <Conflict reading={reading} editor={editor} />
      {template && <LinesBar template={template} findings={draft.findings} onFindings={write} />}
      {area('technique', 1)}
      {area('findings', 9)}
      {offers.length > 0 && (
        <div className="offers" data-testid="offers">
          <span className="muted">{t('reading.lines.offers')}</span>
          {offers.map((o, i) => (
            <button key={o.sentence} type="button" onClick={() => offer([o.sentence])}>
              + {o.sentence} {i === 0 && <kbd>Alt I</kbd>}
            </button>
          ))}
        </div>
      )}
      {area('impression', 4)}
      <RefChips study={reading.study} texts={[draft.findings, draft.impression]} onGo={onGo} />
      <ChecksList marks={listed(marks)} onGo={(m) => select(m.part, m.from, m.to)} />
    </div>
  );
}

/** What the list says: blanks are to be seen in the text, one line stands for them all; what is empty is, too. */
function listed(marks: readonly Mark[]): Mark[] {
  const blank = marks.find((m) => m.code === 'blank');
  return marks.filter((m) => m.code !== 'empty' && (m.code !== 'blank' || m === blank));
}

function spansOf(text: string, part: Part, marks: readonly Mark[]): Span[] {
  const blanks: Span[] = blanksIn(text).map((b) => ({ from: b.from, to: b.to, look: 'blank' }));
  const doubts = marks.filter((m) => m.part === part && m.code !== 'blank' && m.to > m.from);
  return [...blanks, ...doubts.map((m) => ({ from: m.from, to: m.to, look: m.level }))];
}

/** What the server has of the report, and since when it has not. */
function SavingNote({ editor }: { editor: ReportEditor }) {
  const { t } = useTranslation();
  const { moment } = useFormat();
  const s = editor.saving;
  const text =
    s.phase === 'clean'
      ? s.saved && t('reading.saving.saved', { time: moment(s.saved) })
      : s.phase === 'conflict'
        ? t('reading.saving.moved')
        : t(`reading.saving.${s.phase}`, { time: moment(s.since) });
  const bad = s.phase === 'failed' || s.phase === 'conflict';
  return (
    <span className={bad ? 'report-saving report-saving-bad' : 'report-saving'} role="status" data-phase={s.phase}>
      {text}
    </span>
  );
}
