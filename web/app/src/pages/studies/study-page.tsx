import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { studyQuery } from '@/api/records';
import { useIs, useMe } from '@/app/session';
import { TopBar } from '@/app/shell';
import { usePageTone } from '@/app/theme';
import { ViewerSlot } from '@/app/viewer-slot';
import { HoldAction, HoldMark } from '@/features/retention/hold';
import { DisplaceAction } from '@/features/study/displace-action';
import { StudyStateText } from '@/features/study/study-table';
import { DeidentAction } from '@/features/transfer/deident-action';
import { ExportAction } from '@/features/transfer/export-action';
import { ShareAction } from '@/features/transfer/share-action';
import { useFormat } from '@/i18n/format';
import { brief } from '@/ui/brief';
import { PatientStrip } from '@/ui/patient-strip';
import { Loaded } from '@/ui/states';
import './studies.css';

/** One study in the viewer, for looking; reading has its own page. */
export function StudyPage() {
  usePageTone('dark');
  const { t } = useTranslation();
  const format = useFormat();
  const { uid = '' } = useParams();
  const study = useQuery(studyQuery(uid));
  const me = useMe();
  const corrects = useIs('technologist', 'radiologist', 'reviewer', 'coordinator', 'head');
  return (
    <div className="study-page">
      <TopBar />
      <Loaded query={study} rows={1} height={24}>
        {(data) => (
          <PatientStrip
            patient={{ id: data.patient ?? '', name: data.patientName, sex: data.sex ?? 'U', age: data.age }}
            institution={data.institution}
            actions={
              <>
                {data.order && <Link to={`/orders/${data.order}`}>{t('study.order')}</Link>}
                {data.reading && <Link to={`/readings/${data.reading}`}>{t('study.reading')}</Link>}
                <DisplaceAction study={data} />
                <HoldAction study={data} />
                {data.institution === me.point.institution.short && (
                  <Link to={`/studies/${uid}/film`}>{t('film.title')}</Link>
                )}
                {data.institution === me.point.institution.short && (
                  <>
                    <ShareAction study={uid} patient={data.patientName} />
                    <ExportAction study={uid} patient={data.patientName} />
                    <DeidentAction study={uid} patient={data.patientName} />
                  </>
                )}
                {corrects && <Link to={`/studies/${uid}/correct`}>{t('truth.title')}</Link>}
              </>
            }
          >
            <span className="clamp">
              {data.modalities.join(' ')} {brief(data.description)}
            </span>
            <span className="num">{format.dateTime(data.date)}</span>
            <StudyStateText study={data} />
            <HoldMark study={data} />
          </PatientStrip>
        )}
      </Loaded>
      <div className="study-view">
        <ViewerSlot studyUid={uid} />
      </div>
    </div>
  );
}
