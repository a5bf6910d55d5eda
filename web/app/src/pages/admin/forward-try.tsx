import { useMutation, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { registerQuery } from '@/api/admin';
import { dryRun, sendStudy } from '@/api/forward';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { TextField } from '@/ui/field';
import { Icon } from '@/ui/icon';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { usePeerName } from './forward-letters';

/** Which rules a study would hit, without sending anything; and sending it by hand. */
export function TryTab() {
  const { t } = useTranslation();
  const format = useFormat();
  const toast = useToast();
  const peerName = usePeerName();
  const peers = useQuery(registerQuery('peers'));
  const [study, setStudy] = useState('');
  const [peer, setPeer] = useState<string>();
  const plan = useMutation({ mutationFn: () => dryRun(study.trim()) });
  const send = useMutation({
    mutationFn: () => sendStudy(peer ?? '', study.trim(), 'routine'),
    onSuccess: () => toast.say(t('forward.sentByHand'), { tone: 'done' }),
    onError: (error) => toast.fail(error),
  });
  const ask = (e: FormEvent) => {
    e.preventDefault();
    plan.mutate();
  };
  return (
    <div className="forward-try">
      <form className="forward-ask" onSubmit={ask}>
        <TextField
          label="Study Instance UID"
          hint={t('forward.tryHint')}
          value={study}
          maxLength={64}
          onChange={(e) => setStudy(e.target.value)}
        />
        <Button type="submit" look="primary" busy={plan.isPending} disabled={study.trim() === ''}>
          {t('forward.tryAsk')}
        </Button>
      </form>
      {plan.error && <ErrorNote error={plan.error} />}
      {plan.data && (
        <>
          <p className="muted">
            {format.list(
              [
                ...(plan.data.study.sources ?? []),
                ...(plan.data.study.modalities ?? []),
                ...(plan.data.study.bodyParts ?? []),
                plan.data.study.urgency,
              ].filter(Boolean),
            )}
          </p>
          <ol className="forward-plan">
            {(plan.data.rules ?? []).map((rule) => (
              <li key={rule.rule} data-holds={rule.holds}>
                <Icon name={rule.holds ? 'check' : 'close'} size={16} />
                <b>{rule.name}</b>
                <span className="muted">
                  {rule.holds
                    ? t(rule.now ? 'forward.planNow' : 'forward.planLater', {
                        to: format.list((rule.peers ?? []).map(peerName)),
                      })
                    : t('forward.planFails', {
                        why: t(`forward.fails.${rule.fails}` as 'forward.fails.disabled', rule.fails),
                      })}
                </span>
              </li>
            ))}
          </ol>
          {(plan.data.rules ?? []).length === 0 && <p>{t('forward.planNone')}</p>}
          <div className="forward-ask">
            <Select
              aria-label={t('forward.to')}
              placeholder={t('forward.to')}
              style={{ width: 280 }}
              value={peer}
              onChange={setPeer}
              options={peers.data?.map((one) => ({ value: one.id, label: one.name }))}
            />
            <Button icon="send" busy={send.isPending} disabled={!peer} onClick={() => send.mutate()}>
              {t('forward.byHand')}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}
