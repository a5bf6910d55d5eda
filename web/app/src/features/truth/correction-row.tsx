import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type Correction, type StepAction, stepCorrection } from '@/api/truth';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { TextArea } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { correctionFacts } from './truth.model';
import './truth.css';

interface Props {
  correction: Correction;
  /** Does the step; without it, the clinical door does. */
  step?: typeof stepCorrection;
  linked?: boolean;
}

/** One correction: what it does, who asked and why, and what the reader may do now. */
export function CorrectionRow({ correction, step = stepCorrection, linked }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [asking, setAsking] = useState<StepAction>();
  const { code, count, values } = correctionFacts(correction);
  const study = correction.studies?.[0];
  return (
    <li className="correction" data-state={correction.state}>
      <p className="correction-head">
        <b>{t(`truth.kind.${correction.kind}`)}</b>
        {code && <span>{t(`truth.code.${code}` as 'truth.code.113001')}</span>}
        {count !== undefined && <span className="num">{t('truth.count', { n: count })}</span>}
        <span className={`correction-state correction-${correction.state}`}>
          {t(`truth.state.${correction.state}`)}
        </span>
        {linked && study && <Link to={`/studies/${study}/correct`}>{t('truth.open')}</Link>}
      </p>
      {values.length > 0 && <p className="correction-values num">{values.join(' · ')}</p>}
      <ol className="correction-steps">
        {(correction.steps ?? []).map((one) => (
          <li key={`${one.action} ${one.at}`}>
            <span className="num muted">{format.moment(one.at)}</span>{' '}
            {t(`truth.did.${one.action}` as 'truth.did.propose', {
              who: one.name || one.device || t('truth.system'),
              defaultValue: `${one.name ?? ''} ${one.action}`,
            })}
            {one.reason && <q>{one.reason}</q>}
          </li>
        ))}
      </ol>
      {(correction.actions ?? []).length > 0 && (
        <div className="correction-do">
          {(correction.actions ?? []).map((action) => (
            <Button
              key={action}
              size="small"
              look={action === 'approve' ? 'primary' : 'plain'}
              onClick={() => setAsking(action as StepAction)}
            >
              {t(`truth.step.${action}` as 'truth.step.approve')}
            </Button>
          ))}
        </div>
      )}
      {asking && <Ask correction={correction} action={asking} step={step} onClose={() => setAsking(undefined)} />}
    </li>
  );
}

interface AskProps {
  correction: Correction;
  action: StepAction;
  step: typeof stepCorrection;
  onClose: () => void;
}

function Ask({ correction, action, step, onClose }: AskProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const send = useMutation({
    mutationFn: () => step(correction.id, action, correction.version, reason.trim()),
    onSuccess: () => {
      toast.say(t(`truth.done.${action}`), { tone: 'done' });
      onClose();
    },
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Confirm
      title={t(`truth.askTitle.${action}`)}
      action={t(`truth.step.${action}`)}
      look={action === 'approve' ? 'primary' : 'danger'}
      busy={send.isPending}
      disabled={action === 'undo' && reason.trim() === ''}
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      <p>{t(`truth.askText.${action}`)}</p>
      {action !== 'approve' && (
        <TextArea label={t('common.reason')} rows={2} value={reason} onChange={(e) => setReason(e.target.value)} />
      )}
      {send.error && <ErrorNote error={send.error} />}
    </Confirm>
  );
}
