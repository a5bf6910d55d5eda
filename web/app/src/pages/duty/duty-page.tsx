import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { boardQuery } from '@/api/consults';
import type { Board, RequestSummary } from '@/api/types';
import { useSpecialtyName } from '@/app/specialty';
import { useAccept } from '@/app/use-accept';
import { countDuty } from '@/features/duty/duty.model';
import { DutyList } from '@/features/duty/duty-list';
import { AssignDialog, DisposeDialog, ReturnDialog } from '@/features/duty/triage-dialogs';
import { piles } from '@/features/request/request.model';
import { RequestRow } from '@/features/request/request-row';
import { useWakeLock } from '@/features/ring/use-ringing';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { useKeys } from '@/ui/keys';
import { useListCursor } from '@/ui/list-cursor';
import { Panel } from '@/ui/panel';
import { Empty, Loaded } from '@/ui/states';
import './duty-page.css';

type Dialog = { is: 'assign' | 'dispose' | 'return'; request: RequestSummary };

/** The duty room on a desk: the wall with hands. */
export function DutyPage() {
  useWakeLock(true);
  const board = useQuery(boardQuery);
  return (
    <div className="y-page y-page-full desk">
      <Loaded query={board} rows={10} height={40}>
        {(data) => <Desk board={data} />}
      </Loaded>
    </div>
  );
}

function Desk({ board }: { board: Board }) {
  const { t } = useTranslation();
  const specialty = useSpecialtyName();
  const navigate = useNavigate();
  const { accept, accepting } = useAccept();
  const [dialog, setDialog] = useState<Dialog>();
  const pile = piles(board.requests ?? []);
  const waiting = [...pile.alarm, ...pile.waiting];
  const all = [...waiting, ...pile.active, ...pile.opinion];
  const [cursor] = useListCursor(all, (request) => navigate(`/requests/${request.id}`));
  const current = all[cursor];
  const top = current ?? waiting.find((request) => request.actions.includes('accept'));
  useKeys({ a: top?.actions.includes('accept') ? () => accept(top.id) : undefined });

  const row = (request: RequestSummary) => (
    <RequestRow
      key={request.id}
      request={request}
      current={request === current}
      actions={
        <Actions
          request={request}
          accepting={accepting}
          onAccept={() => accept(request.id)}
          onDialog={(is) => setDialog({ is, request })}
        />
      }
    />
  );
  return (
    <>
      <DeskHead board={board} />
      <div className="desk-body">
        <div className="desk-lists">
          <Panel title={t('duty.queue')} count={waiting.length}>
            {waiting.length === 0 ? (
              <Empty icon="check" title={t('duty.empty')}>
                {t('duty.emptyText')}
              </Empty>
            ) : (
              <ul className="y-list">{waiting.map(row)}</ul>
            )}
          </Panel>
          {pile.active.length > 0 && (
            <Panel title={t('duty.running')} count={pile.active.length}>
              <ul className="y-list">{pile.active.map(row)}</ul>
            </Panel>
          )}
          {pile.opinion.length > 0 && (
            <Panel title={t('duty.opinion')} count={pile.opinion.length}>
              <ul className="y-list">{pile.opinion.map(row)}</ul>
            </Panel>
          )}
        </div>
        <Panel title={t('duty.people')} count={countDuty(board.duty ?? []).present}>
          <DutyList duty={board.duty} gaps={board.gaps} specialtyName={specialty} />
        </Panel>
      </div>
      {dialog?.is === 'assign' && (
        <AssignDialog request={dialog.request} duty={board.duty ?? []} onClose={() => setDialog(undefined)} />
      )}
      {dialog?.is === 'dispose' && <DisposeDialog request={dialog.request} onClose={() => setDialog(undefined)} />}
      {dialog?.is === 'return' && <ReturnDialog request={dialog.request} onClose={() => setDialog(undefined)} />}
    </>
  );
}

function DeskHead({ board }: { board: Board }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { counts, reading } = board;
  return (
    <header className="desk-head">
      <h1>{t('duty.title')}</h1>
      <ul>
        {(['rescue', 'urgent', 'assist'] as const).map((kind) => (
          <li key={kind} className={counts[kind] > 0 ? `y-urgency-${kind}` : 'muted'}>
            {t(`kind.${kind}`)} <b className="num">{counts[kind]}</b>
          </li>
        ))}
        <li className={counts.unanswered > 0 ? 'y-urgency-rescue' : 'muted'}>
          {t('duty.unanswered')} <b className="num">{counts.unanswered}</b>
        </li>
        <li className="soft num">
          {t('duty.today', { count: counts.today })} · {t('duty.closed', { count: counts.closedToday })}
          {counts.medianAcceptSeconds >= 1
            ? ` · ${t('duty.median', { time: format.duration(counts.medianAcceptSeconds) })}`
            : ''}
        </li>
        {reading && (
          <li className="soft num">
            {t('duty.reading')}{' '}
            {t('duty.readingLine', { readers: reading.readers, waiting: reading.waiting, overdue: reading.overdue })}
          </li>
        )}
      </ul>
      <Link className="y-btn y-btn-plain y-btn-normal" to="/wall">
        <Icon name="wall" size={16} />
        {t('duty.wallOpen')}
      </Link>
    </header>
  );
}

interface ActionsProps {
  request: RequestSummary;
  accepting: boolean;
  onAccept: () => void;
  onDialog: (is: Dialog['is']) => void;
}

/** Exactly what this person may do with it now, as the server says. */
function Actions({ request, accepting, onAccept, onDialog }: ActionsProps) {
  const { t } = useTranslation();
  const may = (action: string) => request.actions.includes(action);
  if (!['accept', 'assign', 'dispose', 'return'].some(may)) return null;
  return (
    <>
      {may('accept') && (
        <Button look="primary" size="small" busy={accepting} onClick={onAccept}>
          {t('request.accept')}
        </Button>
      )}
      {may('assign') && (
        <Button size="small" onClick={() => onDialog('assign')}>
          {t('request.assign')}
        </Button>
      )}
      {may('return') && (
        <Button size="small" look="quiet" onClick={() => onDialog('return')}>
          {t('request.return')}
        </Button>
      )}
      {may('dispose') && (
        <Button size="small" onClick={() => onDialog('dispose')}>
          {t('request.dispose')}
        </Button>
      )}
    </>
  );
}
