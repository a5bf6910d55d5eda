import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { dutyQuery } from '@/api/consults';
import { useSpecialtyName } from '@/app/specialty';
import { DutyList } from '@/features/duty/duty-list';
import { Panel } from '@/ui/panel';
import { Loaded } from '@/ui/states';

/** Who can be asked at this moment. */
export function DutyNow() {
  const { t } = useTranslation();
  const specialty = useSpecialtyName();
  const duty = useQuery(dutyQuery);
  return (
    <Panel title={t('work.dutyNow')} count={duty.data?.items.length}>
      <Loaded query={duty} rows={5}>
        {(data) => <DutyList duty={data.items} gaps={data.gaps} specialtyName={specialty} />}
      </Loaded>
    </Panel>
  );
}
