import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Conflict, conflictsQuery, resolveConflict } from '@/api/admin';
import { adminCorrectionsQuery, stepAdminCorrection } from '@/api/truth';
import { CorrectionRow } from '@/features/truth/correction-row';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { TextArea } from '@/ui/field';
import { Empty, ErrorNote, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';

/** What the archive kept aside: the same UID with other content, or the study of somebody else. */
export function ConflictsSection() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useQuery(conflictsQuery);
  const [asking, setAsking] = useState<{ conflict: Conflict; replace: boolean }>();
  return (
    <>
      <Loaded query={query}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon="check" title={t('admin.conflictsNone')} />
          ) : (
            <Table<Conflict>
              size="small"
              rowKey="id"
              pagination={false}
              scroll={{ x: 'max-content' }}
              dataSource={list}
              columns={[
                {
                  title: t('admin.when'),
                  dataIndex: 'at',
                  className: 'num',
                  render: (at: string) => format.dateTime(at),
                },
                { title: t('admin.conflictDevice'), dataIndex: 'device' },
                {
                  title: t('admin.conflictWhy'),
                  dataIndex: 'reason',
                  render: (why: string) => t(`admin.conflictReason.${why}` as 'admin.conflictReason.content'),
                },
                { title: 'SOP Instance UID', dataIndex: 'instance', className: 'num' },
                {
                  title: t('admin.conflictSize'),
                  dataIndex: 'bytes',
                  className: 'num',
                  render: (n: number) => format.size(n),
                },
                {
                  title: t('admin.conflictCurrent'),
                  key: 'current',
                  render: (_, c) =>
                    c.current && `${c.current.device} ${format.dateTime(c.current.at)} ${format.size(c.current.bytes)}`,
                },
                {
                  key: 'do',
                  render: (_, c) => (
                    <span className="register-do">
                      <Button size="small" onClick={() => setAsking({ conflict: c, replace: false })}>
                        {t('admin.conflictDiscard')}
                      </Button>
                      {c.current && (
                        <Button size="small" onClick={() => setAsking({ conflict: c, replace: true })}>
                          {t('admin.conflictReplace')}
                        </Button>
                      )}
                    </span>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      <Decisions />
      {asking && <Decide {...asking} onClose={() => setAsking(undefined)} />}
    </>
  );
}

/** What one administrator has decided and another has not yet. */
function Decisions() {
  const { t } = useTranslation();
  const { data } = useQuery(adminCorrectionsQuery);
  if (!data?.length) return null;
  return (
    <section className="admin-decisions">
      <h2>{t('truth.waiting')}</h2>
      <ul className="corrections">
        {data.map((one) => (
          <CorrectionRow key={one.id} correction={one} step={stepAdminCorrection} />
        ))}
      </ul>
    </section>
  );
}

function Decide({ conflict, replace, onClose }: { conflict: Conflict; replace: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [reason, setReason] = useState('');
  const send = useMutation({
    mutationFn: () => resolveConflict(conflict.id, replace, reason.trim()),
    onSuccess: (decided) => {
      toast.say(t(decided.state === 'active' ? 'truth.done.approve' : 'truth.proposed'), { tone: 'done' });
      void queries.invalidateQueries({ queryKey: ['admin', 'conflicts'] });
      onClose();
    },
  });
  const what = replace ? 'Replace' : 'Discard';
  return (
    <Confirm
      title={t(`admin.conflict${what}Title`)}
      action={t(`admin.conflict${what}`)}
      look="danger"
      busy={send.isPending}
      disabled={reason.trim() === ''}
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      <p>{t(`admin.conflict${what}Text`, { device: conflict.device })}</p>
      <TextArea label={t('common.reason')} rows={2} value={reason} onChange={(e) => setReason(e.target.value)} />
      {send.error && <ErrorNote error={send.error} />}
    </Confirm>
  );
}
