import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call, CallState } from '@/call';
import { Confirm } from '@/ui/dialog';
import { useNow } from '@/ui/server-clock';
import { clockText, secondsBetween } from '@/ui/time.model';
import { consentsOf } from './room.model';
import './notices.css';

/** A red dot with words while the talk is recorded; a press shows who agreed, and is the way to withdraw. */
export function RecordingMark({ call, state }: { call: Call; state: CallState }) {
  const { t } = useTranslation();
  const now = useNow();
  const [open, setOpen] = useState(false);
  const { recording } = state;
  if (recording.state === 'off') return null;
  const consents = consentsOf(state);
  const people = [{ id: state.you, name: t('call.people.you') }, ...state.people];
  return (
    <div className={`recording recording-${recording.state}`} role="status">
      <span className="recording-dot" aria-hidden />
      <b>{t(`call.record.${recording.state}`)}</b>
      {recording.state === 'on' && recording.since && (
        <span className="num">{clockText(secondsBetween(recording.since, now))}</span>
      )}
      {recording.state !== 'failed' && (
        <button type="button" onClick={() => setOpen(true)}>
          {t('call.record.agreed', { given: consents.given, all: consents.all })}
        </button>
      )}
      {open && (
        <Confirm
          title={t(consents.mine === 'given' ? 'call.record.withdrawTitle' : `call.record.${recording.state}`)}
          action={t(consents.mine === 'given' ? 'call.record.withdraw' : 'call.record.give')}
          look={consents.mine === 'given' ? 'danger' : 'primary'}
          onConfirm={() => {
            call.consent(consents.mine !== 'given');
            setOpen(false);
          }}
          onClose={() => setOpen(false)}
        >
          {consents.mine === 'given' && <p className="soft">{t('call.record.withdrawText')}</p>}
          <ul className="recording-who">
            {people.map((person) => (
              <li key={person.id}>
                <span>{person.name}</span>
                <span className="muted">{t(`call.record.${consents.of(person.id)}`)}</span>
              </li>
            ))}
          </ul>
        </Confirm>
      )}
    </div>
  );
}
