import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { setPresence } from '@/api/consults';
import { useFormat } from '@/i18n/format';
import { Menu, MenuItem } from '@/ui/menu';
import { useToast } from '@/ui/toast';
import { useIs, useMe } from './session';
import { useSpecialtyName } from './specialty';

/** The roster says who should be there; this says who is. */
export function PresenceMenu() {
  const onCall = useIs('specialist', 'radiologist', 'reviewer', 'coordinator', 'head');
  if (!onCall) return null;
  return <PresenceSwitch />;
}

type Wish = 'available' | 'paused' | 'off';

export function PresenceSwitch() {
  const { t } = useTranslation();
  const format = useFormat();
  const me = useMe();
  const specialty = useSpecialtyName();
  const queries = useQueryClient();
  const toast = useToast();
  const change = useMutation({
    mutationFn: ({ status, minutes }: { status: Wish; minutes?: number }) => setPresence(status, minutes),
    onSettled: () => queries.invalidateQueries({ queryKey: ['session'] }),
    onError: toast.fail,
  });
  const { presence } = me;
  const { shift } = presence;
  return (
    <Menu
      label={t('shell.presence')}
      button={
        <>
          <span className={`presence-dot presence-dot-${presence.status}`} />
          {t(`presence.${presence.status}`)}
          {presence.status === 'paused' && presence.until && <span className="num">{format.time(presence.until)}</span>}
        </>
      }
    >
      {(close) => {
        const set = (status: Wish, minutes?: number) => {
          close();
          change.mutate({ status, minutes });
        };
        return (
          <>
            <p className="muted small">
              {shift
                ? t('shell.shift', {
                    specialty: specialty(shift.specialty),
                    line: shift.line === 2 ? t('line.second') : t('line.first'),
                    from: format.time(shift.from),
                    until: format.time(shift.until),
                  })
                : t('shell.noShift')}
            </p>
            <hr />
            <MenuItem checked={presence.status === 'available'} onClick={() => set('available')}>
              {t(presence.status === 'off' ? 'shell.goOn' : 'shell.backToWork')}
            </MenuItem>
            {me.settings.pausesMinutes.map((minutes) => (
              <MenuItem key={minutes} onClick={() => set('paused', minutes)}>
                {t('shell.pause', { minutes })}
              </MenuItem>
            ))}
            <MenuItem onClick={() => set('off')}>{t('shell.goOff')}</MenuItem>
          </>
        );
      }}
    </Menu>
  );
}
