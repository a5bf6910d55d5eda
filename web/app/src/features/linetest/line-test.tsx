import { useTranslation } from 'react-i18next';
import { advices, type CheckId, type Checks, isCutOff, type LineFigures, reportOf, verdictOf } from '@/call';
import { Button } from '@/ui/button';
import { Panel } from '@/ui/panel';
import { useToast } from '@/ui/toast';
import { useLineTest } from './use-line-test';
import './line-test.css';

const groups: readonly (readonly ['device' | 'path', readonly CheckId[]])[] = [
  ['device', ['browser', 'mic', 'voice', 'camera']],
  ['path', ['socket', 'udp', 'tcp', 'turn', 'line']],
];

/** Tells a doctor whether a consult is possible from here and what to do, and a technician the numbers. */
export function LineTest() {
  const { t } = useTranslation();
  const toast = useToast();
  const { checks, figures, running, at, level, start } = useLineTest();
  const done = at !== undefined && !running;
  const begun = running || done;
  const copy = async () => {
    const about = {
      time: at?.toISOString() ?? '',
      page: window.location.origin,
      browser: navigator.userAgent,
      network: networkOf(),
    };
    await navigator.clipboard?.writeText(reportOf(checks, about));
    toast.say(t('linetest.copied'));
  };
  return (
    <div className="linetest">
      {done && <Verdict checks={checks} figures={figures} />}
      {begun &&
        groups.map(([group, ids]) => (
          <Panel key={group} title={t(`linetest.group.${group}`)}>
            <ul className="linetest-checks">
              {ids.map((id) => (
                <Line key={id} id={id} checks={checks} level={id === 'voice' ? level : undefined} />
              ))}
            </ul>
          </Panel>
        ))}
      {done && figures && <Figures figures={figures} />}
      <div className="linetest-do">
        <Button
          look={done ? 'plain' : 'primary'}
          size="large"
          icon={done ? 'refresh' : 'mic'}
          busy={running}
          onClick={start}
        >
          {t(running ? 'linetest.running' : done ? 'linetest.again' : 'linetest.start')}
        </Button>
        {done && (
          <Button size="large" icon="file" onClick={() => void copy()}>
            {t('linetest.copy')}
          </Button>
        )}
      </div>
    </div>
  );
}

function Verdict({ checks, figures }: { checks: Checks; figures: LineFigures | undefined }) {
  const { t } = useTranslation();
  const verdict = verdictOf(checks);
  const shape = { good: '●', voice: '▲', bad: '■', unknown: '…' }[verdict];
  const adviceText = useAdvice(figures);
  const all = advices(checks);
  return (
    <section className={`linetest-verdict linetest-${verdict}`} role="status">
      <h2>
        <span aria-hidden>{shape}</span> {t(`linetest.verdict.${verdict}`)}
      </h2>
      {all.length > 0 && (
        <ul>
          {all.map((id) => (
            <li key={id}>
              <b>{t(`linetest.check.${id}`)}</b>{' '}
              {adviceText(id === 'udp' && isCutOff(checks) ? 'nothing' : checks[id].advice)}
            </li>
          ))}
        </ul>
      )}
      {checks.udp.state === 'skip' && checks.socket.state === 'good' && <p>{t('linetest.advice.noRoute')}</p>}
    </section>
  );
}

const known = [
  'browserOld',
  'insecure',
  'denied',
  'missing',
  'busy',
  'unknown',
  'silent',
  'socket',
  'udp',
  'tcp',
  'turn',
  'nothing',
  'rtt',
  'loss',
  'jitter',
  'thin',
] as const;

/** What is wrong and what to do, with its figures. */
function useAdvice(figures: LineFigures | undefined): (advice: string | undefined) => string {
  const { t } = useTranslation();
  return (advice) => {
    const key = known.find((one) => one === advice);
    if (!key) return '';
    const { rttMs = 0, jitterMs = 0, upKbps = 0, lossUp = 0, lossDown = 0 } = figures ?? {};
    return t(`linetest.advice.${key}`, {
      ms: Math.round(key === 'jitter' ? jitterMs : rttMs),
      percent: percent(Math.max(lossUp, lossDown)),
      kbps: Math.round(upKbps),
    });
  };
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

function Line({ id, checks, level }: { id: CheckId; checks: Checks; level: number | undefined }) {
  const { t } = useTranslation();
  const { state, tookMs, detail } = checks[id];
  const shape = { wait: '', run: '', good: '✓', warn: '▲', bad: '■', skip: '–' }[state];
  return (
    <li className={`linetest-check linetest-is-${state}`} data-check={id} data-state={state}>
      <span className="linetest-shape" aria-hidden>
        {state === 'run' ? <span className="y-spin" /> : shape}
      </span>
      <b>{t(`linetest.check.${id}`)}</b>
      <span className="linetest-state">{t(`linetest.state.${state}`)}</span>
      {state === 'run' && level !== undefined ? (
        <span className="linetest-level">
          <i style={{ width: `${Math.round(level * 100)}%` }} />
        </span>
      ) : (
        <small className="num">
          {[tookMs === undefined ? '' : `${Math.round(tookMs)} ms`, detail ?? ''].filter(Boolean).join(' · ')}
        </small>
      )}
    </li>
  );
}

function Figures({ figures }: { figures: LineFigures }) {
  const { t } = useTranslation();
  const rows = [
    ['rtt', `${Math.round(figures.rttMs)}`, 'ms'],
    ['loss', percent(Math.max(figures.lossUp, figures.lossDown)).replace(' %', ''), '%'],
    ['jitter', `${Math.round(figures.jitterMs)}`, 'ms'],
    ['up', `${Math.round(figures.upKbps)}`, 'kbit/s'],
    ['down', `${Math.round(figures.downKbps)}`, 'kbit/s'],
  ] as const;
  return (
    <Panel title={t('linetest.group.line')}>
      <dl className="linetest-figures">
        {rows.map(([row, value, unit]) => (
          <div key={row}>
            <dt>{t(`linetest.numbers.${row}`)}</dt>
            <dd className="num">
              {value} <small>{unit}</small>
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function networkOf(): string {
  const { connection } = navigator as { connection?: { type?: string; effectiveType?: string; rtt?: number } };
  return connection ? [connection.type, connection.effectiveType, connection.rtt].filter(Boolean).join(' ') : '';
}
