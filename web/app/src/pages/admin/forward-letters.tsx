import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { registerQuery } from '@/api/admin';
import { cancelJobs, type ForwardJob, forwardJobsQuery, type JobState, replayJobs } from '@/api/forward';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Choice, TextArea } from '@/ui/field';
import { Empty, ErrorNote, Loaded, useCodeText } from '@/ui/states';
import { useToast } from '@/ui/toast';

const states: readonly JobState[] = ['dead', 'waiting', 'cancelled', 'done'];

/** Jobs by state: what was given up can be tried again or let go, one by one or all that are shown. */
export function LettersTab({ peer }: { peer?: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const toast = useToast();
  const queries = useQueryClient();
  const [state, setState] = useState<JobState>('dead');
  const [chosen, setChosen] = useState<string[]>([]);
  const [dropping, setDropping] = useState(false);
  const query = useQuery(forwardJobsQuery(state, peer));
  const peerName = usePeerName();
  const codeText = useCodeText();
  const done = () => {
    setChosen([]);
    void queries.invalidateQueries({ queryKey: ['admin', 'forward'] });
  };
  const replay = useMutation({
    mutationFn: (ids: string[]) =>
      replayJobs(ids.length > 0 ? { ids } : { state: state as 'dead', ...(peer && { peer }) }),
    onSuccess: ({ jobs }) => toast.say(t('forward.replayed', { n: jobs }), { tone: 'done' }),
    onError: (error) => toast.fail(error),
    onSettled: done,
  });
  const again = state === 'dead' || state === 'cancelled';
  const drop = state === 'dead' || state === 'waiting';
  return (
    <>
      <div className="register-bar">
        <Choice
          label={t('forward.show')}
          hidden
          value={state}
          options={states.map((value) => ({ value, text: t(`forward.jobs.${value}`) }))}
          onChange={(next) => {
            setState(next);
            setChosen([]);
          }}
        />
        <span className="forward-bar-end">
          {drop && (
            <Button look="quiet" disabled={chosen.length === 0} onClick={() => setDropping(true)}>
              {t('forward.drop', { n: chosen.length })}
            </Button>
          )}
          {again && (
            <Button
              look="primary"
              icon="refresh"
              busy={replay.isPending}
              disabled={query.data?.items.length === 0}
              onClick={() => replay.mutate(chosen)}
            >
              {chosen.length > 0 ? t('forward.replay', { n: chosen.length }) : t('forward.replayAll')}
            </Button>
          )}
        </span>
      </div>
      <Loaded query={query}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty icon="check" title={t(`forward.jobsNone.${state}`)} />
          ) : (
            <>
              <Table<ForwardJob>
                size="small"
                rowKey="id"
                pagination={false}
                scroll={{ x: 'max-content' }}
                dataSource={items}
                {...((again || drop) && {
                  rowSelection: { selectedRowKeys: chosen, onChange: (keys) => setChosen(keys as string[]) },
                })}
                columns={[
                  {
                    title: t('admin.when'),
                    dataIndex: 'changed',
                    className: 'num',
                    render: (at: string) => format.moment(at),
                  },
                  { title: t('forward.peer'), key: 'peer', render: (_, job) => peerName(job.peer) || job.lane },
                  {
                    title: t('forward.what'),
                    key: 'what',
                    render: (_, job) => (
                      <>
                        {t(`forward.job.${job.kind}` as 'forward.job.forward')}{' '}
                        <span className="num muted forward-uid">{job.study}</span>
                      </>
                    ),
                  },
                  {
                    title: t('forward.urgency'),
                    dataIndex: 'urgency',
                    render: (u: string) => u && t(`forward.urgencies.${u}` as 'forward.urgencies.stat'),
                  },
                  { title: t('forward.attempts'), dataIndex: 'attempts', align: 'right', className: 'num' },
                  {
                    title: t('forward.error'),
                    key: 'error',
                    className: 'forward-why',
                    render: (_, job) => <span title={job.error}>{codeText(job.errorCode, job.error)}</span>,
                  },
                ]}
              />
              {next && <p className="muted">{t('forward.more')}</p>}
            </>
          )
        }
      </Loaded>
      {dropping && (
        <Drop
          ids={chosen}
          onClose={() => {
            setDropping(false);
            done();
          }}
        />
      )}
    </>
  );
}

export function usePeerName(): (id: string) => string {
  const { data } = useQuery(registerQuery('peers'));
  return (id) => data?.find((one) => one.id === id)?.name ?? '';
}

function Drop({ ids, onClose }: { ids: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const send = useMutation({ mutationFn: () => cancelJobs({ ids, reason: reason.trim() }), onSuccess: onClose });
  return (
    <Confirm
      title={t('forward.dropTitle', { n: ids.length })}
      action={t('forward.drop', { n: ids.length })}
      look="danger"
      busy={send.isPending}
      disabled={reason.trim() === ''}
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      <p>{t('forward.dropText')}</p>
      <TextArea label={t('common.reason')} rows={2} value={reason} onChange={(e) => setReason(e.target.value)} />
      {send.error && <ErrorNote error={send.error} />}
    </Confirm>
  );
}
