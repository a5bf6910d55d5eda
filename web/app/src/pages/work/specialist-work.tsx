import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { requestsQuery } from '@/api/consults';
import type { RequestSummary } from '@/api/types';
import { useMe } from '@/app/session';
import { useAccept } from '@/app/use-accept';
import { piles } from '@/features/request/request.model';
import { RequestRow } from '@/features/request/request-row';
import { Button } from '@/ui/button';
import { useKeys } from '@/ui/keys';
import { useListCursor } from '@/ui/list-cursor';
import { Panel } from '@/ui/panel';
import { Empty, Loaded } from '@/ui/states';
import { DutyNow } from './duty-now';

/** A specialist: what rings, what I accepted, which opinions I owe. */
export function SpecialistWork() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queue = useQuery(requestsQuery('queue'));
  const mine = useQuery(requestsQuery('mine'));
  const { accept, accepting } = useAccept();
  const open = piles(queue.data ?? []);
  const own = piles(mine.data ?? []);
  // A consult into which a colleague asked is not one's own to accept or to write about.
  const me = useMe();
  const isMine = (request: RequestSummary) => request.acceptedBy?.id === me.person.id;
  const active = own.active.filter(isMine);
  const asked = own.active.filter((request) => !isMine(request));
  const opinion = own.opinion.filter(isMine);
  const waiting = [...open.alarm, ...open.waiting].filter((request) => request.state !== 'returned');
  const rows = [...waiting, ...asked, ...active, ...opinion];
  const [cursor] = useListCursor(rows, (request) => navigate(`/requests/${request.id}`));
  const current = rows[cursor] ?? waiting[0];
  useKeys({ a: current?.actions.includes('accept') ? () => accept(current.id) : undefined });
  const row = (request: RequestSummary) => (
    <RequestRow
      key={request.id}
      request={request}
      current={request === rows[cursor]}
      actions={
        request.actions.includes('accept') ? (
          <Button look="primary" busy={accepting} onClick={() => accept(request.id)}>
            {t('request.accept')}
          </Button>
        ) : request.actions.includes('join') ? (
          <Button look="primary" icon="camera" onClick={() => navigate(`/requests/${request.id}`)}>
            {t('request.join')}
          </Button>
        ) : undefined
      }
    />
  );
  return (
    <div className="work-columns">
      <div className="work-main">
        <Panel title={t('work.waitingForMe')} count={waiting.length}>
          <Loaded query={queue}>
            {() =>
              waiting.length === 0 ? (
                <Empty icon="check" title={t('work.nothingRings')}>
                  {t('work.nothingRingsText')}
                </Empty>
              ) : (
                <ul className="y-list">{waiting.map(row)}</ul>
              )
            }
          </Loaded>
        </Panel>
        {asked.length > 0 && (
          <Panel title={t('work.askedIn')} count={asked.length}>
            <ul className="y-list">{asked.map(row)}</ul>
          </Panel>
        )}
        {active.length > 0 && (
          <Panel title={t('work.accepted')} count={active.length}>
            <ul className="y-list">{active.map(row)}</ul>
          </Panel>
        )}
        <Panel title={t('work.opinionsDue')} count={opinion.length}>
          <Loaded query={mine}>
            {() =>
              opinion.length === 0 ? (
                <Empty icon="edit" title={t('work.noOpinions')} />
              ) : (
                <ul className="y-list">{opinion.map(row)}</ul>
              )
            }
          </Loaded>
        </Panel>
        {own.signed.length + own.over.length > 0 && (
          <Panel title={t('work.signed')} count={own.signed.length + own.over.length}>
            <ul className="y-list">{[...own.signed, ...own.over].slice(0, 8).map(row)}</ul>
          </Panel>
        )}
      </div>
      <div className="work-side">
        <DutyNow />
      </div>
    </div>
  );
}
