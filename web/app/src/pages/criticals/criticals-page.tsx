import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import type { Critical } from '@/api/record-types';
import { actOnCritical, criticalsQuery, orderQuery, readBackCritical } from '@/api/records';
import { useIs } from '@/app/session';
import { pendingCriticals, readBackFits } from '@/features/critical/critical.model';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Choice, TextArea } from '@/ui/field';
import { Facts, Page, Panel } from '@/ui/panel';
import { SexAge } from '@/ui/sex-age';
import { Empty, ErrorNote, Loaded } from '@/ui/states';
import { Countdown, Waiting } from '@/ui/waiting';
import './criticals.css';

/** Critical findings: read back, act, and everything about who was told when. */
export function CriticalsPage() {
  const { t } = useTranslation();
  const watches = useIs('coordinator', 'radiologist', 'reviewer');
  const [scope, setScope] = useState<'mine' | 'open'>(watches ? 'open' : 'mine');
  const criticals = useQuery(criticalsQuery(scope));
  const [params, setParams] = useSearchParams();
  const open = criticals.data?.find((critical) => critical.id === params.get('open'));
  const close = () => setParams({}, { replace: true });
  return (
    <Page
      title={t('critical.page')}
      actions={
        watches && (
          <Choice
            hidden
            label={t('critical.page')}
            value={scope}
            onChange={setScope}
            options={[
              { value: 'open', text: t('critical.open') },
              { value: 'mine', text: t('critical.mine') },
            ]}
          />
        )
      }
    >
      <Loaded query={criticals} rows={6}>
        {(list) => {
          const pending = pendingCriticals(list);
          if (pending.length === 0) {
            return (
              <Panel>
                <Empty icon="check" title={t('critical.empty')}>
                  {t('critical.emptyText')}
                </Empty>
              </Panel>
            );
          }
          return pending.map((critical) => (
            <CriticalCard key={critical.id} critical={critical} onOpen={() => setParams({ open: critical.id })} />
          ));
        }}
      </Loaded>
      {open?.actions.includes('acknowledge') && <ReadBack critical={open} onClose={close} />}
      {open?.actions.includes('act') && <Act critical={open} onClose={close} />}
    </Page>
  );
}

function CriticalCard({ critical, onOpen }: { critical: Critical; onOpen: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  // The order is its own institution's; the duty room sees the finding alone.
  const owns = useIs('requester', 'head');
  const order = useQuery({
    ...orderQuery(critical.order ?? ''),
    enabled: owns && Boolean(critical.order),
  });
  const may = (action: string) => critical.actions.includes(action);
  const read = critical.state === 'acknowledged';
  return (
    <Panel
      tone={read ? 'urgent' : 'rescue'}
      title={`${t(read ? 'critical.toAct' : 'critical.title')} · ${t(`critical.category.c${critical.category}`)}`}
      actions={<Waiting since={critical.flaggedAt} due={critical.nextAt} />}
      pad
    >
      <div className="critical-card">
        <div>
          <p className="critical-patient">
            <Link to={`/patients/${critical.patient.id}`}>{critical.patient.name}</Link>{' '}
            <SexAge of={critical.patient} />
          </p>
          <p className="critical-text">{critical.text}</p>
          <div className="row wrap">
            {may('acknowledge') && (
              <Button look="rescue" size="large" onClick={onOpen}>
                {t('critical.acknowledge')}
              </Button>
            )}
            {may('act') && (
              <Button look="primary" size="large" onClick={onOpen}>
                {t('critical.act')}
              </Button>
            )}
            {owns && critical.order && (
              <Link className="y-btn y-btn-plain y-btn-large" to={`/orders/${critical.order}`}>
                {t('critical.report')}
              </Link>
            )}
          </div>
        </div>
        <Facts
          items={[
            [t('order.exam'), order.data && `${order.data.modality} ${order.data.exam}`],
            [
              t('order.writer'),
              t('critical.flaggedBy', { name: critical.flaggedBy.name, time: format.moment(critical.flaggedAt) }),
            ],
            [
              t('critical.notified'),
              format.list(critical.notified.map((notice) => `${notice.person.name} ${format.time(notice.at)}`)),
            ],
            [
              t('waiting.next'),
              critical.nextAt && !read && (
                <span key="n">
                  <Countdown until={critical.nextAt} />
                </span>
              ),
            ],
            [t('critical.readBack'), critical.readBack],
            [t('critical.action'), critical.action],
          ]}
        />
      </div>
    </Panel>
  );
}

type Command = (id: string, version: number, text: string) => Promise<Critical>;

function useCommand(critical: Critical, command: Command, onClose: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (text: string) => command(critical.id, critical.version, text),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['criticals'] }),
  });
}

interface DialogProps {
  critical: Critical;
  onClose: () => void;
}

function ReadBack({ critical, onClose }: DialogProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const send = useCommand(critical, readBackCritical, onClose);
  const fits = readBackFits(critical.text, text);
  return (
    <Confirm
      title={t('critical.readBackTitle')}
      action={t('critical.confirm')}
      look="rescue"
      disabled={!fits}
      busy={send.isPending}
      onConfirm={() => send.mutate(text.trim())}
      onClose={onClose}
    >
      <p className="critical-patient">
        {critical.patient.name} <SexAge of={critical.patient} />
      </p>
      <p className="critical-text">{critical.text}</p>
      <p className="muted">{t('critical.readBackText')}</p>
      <TextArea
        label={t('critical.readBackLabel')}
        rows={3}
        value={text}
        error={text.length > 3 && !fits ? t('critical.readBackBad') : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      {send.error && <ErrorNote error={send.error} />}
    </Confirm>
  );
}

function Act({ critical, onClose }: DialogProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const send = useCommand(critical, actOnCritical, onClose);
  return (
    <Confirm
      title={t('critical.actTitle')}
      action={t('critical.act')}
      disabled={!text.trim()}
      busy={send.isPending}
      onConfirm={() => send.mutate(text.trim())}
      onClose={onClose}
    >
      <p className="critical-patient">{critical.patient.name}</p>
      <p>{critical.text}</p>
      <p className="muted">{t('critical.actText')}</p>
      <TextArea
        label={t('critical.actLabel')}
        rows={3}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {send.error && <ErrorNote error={send.error} />}
    </Confirm>
  );
}
