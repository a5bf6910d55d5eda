import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { commandRecording, type Recording, type RecordingCommand, recordingQuery } from '@/api/recordings';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { Facts, Panel } from '@/ui/panel';
import { ReasonConfirm } from '@/ui/reason-confirm';

/** Who agreed and when, how long it is kept, and what a head may do. */
export function About({ recording, patient }: { recording: Recording; patient: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [asking, setAsking] = useState<RecordingCommand>();
  const held = recording.holds.filter((hold) => !hold.releasedAt);
  const may = (command: RecordingCommand) => recording.actions.includes(command);
  return (
    <Panel
      title={t('playback.about')}
      pad
      actions={
        <div className="row">
          {may('release') && held.length > 0 && (
            <Button size="small" look="quiet" icon="lock" onClick={() => setAsking('release')}>
              {t('playback.release')}
            </Button>
          )}
          {may('hold') && held.length === 0 && (
            <Button size="small" look="quiet" icon="lock" onClick={() => setAsking('hold')}>
              {t('playback.hold')}
            </Button>
          )}
          {may('delete') && held.length === 0 && (
            <Button size="small" look="quiet" onClick={() => setAsking('delete')}>
              {t('playback.delete')}
            </Button>
          )}
        </div>
      }
    >
      <Facts
        items={[
          [t('playback.asked'), `${recording.by.name} ${format.dateTime(recording.askedAt)}`],
          [
            t('playback.ended'),
            t(`playback.reason.${recording.reason}` as 'playback.reason.ended', {
              defaultValue: recording.reason ?? '',
            }),
          ],
          [
            t('playback.kept'),
            recording.keepUntil
              ? t('playback.until', { date: format.date(recording.keepUntil) })
              : t('playback.forEver'),
          ],
          [t('playback.held'), held.map((hold) => `${hold.by.name}: ${hold.reason}`).join('; ')],
        ]}
      />
      <ul className="playback-consents" aria-label={t('playback.consents')}>
        {recording.consents.map((consent) => (
          <li key={consent.person.id}>
            <Icon name={consent.given ? 'check' : 'close'} size={16} />
            {consent.person.name} <span>{t(consent.given ? 'playback.event.agreed' : 'playback.event.disagreed')}</span>{' '}
            <span className="num muted">{format.timeSeconds(Date.parse(consent.at))}</span>
          </li>
        ))}
      </ul>
      {recording.failure === 'store' && <p className="playback-incomplete">{t('playback.incompleteText')}</p>}
      <p className="small muted">{t('playback.written')}</p>
      {asking && <Ask recording={recording} patient={patient} command={asking} onClose={() => setAsking(undefined)} />}
    </Panel>
  );
}

interface AskProps {
  recording: Recording;
  patient: string;
  command: RecordingCommand;
  onClose: () => void;
}

function Ask({ recording, patient, command, onClose }: AskProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return (
    <ReasonConfirm
      title={t(`playback.${command}`)}
      action={t(`playback.${command}`)}
      look={command === 'hold' ? 'primary' : 'danger'}
      send={(reason) => commandRecording(recording, command, reason)}
      onDone={(fresh) => {
        queries.setQueryData(recordingQuery(recording.id).queryKey, fresh);
        void queries.invalidateQueries({ queryKey: ['recording'] });
      }}
      onClose={onClose}
    >
      <p>{t(`playback.${command}Text`, { name: patient })}</p>
    </ReasonConfirm>
  );
}
