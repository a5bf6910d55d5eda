import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Reading } from '@/api/readings';
import type { Critical } from '@/api/record-types';
import { criticalsQuery } from '@/api/records';
import { useFormat } from '@/i18n/format';
import { Waiting } from '@/ui/waiting';

/** What has become of the critical finding of this report: who was told, who has read it back. */
export function CriticalState({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const open = useQuery({ ...criticalsQuery('open'), enabled: Boolean(reading.critical) });
  const state = reading.criticalState;
  if (!state) return null;
  const finding = open.data?.find((c) => c.reading === reading.id);
  const done = state === 'acted' || state === 'closed' || state === 'downgraded';
  return (
    <section
      className={done ? 'report-alarm report-alarm-done' : 'report-alarm'}
      data-testid="critical-state"
      data-state={state}
      aria-label={t('reading.critical')}
    >
      <h3>
        {t('reading.critical')} · {t(`reading.criticalStates.${state}`)}
        {finding && !done && <Waiting since={finding.flaggedAt} due={finding.nextAt} />}
      </h3>
      {finding && <Told finding={finding} />}
    </section>
  );
}

function Told({ finding }: { finding: Critical }) {
  const { t } = useTranslation();
  const { time, list } = useFormat();
  return (
    <>
      <p>{finding.text}</p>
      <p className="soft">
        {t('reading.told')} {list((finding.notified ?? []).map((n) => `${n.person.name} ${time(n.at)}`))}
      </p>
      {finding.acknowledgedBy && (
        <p className="soft">
          {t('reading.readBack', { name: finding.acknowledgedBy.name, time: time(finding.acknowledgedAt) })}
          {finding.readBack}
        </p>
      )}
    </>
  );
}
