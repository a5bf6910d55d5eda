import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call, CallState } from '@/call';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { useToast } from '@/ui/toast';
import { type Notice, noticeOf } from './room.model';
import './notices.css';

interface NoticesProps {
  call: Call;
  state: CallState;
  phone?: string;
}

/** One line above the picture: what is asked, who waits, how the line is. */
export function Notices({ call, state, phone }: NoticesProps) {
  const { t } = useTranslation();
  useHappenings(call, state);
  const notice = noticeOf(state);
  const status =
    state.phase === 'recovering' || state.media === 'interrupted'
      ? 'interrupted'
      : state.lineState === 'thin' || state.link === 'degraded'
        ? 'degraded'
        : 'live';
  return (
    <>
      <p className="sr" aria-live="polite">
        {state.phase === 'live' || state.phase === 'recovering' ? t(`call.status.${status}`) : ''}
      </p>
      {notice && (
        <div className={`notice notice-${notice.is}`} role={notice.is === 'thin' ? 'status' : 'alert'}>
          <NoticeLine call={call} notice={notice} phone={phone} />
        </div>
      )}
    </>
  );
}

function NoticeLine({ call, notice, phone }: { call: Call; notice: Notice; phone?: string }) {
  const { t } = useTranslation();
  const dial = phone && (
    <a className="y-btn y-btn-plain y-btn-normal" href={`tel:${phone}`}>
      <Icon name="phone" size={16} />
      {t('call.notice.phone')} <span className="num">{phone}</span>
    </a>
  );
  switch (notice.is) {
    case 'record':
      return (
        <>
          <Icon name="camera" />
          <p>{t('call.notice.asksRecord', { name: notice.by })}</p>
          <Button look="primary" onClick={() => call.consent(true)}>
            {t('call.notice.agree')}
          </Button>
          <Button onClick={() => call.consent(false)}>{t('call.notice.disagree')}</Button>
        </>
      );
    case 'unmute':
      return (
        <>
          <Icon name="mic" />
          <p>{t('call.notice.asksUnmute', { name: notice.by })}</p>
          <Button look="primary" onClick={() => call.setEnabled('mic', true)}>
            {t('call.notice.unmute')}
          </Button>
          <Button onClick={call.dismiss.bind(call)}>{t('call.notice.later')}</Button>
        </>
      );
    case 'present':
      return (
        <>
          <Icon name="image" />
          <p>{t('call.notice.asksPresent', { name: notice.by })}</p>
          <Button
            look="primary"
            onClick={() => {
              call.control('present', notice.id);
              call.dismiss();
            }}
          >
            {t('call.notice.give')}
          </Button>
          <Button onClick={call.dismiss.bind(call)}>{t('call.notice.later')}</Button>
        </>
      );
    case 'waits':
      return (
        <>
          <Icon name="user" />
          <p>
            {notice.count > 1
              ? t('call.notice.waitsMany', { name: notice.name, count: notice.count })
              : t('call.notice.waits', { name: notice.name })}
          </p>
          <Button look="primary" onClick={() => call.control('admit', notice.id)}>
            {t('call.notice.admit')}
          </Button>
          <Button onClick={() => call.control('deny', notice.id)}>{t('call.notice.deny')}</Button>
        </>
      );
    case 'thin':
      return (
        <>
          <span aria-hidden>▲</span>
          <p>{t('call.notice.thin')}</p>
          {dial}
        </>
      );
    case 'theyThin':
      return (
        <>
          <span aria-hidden>▲</span>
          <p>{t('call.notice.theyThin', { name: notice.name })}</p>
          {dial}
        </>
      );
  }
}

/** What passes by is said once, for a moment. */
function useHappenings(call: Call, state: CallState): void {
  const { t } = useTranslation();
  const toast = useToast();
  const many = state.people.length > 1;
  useEffect(() => {
    const nameOf = (id: string) => call.snapshot().people.find((person) => person.id === id)?.name ?? '';
    const names = new Map<string, string>();
    const offs = [
      call.on('joined', (person) => {
        names.set(person.id, person.name);
        if (many) toast.say(t('call.notice.joined', { name: person.name }));
      }),
      call.on('left', ({ id }) => {
        const name = names.get(id);
        if (many && name) toast.say(t('call.notice.left', { name }));
      }),
      call.on('muted', ({ by }) => toast.say(t('call.notice.muted', { name: nameOf(by) }))),
      call.on('problem', ({ code }) => {
        if (code === 'not-allowed') toast.say(t('call.notice.refused'), { tone: 'bad' });
      }),
      call.on('shared', ({ topic }) => {
        if (topic === 'kept') toast.say(t('call.freeze.said'));
      }),
    ];
    return () => {
      for (const off of offs) off();
    };
  }, [call, many, t, toast]);
}
