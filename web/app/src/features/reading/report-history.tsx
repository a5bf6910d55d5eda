import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Draft, Reading, ReportVersion } from '@/api/readings';
import { useFormat } from '@/i18n/format';
import { diffWords, isChanged, type Piece } from './diff.model';
import { textBefore } from './reading.model';

const parts = ['technique', 'findings', 'impression'] as const;

/** What a reviewer has changed of what the writer signed, while it is changed. */
export function ReviewDiff({ reading, draft }: { reading: Reading; draft: Draft }) {
  const { t } = useTranslation();
  const signed = (reading.report?.history ?? [])
    .filter((v) => v.reading === reading.id && v.state !== 'returned')
    .at(-1);
  if (!signed) return null;
  return (
    <section className="report-diff" aria-label={t('reading.diff')} data-testid="review-diff">
      <h3>{t('reading.diff')}</h3>
      <Changes before={signed} after={draft} none={t('reading.diffNone')} />
    </section>
  );
}

interface Text {
  technique?: string;
  findings: string;
  impression: string;
}

function Changes({ before, after, none }: { before: Text; after: Text; none: string }) {
  const { t } = useTranslation();
  const all = parts
    .map((part) => ({ part, pieces: diffWords(before[part] ?? '', after[part] ?? '') }))
    .filter((c) => isChanged(c.pieces));
  if (all.length === 0) return <p className="muted">{none}</p>;
  return all.map(({ part, pieces }) => (
    <p key={part} className="report-change">
      <b>{t(`reading.${part}`)}</b> <Pieces pieces={pieces} />
    </p>
  ));
}

function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map((p, i) => {
    const key = i; // the pieces of a text are their order
    if (p.op === 'insert') return <ins key={key}>{p.text}</ins>;
    if (p.op === 'delete') return <del key={key}>{p.text}</del>;
    return <Fragment key={key}>{p.text}</Fragment>;
  });
}

/** Everything that was signed, the newest first, each with what it changed. */
export function History({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const history = reading.report?.history ?? [];
  if (history.length === 0) return null;
  return (
    <details className="report-fold" data-testid="history">
      <summary>{t('reading.history', { count: history.length })}</summary>
      <ol>
        {history.toReversed().map((v) => (
          <li key={v.version}>
            <Version v={v} before={textBefore(history, v)} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function Version({ v, before }: { v: ReportVersion; before: ReportVersion | undefined }) {
  const { t } = useTranslation();
  const { moment } = useFormat();
  return (
    <>
      <p className="report-version">
        <b>{t(`reading.step.${v.state}`)}</b> {v.author?.name} <time className="num">{moment(v.at)}</time>
        {v.discrepancy ? (
          <span>
            {t('reading.discrepancy')} {t(`reading.grade.${v.discrepancy as 1}`)}
          </span>
        ) : null}
      </p>
      {v.reason && <p className="soft">{v.reason}</p>}
      {v.state !== 'returned' && before && <Changes before={before} after={v} none={t('reading.diffNone')} />}
    </>
  );
}

/** What was added to or corrected in a released report. */
export function Addenda({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const { moment } = useFormat();
  const addenda = reading.addenda ?? [];
  return (
    <>
      {reading.parent && (
        <p className="report-note">
          {t(`reading.kind.${reading.kind ?? 'addendum'}`)} ·{' '}
          <Link to={`/readings/${reading.parent}`}>{t('reading.parent')}</Link>
        </p>
      )}
      {addenda.map((a) => (
        <section key={a.id} className="report-addendum" data-testid="addendum">
          <h3>
            {t(`reading.kind.${a.kind}`)} · {t(`reading.states.${a.state}`)}{' '}
            <span className="muted">
              {a.by?.name} {moment(a.at)}
            </span>
          </h3>
          {a.text ? (
            <p className="report-body">{a.text}</p>
          ) : (
            <Link to={`/readings/${a.id}`}>{t('reading.openAddendum')}</Link>
          )}
        </section>
      ))}
    </>
  );
}
