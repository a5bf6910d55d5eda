import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { requestQuery } from '@/api/consults';
import { type Recording, recordingIndexQuery, recordingQuery } from '@/api/recordings';
import { TopBar } from '@/app/shell';
import { usePageTone } from '@/app/theme';
import { About } from '@/features/playback/about';
import { Player } from '@/features/playback/player';
import { Icon } from '@/ui/icon';
import { PatientStrip } from '@/ui/patient-strip';
import { Empty, Loaded } from '@/ui/states';
import { UrgencyTag } from '@/ui/urgency';

/** A recorded consult, played. */
export function RecordingPage() {
  const { id = '', recording = '' } = useParams();
  usePageTone('dark');
  const { t } = useTranslation();
  const consult = useQuery(requestQuery(id));
  const about = useQuery(recordingQuery(recording));
  return (
    <div className="shell">
      <TopBar />
      <main id="main">
        {consult.data && (
          <PatientStrip patient={consult.data.patient} institution={consult.data.institution.short}>
            <UrgencyTag kind={consult.data.kind} />
            <Link to={`/requests/${id}`} className="row">
              <Icon name="back" size={16} />
              {t('playback.toRequest')}
            </Link>
          </PatientStrip>
        )}
        <Loaded query={about} rows={8}>
          {(data) => (
            <div className="playback-page">
              {data.state === 'stored' ? (
                <Stored recording={data} />
              ) : (
                <Empty icon="camera" title={t(`playback.state.${data.state}`)} />
              )}
              <About recording={data} patient={consult.data?.patient.name ?? ''} />
            </div>
          )}
        </Loaded>
      </main>
    </div>
  );
}

function Stored({ recording }: { recording: Recording }) {
  const index = useQuery(recordingIndexQuery(recording.id));
  return (
    <Loaded query={index} rows={8}>
      {(data) => <Player recording={recording} index={data} />}
    </Loaded>
  );
}
