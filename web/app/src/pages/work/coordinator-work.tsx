import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { boardQuery } from '@/api/consults';
import { unmatchedQuery } from '@/api/records';
import { piles } from '@/features/request/request.model';
import { RequestRow } from '@/features/request/request-row';
import { Panel } from '@/ui/panel';
import { Empty, Loaded } from '@/ui/states';
import { DutyNow } from './duty-now';
import { Figure } from './figure';

/** The coordinator: what alarms, what waits, what runs late. */
export function CoordinatorWork() {
  const { t } = useTranslation();
  const board = useQuery(boardQuery);
  const unmatched = useQuery(unmatchedQuery);
  const pile = piles(board.data?.requests ?? []);
  const waiting = [...pile.alarm, ...pile.waiting];
  const counts = board.data?.counts;
  return (
    <>
      <ul className="figures">
        <Figure to="/duty" value={counts?.unanswered} text={t('work.unanswered')} alarm />
        <Figure to="/duty" value={waiting.length} text={t('work.waiting')} />
        <Figure to="/duty" value={pile.active.length} text={t('work.inCall')} />
        <Figure to="/duty" value={pile.opinion.length} text={t('work.opinionsOpen')} />
        <Figure to="/unmatched" value={unmatched.data?.length} text={t('work.unmatched')} />
        <Figure to="/duty" value={board.data?.reading?.overdue} text={t('work.readOverdue')} alarm />
      </ul>
      <div className="work-columns">
        <div className="work-main">
          <Panel
            title={t('work.waitingAll')}
            count={waiting.length}
            actions={<Link to="/duty">{t('work.toBoard')}</Link>}
          >
            <Loaded query={board}>
              {() =>
                waiting.length === 0 ? (
                  <Empty icon="check" title={t('work.allAnswered')} />
                ) : (
                  <ul className="y-list">
                    {waiting.map((request) => (
                      <RequestRow key={request.id} request={request} />
                    ))}
                  </ul>
                )
              }
            </Loaded>
          </Panel>
        </div>
        <div className="work-side">
          <DutyNow />
        </div>
      </div>
    </>
  );
}
