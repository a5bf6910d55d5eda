import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { type ForwardLine, forwardQueueQuery, resumePeer } from '@/api/forward';
import { sortLines, toneOf, waitedFor } from '@/features/admin/forward.model';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { useNow } from '@/ui/server-clock';
import { Empty, Loaded, useCodeText } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { LettersTab } from './forward-letters';
import { PeersTab, RoutesTab } from './forward-registers';
import { TryTab } from './forward-try';
import './forward.css';

const tabs = ['queue', 'letters', 'peers', 'routes', 'try'] as const;

/** Where studies are forwarded to, by which rules, and what hangs. */
export function ForwardSection() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const { data } = useQuery(forwardQueueQuery);
  const dead = data?.reduce((sum, line) => sum + line.dead, 0) ?? 0;
  const bodies = {
    queue: <QueueTab />,
    letters: <LettersTab peer={params.get('peer') ?? undefined} />,
    peers: <PeersTab />,
    routes: <RoutesTab />,
    try: <TryTab />,
  };
  return (
    <Tabs
      activeKey={params.get('tab') ?? 'queue'}
      onChange={(tab) => setParams({ tab }, { replace: true })}
      destroyOnHidden
      items={tabs.map((tab) => ({
        key: tab,
        label: (
          <>
            {t(`forward.tab.${tab}`)} {tab === 'letters' && dead > 0 && <b className="forward-count num">{dead}</b>}
          </>
        ),
        children: bodies[tab],
      }))}
    />
  );
}

function QueueTab() {
  const { t } = useTranslation();
  const query = useQuery(forwardQueueQuery);
  const now = useNow();
  return (
    <Loaded query={query}>
      {(lines) =>
        lines.length === 0 ? (
          <Empty icon="send" title={t('forward.none')}>
            {t('forward.noneHint')}
          </Empty>
        ) : (
          <ul className="forward-lines">
            {sortLines(lines, now).map((line) => (
              <Line key={`${line.peer} ${line.lane}`} line={line} now={now} />
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

/** One peer: its state in words, what waits, how fast it goes, and the way out when it hangs. */
function Line({ line, now }: { line: ForwardLine; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const toast = useToast();
  const queries = useQueryClient();
  const [, setParams] = useSearchParams();
  const resume = useMutation({
    mutationFn: () => resumePeer(line.peer),
    onSuccess: () => toast.say(t('forward.resumed'), { tone: 'done' }),
    onError: (error) => toast.fail(error),
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin', 'forward'] }),
  });
  const codeText = useCodeText();
  const tone = toneOf(line, now);
  const retry = line.retryAt ? Math.max(0, (Date.parse(line.retryAt) - now) / 1000) : 0;
  return (
    <li className={`forward-line forward-${tone}`}>
      <div className="forward-who">
        <h2>{line.name}</h2>
        <span className="muted">{t(`forward.kind.${line.kind}` as 'forward.kind.dimse')}</span>
      </div>
      <p className="forward-state">
        <b>{t(`forward.state.${line.state}` as 'forward.state.idle')}</b>
        {line.state === 'down' && line.downSince && (
          <span>{t('forward.since', { at: format.moment(line.downSince) })}</span>
        )}
        {line.state === 'down' && retry > 0 && <span>{t('forward.retryIn', { in: format.duration(retry) })}</span>}
        {line.error && tone === 'bad' && (
          <span className="forward-error" title={line.error}>
            {codeText(line.errorCode, line.error)}
          </span>
        )}
      </p>
      <dl className="forward-numbers num">
        <Figure name={t('forward.waiting')} value={format.number(line.waiting)} />
        <Figure
          name={t('forward.oldest')}
          value={line.waiting > 0 ? format.duration(waitedFor(line, now)) : '—'}
          bad={tone === 'late'}
        />
        <Figure
          name={t('forward.rate')}
          value={line.bytesPerSecond > 0 ? `${format.size(line.bytesPerSecond)}/s` : '—'}
        />
        <Figure name={t('forward.sent')} value={format.number(line.sent)} />
        <Figure name={t('forward.dead')} value={format.number(line.dead)} bad={line.dead > 0} />
      </dl>
      <div className="forward-do">
        {line.state === 'down' && line.peer && (
          <Button size="small" look="primary" icon="refresh" busy={resume.isPending} onClick={() => resume.mutate()}>
            {t('forward.resume')}
          </Button>
        )}
        {line.dead > 0 && (
          <Button size="small" onClick={() => setParams({ tab: 'letters', peer: line.peer })}>
            {t('forward.tab.letters')}
          </Button>
        )}
      </div>
    </li>
  );
}

function Figure({ name, value, bad = false }: { name: string; value: string; bad?: boolean }) {
  return (
    <div className={bad ? 'forward-figure-bad' : undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
