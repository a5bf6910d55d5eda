import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call, CallState, RemotePerson } from '@/call';
import { Button, IconButton } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Icon } from '@/ui/icon';
import { Menu, MenuItem } from '@/ui/menu';
import './people-panel.css';

interface PeoplePanelProps {
  call: Call;
  state: CallState;
  onClose: () => void;
}

/** Who is here, who waits, who only listens; and what a chair may do about it. */
export function PeoplePanel({ call, state, onClose }: PeoplePanelProps) {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState<RemotePerson>();
  const speakers = state.people.filter((person) => person.state.mic && person.canSend);
  const { hand } = state.local.switches;
  // Raised hands first, in the order in which they came.
  const people = [...state.people].sort((a, b) => Number(b.state.hand ?? false) - Number(a.state.hand ?? false));
  return (
    <aside className="people" aria-label={t('call.more.people')}>
      <header>
        <h2>{t('call.people.here', { count: state.people.length + 1 })}</h2>
        {state.chair && speakers.length > 1 && (
          <Button
            size="small"
            icon="micOff"
            onClick={() => {
              for (const person of speakers) call.control('mute', person.id, 'mic');
            }}
          >
            {t('call.people.muteAll')}
          </Button>
        )}
        <IconButton icon="close" label={t('common.close')} onClick={onClose} />
      </header>
      {state.waiting.length > 0 && (
        <section>
          <h3>{t('call.people.waiting', { count: state.waiting.length })}</h3>
          <ul>
            {state.waiting.map((visitor) => (
              <li key={visitor.id}>
                <span className="people-name">
                  {visitor.name}
                  {visitor.guest && <small>{t('call.people.guest')}</small>}
                </span>
                <Button size="small" look="primary" onClick={() => call.control('admit', visitor.id)}>
                  {t('call.notice.admit')}
                </Button>
                <Button size="small" onClick={() => call.control('deny', visitor.id)}>
                  {t('call.notice.deny')}
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <ul>
        <li>
          <Icon name={state.local.switches.mic ? 'mic' : 'micOff'} size={16} />
          <span className="people-name">
            {t('call.people.you')}
            {state.chair && <small>{t('call.people.chair')}</small>}
          </span>
          {hand && <Icon name="hand" label={t('call.handUp')} />}
        </li>
        {people.map((person) => (
          <PersonLine
            key={person.id}
            person={person}
            call={call}
            chair={state.chair}
            onRemove={() => setRemoving(person)}
          />
        ))}
      </ul>
      {state.audience > 0 && <p className="people-audience">{t('call.people.audience', { count: state.audience })}</p>}
      {removing && (
        <Confirm
          title={t('call.people.removeTitle', { name: removing.name })}
          action={t('call.people.remove')}
          look="danger"
          onConfirm={() => {
            call.control('remove', removing.id);
            setRemoving(undefined);
          }}
          onClose={() => setRemoving(undefined)}
        >
          <p className="soft">{t('call.people.removeText', { name: removing.name })}</p>
        </Confirm>
      )}
    </aside>
  );
}

interface PersonLineProps {
  person: RemotePerson;
  call: Call;
  chair: boolean;
  onRemove: () => void;
}

function PersonLine({ person, call, chair, onRemove }: PersonLineProps) {
  const { t } = useTranslation();
  const { mic, hand } = person.state;
  return (
    <li>
      <Icon name={mic ? 'mic' : 'micOff'} size={16} label={mic ? undefined : t('room.muted')} />
      <span className="people-name">
        {person.name}
        {person.role === 'guest' && <small>{t('call.people.guest')}</small>}
        {person.link === 'interrupted' && <small>■ {t('call.offline')}</small>}
        {person.link === 'degraded' && <small>▲ {t('call.degraded')}</small>}
      </span>
      {hand && <Icon name="hand" label={t('call.handUp')} />}
      {chair && (
        <Menu label={`${t('call.more.title')} ${person.name}`} button={<Icon name="more" size={18} />}>
          {(close) => {
            const order = (run: () => void) => () => {
              close();
              run();
            };
            return (
              <>
                {mic ? (
                  <MenuItem onClick={order(() => call.control('mute', person.id, 'mic'))}>
                    {t('call.people.mute')}
                  </MenuItem>
                ) : (
                  <MenuItem onClick={order(() => call.control('unmute-ask', person.id, 'mic'))}>
                    {t('call.people.askUnmute')}
                  </MenuItem>
                )}
                {hand && (
                  <MenuItem onClick={order(() => call.control('lower-hand', person.id))}>
                    {t('call.people.lowerHand')}
                  </MenuItem>
                )}
                <MenuItem onClick={order(() => call.control('present', person.id))}>
                  {t('call.people.present')}
                </MenuItem>
                <hr />
                <MenuItem onClick={order(onRemove)}>{t('call.people.remove')}</MenuItem>
              </>
            );
          }}
        </Menu>
      )}
    </li>
  );
}
