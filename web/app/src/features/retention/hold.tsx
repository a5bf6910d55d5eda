import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudySummary } from '@/api/record-types';
import { type Hold, holdsQuery, releaseHold, setHold } from '@/api/retention';
import { useIs, useMe } from '@/app/session';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { ReasonConfirm } from '@/ui/reason-confirm';
import { useToast } from '@/ui/toast';
import './retention.css';

/** Only the head of the institution that made a study puts it on hold; administrators do it without the study's page. */
function useKeeps(study: StudySummary): boolean {
  const me = useMe();
  return useIs('head', 'admin') && study.institutionId === me.point.institution.id;
}

/** A lock with its word, on a study that may not be deleted. */
export function HoldMark({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery({ ...holdsQuery(study.uid), enabled: useKeeps(study) });
  const hold = data?.[0];
  if (!hold) return null;
  return (
    <span className="hold" title={t('hold.by', { name: hold.by, at: format.date(hold.at), reason: hold.reason })}>
      <Icon name="lock" size={15} />
      {t('hold.on')}
    </span>
  );
}

export function HoldAction({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const { data } = useQuery({ ...holdsQuery(study.uid), enabled: useKeeps(study) });
  if (!data) return null;
  const [hold] = data;
  return (
    <>
      <Button size="small" look="quiet" icon="lock" onClick={() => setAsking(true)}>
        {t(hold ? 'hold.release' : 'hold.set')}
      </Button>
      {asking && <HoldDialog study={study} hold={hold} onClose={() => setAsking(false)} />}
    </>
  );
}

function HoldDialog({ study, hold, onClose }: { study: StudySummary; hold: Hold | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const toast = useToast();
  const queries = useQueryClient();
  const what = `${study.modalities.join(' ')} ${study.description ?? ''}`.trim();
  return (
    <ReasonConfirm
      title={t(hold ? 'hold.releaseTitle' : 'hold.setTitle')}
      action={t(hold ? 'hold.release' : 'hold.set')}
      look={hold ? 'danger' : 'primary'}
      hint={hold ? undefined : t('hold.hint')}
      send={async (reason) => {
        await (hold ? releaseHold(hold.id, reason) : setHold(study.uid, reason));
      }}
      onDone={() => {
        toast.say(t(hold ? 'hold.released' : 'hold.done'), { tone: 'done' });
        void queries.invalidateQueries({ queryKey: ['holds', study.uid] });
      }}
      onClose={onClose}
    >
      <p>{t(hold ? 'hold.releaseText' : 'hold.setText', { name: study.patientName, what })}</p>
      {hold && (
        <p className="muted">{t('hold.by', { name: hold.by, at: format.date(hold.at), reason: hold.reason })}</p>
      )}
    </ReasonConfirm>
  );
}
