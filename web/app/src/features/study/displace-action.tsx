import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudySummary } from '@/api/record-types';
import { displaceStudy, type PlacedBy } from '@/api/records';
import { Button } from '@/ui/button';
import { ReasonConfirm } from '@/ui/reason-confirm';
import { useToast } from '@/ui/toast';

/** Takes images away from the order they were linked to, or from the patient they were filed with. */
export function DisplaceAction({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const how = study.actions?.includes('unfile') ? 'file' : study.actions?.includes('unlink') ? 'link' : undefined;
  if (!how) return null;
  return (
    <>
      <Button size="small" look="quiet" onClick={() => setAsking(true)}>
        {t(`unmatched.displace.${how}`)}
      </Button>
      {asking && <DisplaceDialog study={study} how={how} onClose={() => setAsking(false)} />}
    </>
  );
}

function DisplaceDialog({ study, how, onClose }: { study: StudySummary; how: PlacedBy; onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const show = () => {
    for (const key of ['unmatched', 'studies', 'study', 'orders', 'readings', 'reading'])
      void queries.invalidateQueries({ queryKey: [key] });
  };
  return (
    <ReasonConfirm
      title={t(`unmatched.displaceTitle.${how}`)}
      action={t(`unmatched.displace.${how}`)}
      send={(reason) => displaceStudy(how, study.uid, reason, study.version)}
      onDone={() => toast.say(t('unmatched.displaced'), { tone: 'done' })}
      onSettled={show}
      onClose={onClose}
    >
      <p>{t(`unmatched.displaceText.${how}`, { name: study.patientName })}</p>
    </ReasonConfirm>
  );
}
