import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { institutionsQuery } from '@/api/consults';
import type { Call, CallState } from '@/call';
import { Icon } from '@/ui/icon';
import { useNow } from '@/ui/server-clock';
import { type Picture, pictureFor, type TilePlan } from './tiles.model';
import { useSourceName } from './use-source-name';
import { Video } from './video';
import './tile.css';

interface TileProps {
  call: Call;
  state: CallState;
  plan: TilePlan;
  main?: boolean;
  heard?: boolean;
  className: string;
  onPress?: () => void;
}

/** One picture with the name of whose it is. */
export function Tile(props: TileProps) {
  const { plan } = props;
  return plan.person ? <TheirTile {...props} person={plan.person} /> : <OwnTile {...props} />;
}

function TheirTile({
  call,
  plan,
  person,
  main = false,
  heard,
  className,
  onPress,
}: TileProps & { person: NonNullable<TilePlan['person']> }) {
  const { t } = useTranslation();
  const now = useNow();
  const sourceName = useSourceName();
  const { source } = plan;
  const picture = pictureFor(person, source, now);
  const { data: institutions } = useQuery(institutionsQuery);
  const place = institutions?.find((one) => one.id === person.institution)?.short;
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    if (frame.current) return call.showing(frame.current, { from: person.id, source, main });
  }, [call, person.id, source, main]);
  const face = source === 'camera';
  const name = face ? person.name : t('call.sourceOf', { name: person.name, source: sourceName(source) });
  return (
    <figure
      ref={frame}
      className={`${className} tile ${heard && face ? 'tile-heard' : ''}`}
      data-person={person.id}
      data-source={source}
      data-link={person.link}
    >
      <PictureView picture={picture} name={name} whole={!face} lost={person.link === 'interrupted'} now={now} />
      <figcaption>
        {face && !person.state.mic && <Icon name="micOff" size={14} label={t('room.muted')} />}
        <span className="tile-name">{name}</span>
        {heard && face && <span className="sr">{t('call.speaking')}</span>}
        {place && face && <span className="stage-place">{place}</span>}
      </figcaption>
      {!main && person.link === 'degraded' && face && <span className="tile-mark">▲ {t('call.degraded')}</span>}
      {!main && person.link === 'interrupted' && face && <span className="tile-mark">■ {t('call.offline')}</span>}
      {face && person.state.hand && (
        <span className="tile-hand">
          <Icon name="hand" size={16} /> {t('call.handUp')}
        </span>
      )}
      {onPress && <button type="button" className="tile-press" aria-label={name} onClick={onPress} />}
    </figure>
  );
}

interface PictureViewProps {
  picture: Picture;
  name: string;
  whole: boolean;
  lost: boolean;
  now: number;
}

function PictureView({ picture, name, whole, lost, now }: PictureViewProps) {
  const { t } = useTranslation();
  switch (picture.is) {
    case 'video':
      return <Video media={picture.stream} whole={whole} label={name} className={lost ? 'still' : ''} />;
    case 'still':
      return (
        <>
          <img className="tile-still" src={picture.still.url} alt={name} />
          <span className="tile-age num">
            <span className="tile-age-word">{t('call.still')}</span>
            {t('call.stillAge', { seconds: Math.max(0, Math.round((now - picture.still.at) / 1000)) })}
          </span>
        </>
      );
    case 'none':
      return (
        <div className="stage-blind">
          <span className="stage-initial">{name.slice(0, 1)}</span>
          <span>{t(`room.blind.${picture.why}`)}</span>
        </div>
      );
  }
}

function OwnTile({ state, className }: TileProps) {
  const { t } = useTranslation();
  const { camera, switches } = state.local;
  return (
    <figure className={`${className} tile`} data-person="self">
      {camera && switches.camera ? <Video media={camera} mirror label={t('room.you')} /> : <Icon name="cameraOff" />}
      <figcaption>
        {!switches.mic && <Icon name="micOff" size={14} label={t('room.muted')} />}
        {t('room.you')}
      </figcaption>
      {switches.hand && (
        <span className="tile-hand">
          <Icon name="hand" size={16} label={t('call.handUp')} />
        </span>
      )}
    </figure>
  );
}
