import { useQueries, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { devicesQuery, unmatchedQuery } from '@/api/records';
import { stepProblemsQuery, worklistQuery } from '@/api/worklist';
import { useMe } from '@/app/session';
import { Figure } from './figure';

/** A technologist: how many wait at each device, and what has to be set right. */
export function TechnologistWork() {
  const { t } = useTranslation();
  const home = useMe().point.institution.id;
  const devices = useQuery(devicesQuery({ institution: home }));
  const unmatched = useQuery(unmatchedQuery);
  const problems = useQuery(stepProblemsQuery);
  const lists = useQueries({ queries: (devices.data ?? []).map((one) => worklistQuery(one.aeTitle)) });
  return (
    <ul className="figures">
      {devices.data?.map((one, i) => (
        <Figure
          key={one.aeTitle}
          to={`/worklist?device=${encodeURIComponent(one.aeTitle)}`}
          value={lists[i]?.data?.items.length}
          text={one.name}
        />
      ))}
      <Figure to="/worklist" value={problems.data?.length} text={t('worklist.problems')} alarm />
      <Figure to="/unmatched" value={unmatched.data?.length} text={t('work.unmatched')} alarm />
    </ul>
  );
}
