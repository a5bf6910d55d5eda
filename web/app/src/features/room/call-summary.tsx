import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { callSummaryQuery } from '@/api/calls';
import type { ConsultRequest } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Panel } from '@/ui/panel';
import { Loaded } from '@/ui/states';
import {
  type CallLine,
  type CallReport,
  callsOf,
  measuredIn,
  type PersonLine,
  peopleOf,
  type Sentence,
  type Spent,
} from './call-summary.model';
import './call-summary.css';

/** After the calls: whose line was bad, in which direction, and what the others noticed of it. Nothing where there was no call. */
export function CallSummary({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  const calls = callsOf(request.mediaSessions);
  const summary = useQuery({ ...callSummaryQuery(request.id), enabled: calls.length > 0 });
  if (calls.length === 0) return null;
  return (
    <Panel
      title={t('call.after.title')}
      className="after"
      actions={
        summary.data && bad(summary.data) ? (
          <Link to="/linetest" className="small">
            {t('call.after.test')}
          </Link>
        ) : undefined
      }
    >
      <Loaded query={summary} rows={3}>
        {(report) => (
          <ol>
            {calls.map((call) => (
              <li key={call.leg} className="after-call">
                <CallHead call={call} many={calls.length > 1} />
                {!call.phone && (
                  <Lines measured={measuredIn(report, calls, call.leg)} over={call.until !== undefined} />
                )}
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </Panel>
  );
}

const bad = (report: CallReport) => report.verdict === 'poor' || report.verdict === 'bad';

/** Which call, when, how long, and who was cut off in it. */
function CallHead({ call, many }: { call: CallLine; many: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <p className="after-head">
      {many && <b>{t('call.after.call', { leg: call.leg, name: call.specialist })}</b>}
      <span className="num">
        {format.moment(call.from)}
        {call.until && `–${format.time(call.until)}`}
      </span>
      {call.seconds > 0 && <span className="num">{format.duration(call.seconds)}</span>}
      {call.phone && <span>{t('call.after.phone')}</span>}
      {call.gaps.map(({ name, count, seconds }) => (
        <span key={name} className="after-gap">
          {t('call.after.gaps', { name, count, duration: format.duration(seconds) })}
        </span>
      ))}
    </p>
  );
}

function Lines({ measured, over }: { measured: ReturnType<typeof measuredIn>; over: boolean }) {
  const { t } = useTranslation();
  const people = measured ? peopleOf(measured) : [];
  if (!measured || people.length === 0) {
    return <p className="after-headline muted">{t(over ? 'call.after.noneText' : 'call.after.none')}</p>;
  }
  const headline =
    measured.verdict === 'unknown'
      ? t('call.after.none')
      : measured.worst
        ? t('call.after.worst', { name: measured.worst })
        : t('call.after.good');
  return (
    <>
      {people.length > 1 && <p className="after-headline">{headline}</p>}
      <ul className="after-people">
        {people.map((person) => (
          <li key={person.id}>
            <PersonCard person={person} />
          </li>
        ))}
      </ul>
    </>
  );
}

function PersonCard({ person }: { person: PersonLine }) {
  const { t } = useTranslation();
  const words = useSentence();
  const { name, verdict, sentences, voice, spent } = person;
  return (
    <>
      <p className="after-name">
        <b>{name}</b>
        <span className={`after-verdict after-${verdict}`}>{t(`call.after.verdict.${verdict}`)}</span>
      </p>
      <ul className="after-found">
        {sentences.map((sentence) => (
          <li key={sentence.code} className={`after-${sentence.grade}`}>
            {words(sentence)}
          </li>
        ))}
        {voice && <li>{t(`call.after.voice.${voice.is}`, { mos: voice.mos.toFixed(1) })}</li>}
      </ul>
      <SpentBar spent={spent} />
      <Numbers person={person} />
    </>
  );
}

function useSentence(): (sentence: Sentence) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (s) => {
    switch (s.code) {
      case 'up-loss':
      case 'down-loss':
      case 'audio-only':
        return t(`call.after.found.${s.code}`, { percent: s.percent });
      case 'delay':
      case 'jitter':
        return t(`call.after.found.${s.code}`, { ms: s.ms });
      case 'freezes':
        return t('call.after.found.freezes', { count: s.count, duration: format.duration(s.seconds) });
      case 'interrupted':
        return t('call.after.found.interrupted', { duration: format.duration(s.seconds) });
      case 'relay':
        return t('call.after.found.relay');
    }
  };
}

/** The time in each state, as one bar with its words. */
function SpentBar({ spent }: { spent: readonly Spent[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (spent.length === 0) return null;
  return (
    <div className="after-spent">
      <div className="after-bar" aria-hidden>
        {spent.map(({ link, share }) => (
          <i key={link} className={`after-link-${link}`} style={{ flexGrow: share }} />
        ))}
      </div>
      <p className="small">
        {spent.map(({ link, seconds }) => (
          <span key={link}>
            <i className={`after-link-${link}`} aria-hidden />
            {t(`call.after.spent.${link}`)} <span className="num">{format.duration(seconds)}</span>
          </span>
        ))}
      </p>
    </div>
  );
}

const knownPaths = ['udp', 'tcp', 'relay-udp', 'relay-tcp'] as const;

/** The figures a technician asks for. */
function Numbers({ person }: { person: PersonLine }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (person.rows.length === 0) return null;
  const paths = person.paths.map((path) => {
    const known = knownPaths.find((one) => one === path);
    return known ? t(`room.paths.${known}`) : path;
  });
  return (
    <details className="after-numbers">
      <summary className="small">{t('call.after.numbers')}</summary>
      <table className="num">
        <thead>
          <tr>
            <th scope="col">{t('call.after.figure')}</th>
            <th scope="col">{t('call.after.average')}</th>
            <th scope="col">{t('call.after.most')}</th>
          </tr>
        </thead>
        <tbody>
          {person.rows.map(({ row, average, worst }) => (
            <tr key={row}>
              <th scope="row">{t(`call.quality.row.${row}`)}</th>
              <td>{average}</td>
              <td>{worst}</td>
            </tr>
          ))}
          {paths.length > 0 && (
            <tr>
              <th scope="row">{t('call.quality.row.path')}</th>
              <td colSpan={2}>{format.list(paths)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </details>
  );
}
