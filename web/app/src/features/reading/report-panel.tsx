import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Draft, type Reading, templatesQuery } from '@/api/readings';
import { useFormat } from '@/i18n/format';
import { TextArea } from '@/ui/field';
import { Menu, MenuItem } from '@/ui/menu';
import { withTemplate } from './reading.model';
import type { ReportEditor } from './use-report';

/** The report being written: technique, findings, impression; templates; what the server has of it. */
export function ReportForm({ reading, editor }: { reading: Reading; editor: ReportEditor }) {
  const { t } = useTranslation();
  const { draft, edit } = editor;
  const field = (name: keyof Draft, rows: number, label: string) => (
    <TextArea
      label={label}
      name={name}
      rows={rows}
      value={draft[name]}
      onSelect={
        name === 'findings'
          ? (e) => {
              editor.caret.current = e.currentTarget.selectionStart;
            }
          : undefined
      }
      onChange={(e) => edit({ [name]: e.target.value })}
    />
  );
  return (
    <div className="report-form">
      <div className="report-bar">
        <Templates reading={reading} editor={editor} />
        <SavingNote editor={editor} />
      </div>
      <Warnings reading={reading} />
      {field('technique', 1, t('reading.technique'))}
      {field('findings', 9, t('reading.findings'))}
      {field('impression', 4, t('reading.impression'))}
    </div>
  );
}

const told = new Set(['report.side', 'report.sex']);

/** Doubts about the text; they stop nobody. */
function Warnings({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  return reading.report?.warnings
    ?.filter((w) => told.has(w.code))
    .map((w) => (
      <p key={w.code} className="report-warning" role="status">
        {t(w.code === 'report.side' ? 'reading.warning.side' : 'reading.warning.sex', { word: w.word })}
      </p>
    ));
}

function Templates({ reading, editor }: { reading: Reading; editor: ReportEditor }) {
  const { t } = useTranslation();
  const { data } = useQuery(templatesQuery(reading.modality, reading.bodyPart ?? ''));
  if (!data?.length) return <span />;
  return (
    <Menu label={t('reading.template')} button={t('reading.template')}>
      {(close) =>
        data.map((template) => (
          <MenuItem
            key={template.id}
            onClick={() => {
              editor.replace(withTemplate(editor.draft, template));
              close();
            }}
          >
            {template.name}
          </MenuItem>
        ))
      }
    </Menu>
  );
}

function SavingNote({ editor }: { editor: ReportEditor }) {
  const { t } = useTranslation();
  const { moment } = useFormat();
  const s = editor.saving;
  if (s.phase === 'conflict') {
    return (
      <span className="report-saving report-saving-bad" role="alert">
        {t('reading.saving.conflict')}
        <button type="button" onClick={() => editor.settle('theirs')}>
          {t('reading.saving.theirs')}
        </button>
        <button type="button" onClick={() => editor.settle('ours')}>
          {t('reading.saving.ours')}
        </button>
      </span>
    );
  }
  const text =
    s.phase === 'clean'
      ? s.saved
        ? t('reading.saving.saved', { time: moment(s.saved) })
        : ''
      : t(`reading.saving.${s.phase}`);
  return (
    <span className={s.phase === 'failed' ? 'report-saving report-saving-bad' : 'report-saving'} role="status">
      {text}
    </span>
  );
}

/** A report to read. */
export function ReportText({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const r = reading.report;
  if (!r || (!r.findings && !r.impression)) return <p className="muted report-none">{t('reading.noReport')}</p>;
  return (
    <article className="report-text">
      {r.preliminary && <p className="report-returned">{t('reading.preliminary')}</p>}
      {r.recalled && (
        <p className="report-returned">
          {t('reading.recalled')} {r.recalled}
        </p>
      )}
      {r.technique && <Section title={t('reading.technique')} text={r.technique} />}
      <Section title={t('reading.findings')} text={r.findings} />
      <Section title={t('reading.impression')} text={r.impression} strong />
    </article>
  );
}

function Section({ title, text, strong }: { title: string; text: string; strong?: boolean }) {
  return (
    <section>
      <h3>{title}</h3>
      <p className={strong ? 'report-body report-strong' : 'report-body'}>{text}</p>
    </section>
  );
}
