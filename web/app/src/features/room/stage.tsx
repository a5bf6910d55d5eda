import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { institutionsQuery } from '@/api/consults';
import type { CallState, RemotePerson } from '@/call';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { blindReason, coverOf, mainPerson, pictureOf } from './room.model';
import { RoomCover } from './room-cover';
import { Video, Voice } from './video';
import './stage.css';

interface StageProps {
  state: CallState;
  phone?: string;
  onRetry: () => void;
  onRejoin: () => void;
}

/** Video is the room: one person large, the others and oneself small. */
export function Stage({ state, phone, onRetry, onRejoin }: StageProps) {
  const { t } = useTranslation();
  const [silent, setSilent] = useState(false);
  const main = mainPerson(state.people);
  const others = state.people.filter((person) => person !== main);
  const cover = coverOf(state);
  return (
    <div className="stage">
      {main && <Person person={main} large />}
      {state.people.map((person) => (
        <Voice key={person.id} stream={person.streams.mic} onBlocked={() => setSilent(true)} />
      ))}
      <div className="stage-small">
        {others.map((person) => (
          <Person key={person.id} person={person} />
        ))}
        <figure className="stage-self">
          {state.local.camera && state.local.switches.camera ? (
            <Video media={state.local.camera} mirror label={t('room.you')} />
          ) : (
            <Icon name="cameraOff" />
          )}
          <figcaption>
            {!state.local.switches.mic && <Icon name="micOff" size={14} label={t('room.muted')} />}
            {t('room.you')}
          </figcaption>
        </figure>
      </div>
      {cover.is !== 'none' && <RoomCover cover={cover} phone={phone} onRetry={onRetry} onRejoin={onRejoin} />}
      {silent && (
        <Button
          className="stage-sound"
          look="primary"
          size="large"
          icon="volume"
          onClick={() => void unblock().then(() => setSilent(false))}
        >
          {t('room.soundBlocked')}
        </Button>
      )}
    </div>
  );
}

async function unblock(): Promise<void> {
  const players = [...document.querySelectorAll<HTMLAudioElement>('.stage audio')];
  await Promise.allSettled(players.map((audio) => audio.play()));
}

function Person({ person, large }: { person: RemotePerson; large?: boolean }) {
  const { t } = useTranslation();
  const source = pictureOf(person);
  const stream = source && person.streams[source];
  const { data: institutions } = useQuery(institutionsQuery);
  const place = institutions?.find((one) => one.id === person.institution)?.short;
  return (
    <figure className={large ? 'stage-main' : 'stage-other'} data-person={person.id} data-link={person.link}>
      {stream ? (
        <Video
          media={stream}
          whole={source === 'screen'}
          label={person.name}
          className={person.link === 'interrupted' ? 'still' : ''}
        />
      ) : (
        <div className="stage-blind">
          <span className="stage-initial">{person.name.slice(0, 1)}</span>
          <span>{t(`room.blind.${blindReason(person)}`)}</span>
        </div>
      )}
      <figcaption>
        {!person.state.mic && <Icon name="micOff" size={14} label={t('room.muted')} />}
        {person.name}
        {place && <span className="stage-place">{place}</span>}
      </figcaption>
    </figure>
  );
}
