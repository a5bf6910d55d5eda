import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { Draft, Reading, ReportVersion } from '@/api/readings';
import { useFormat } from '@/i18n/format';
import { Changes } from './changes';
import { askedVersion, hasText } from './feedback.model';
import { draftOf, sameDraft, textBefore } from './reading.model';
import type { ReportEditor } from './use-report';

/** What a reviewer has changed of what the writer signed, while it is changed; each change can be taken back. */
export function ReviewDiff({ reading, editor }: { reading: Reading; editor: ReportEditor }) {
  const { t } = useTranslation();
  const signed = (reading.report?.history ?? [])
    .filter((v) => v.reading === reading.id && v.state !== 'returned')
    .at(-1);
  if (!signed) return null;
  const back = (part: keyof Draft, text: string) => editor.edit({ [part]: text });
  return (
    <section className="report-diff" aria-label={t('reading.diff')} data-testid="review-diff">
      <h3>{t('reading.diff')}</h3>
      <Changes
        before={signed}
        after={editor.draft}
        none={t('reading.diffNone')}
        actions={[{ sign: '↺', name: t('reading.change.back'), makes: false, others: true, act: back }]}
      />
    </section>
  );
}

/** What the reviewer proposed when sending the report back: the writer takes each change, or leaves it. */
export function Proposal({ reading, editor }: { reading: Reading; editor: ReportEditor }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState<Draft>();
  const last = (reading.report?.history ?? []).filter((v) => v.reading === reading.id).at(-1);
  if (last?.state !== 'returned' || (!last.findings && !last.impression)) return null;
  const proposed = left ?? draftOf(last);
  if (sameDraft(proposed, editor.draft)) return null;
  const take = (part: keyof Draft, text: string) => editor.edit({ [part]: text });
  // Turned down: from now on the proposal says what the writer says there.
  const leave = (part: keyof Draft, text: string) => setLeft({ ...proposed, [part]: text });
  return (
    <section className="report-diff" data-testid="proposal">
      <h3>
        {t('reading.change.proposed', { name: last.author?.name ?? '' })}
        <button type="button" className="y-link" onClick={() => editor.replace(proposed)}>
          {t('reading.change.takeAll')}
        </button>
      </h3>
      <Changes
        before={editor.draft}
        after={proposed}
        actions={[
          { sign: '✓', name: t('reading.change.take'), makes: true, others: false, act: take },
          { sign: '✕', name: t('reading.change.leave'), makes: false, others: true, act: leave },
        ]}
      />
    </section>
  );
}

/** Everything that was signed, the newest first, each with what it changed. It stands open at the version that the address names. */
export function History({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const [address] = useSearchParams();
  const fold = useRef<HTMLDetailsElement>(null);
  const history = reading.report?.history ?? [];
  const asked = askedVersion(address, history);
  useEffect(() => {
    if (asked === undefined || !fold.current) return;
    fold.current.open = true;
    fold.current.querySelector('[data-asked="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [asked]);
  if (history.length === 0) return null;
  return (
    <details className="report-fold" data-testid="history" ref={fold}>
      <summary>{t('reading.history', { count: history.length })}</summary>
      <ol>
        {history.toReversed().map((v) => (
          <li key={v.version} data-asked={v.version === asked}>
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
      {before && (v.state !== 'returned' || hasText(v)) && (
        <Changes before={before} after={v} none={t('reading.diffNone')} />
      )}
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
