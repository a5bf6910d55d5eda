import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { devicesQuery } from '@/api/records';
import { stepProblemsQuery, worklistQuery } from '@/api/worklist';
import { useMe } from '@/app/session';
import { ProblemList } from '@/features/worklist/problem-list';
import { WorklistTable } from '@/features/worklist/worklist-table';
import { Choice } from '@/ui/field';
import { Page, Panel } from '@/ui/panel';
import { Empty, Loaded } from '@/ui/states';

/** A technologist looks at what stands in the device's own worklist, and at what the device told that does not fit. */
export function WorklistPage() {
  const { t } = useTranslation();
  const home = useMe().point.institution.id;
  const [params, setParams] = useSearchParams();
  const devices = useQuery(devicesQuery({ institution: home }));
  const problems = useQuery(stepProblemsQuery);
  const wanted = params.get('device');
  const device = devices.data?.find((one) => one.aeTitle === wanted) ?? devices.data?.[0];
  return (
    <Page title={t('worklist.title')} note={t('worklist.note')}>
      {(devices.data?.length ?? 0) > 1 && (
        <Choice
          hidden
          label={t('order.device')}
          value={device?.aeTitle}
          onChange={(ae) => setParams({ device: ae }, { replace: true })}
          options={(devices.data ?? []).map((one) => ({ value: one.aeTitle, text: one.name }))}
        />
      )}
      <div className="worklist-columns">
        <Loaded query={devices} rows={6}>
          {() =>
            device ? (
              <DeviceList ae={device.aeTitle} name={device.name} />
            ) : (
              <Panel>
                <Empty icon="device" title={t('worklist.noDevice')}>
                  {t('worklist.noDeviceText')}
                </Empty>
              </Panel>
            )
          }
        </Loaded>
        <Panel title={t('worklist.problems')} count={problems.data?.length}>
          <Loaded query={problems}>
            {(list) =>
              list.length === 0 ? (
                <Empty icon="check" title={t('worklist.problemsNone')}>
                  {t('worklist.problemsNoneText')}
                </Empty>
              ) : (
                <ProblemList problems={list} />
              )
            }
          </Loaded>
        </Panel>
      </div>
    </Page>
  );
}

function DeviceList({ ae, name }: { ae: string; name: string }) {
  const list = useQuery(worklistQuery(ae));
  return (
    <Panel title={name} count={list.data?.items.length} actions={<span className="num muted">{ae}</span>}>
      <Loaded query={list} rows={6} height={32}>
        {(data) => <WorklistTable list={data} />}
      </Loaded>
    </Panel>
  );
}
