import { useMutation, useQuery } from '@tanstack/react-query';
import { Input, Select, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AuditEvent, eventsQuery, verifyChain } from '@/api/admin';
import { useMe } from '@/app/session';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Empty, ErrorNote, Loaded } from '@/ui/states';

const kinds = ['request', 'reading', 'order', 'study', 'patient', 'person', 'session', 'critical'] as const;

/** The trail of one thing, and proof that nobody altered the chain. */
export function EventsSection() {
  const { t } = useTranslation();
  const format = useFormat();
  const me = useMe();
  const [entity, setEntity] = useState<string>('request');
  const [typed, setTyped] = useState('');
  const [id, setId] = useState('');
  const events = useQuery(eventsQuery(entity, id));
  const chain = useMutation({ mutationFn: () => verifyChain(me.point.institution.id) });
  return (
    <>
      <div className="register-bar">
        <Select
          style={{ width: 160 }}
          aria-label={t('admin.entity')}
          value={entity}
          onChange={setEntity}
          options={kinds.map((value) => ({ value, label: t(`admin.entityKinds.${value}`) }))}
        />
        <Input.Search
          allowClear
          placeholder={t('admin.entityId')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onSearch={(text) => setId(text.trim())}
        />
        <Button icon="shield" busy={chain.isPending} onClick={() => chain.mutate()}>
          {t('admin.verify')}
        </Button>
      </div>
      {chain.error && <ErrorNote error={chain.error} />}
      {chain.data && (
        <p role="status" className={chain.data.intact ? '' : 'roster-bad'}>
          {t(chain.data.intact ? 'admin.intact' : 'admin.broken', {
            chain: me.point.institution.name,
            length: chain.data.length,
            detail: chain.data.detail ?? '',
          })}
        </p>
      )}
      {id === '' ? (
        <Empty icon="shield" title={t('admin.eventsHint')} />
      ) : (
        <Loaded query={events}>
          {(list) => (
            <Table<AuditEvent>
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
                  render: (at: string) => `${format.date(at)} ${format.timeSeconds(Date.parse(at))}`,
                },
                { title: t('admin.who'), dataIndex: ['actor', 'name'] },
                { title: t('admin.what'), dataIndex: 'action' },
                {
                  title: t('admin.change'),
                  key: 'change',
                  render: (_, event) => [event.from, event.to].filter(Boolean).join(' → '),
                },
                { title: t('common.reason'), dataIndex: 'reason' },
                {
                  title: t('admin.chain'),
                  key: 'hash',
                  className: 'num muted',
                  render: (_, event) => `#${event.seq} ${event.hash.slice(0, 12)}`,
                },
              ]}
            />
          )}
        </Loaded>
      )}
    </>
  );
}
