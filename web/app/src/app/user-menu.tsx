import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { choosePoint, signOut } from '@/api/consults';
import { forgetTexts } from '@/features/reading/kept-text';
import { chooseLanguage, currentLanguage } from '@/i18n/i18n';
import { Icon } from '@/ui/icon';
import { Menu, MenuItem } from '@/ui/menu';
import { useToast } from '@/ui/toast';
import { PasswordDialog } from './password-dialog';
import { useMe } from './session';
import { type ThemeChoice, useTheme } from './theme';

const themes: { choice: ThemeChoice; text: 'themeAuto' | 'themeLight' | 'themeDark' }[] = [
  { choice: 'auto', text: 'themeAuto' },
  { choice: 'light', text: 'themeLight' },
  { choice: 'dark', text: 'themeDark' },
];

export function UserMenu({ onKeys }: { onKeys: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <div className="user-menu">
      <Menu
        label={t('shell.me')}
        button={
          <>
            <span className="user-who">
              <b>{me.person.name}</b>
              <small>
                {me.point.institution.short} {me.point.department}
              </small>
            </span>
            <Icon name="down" size={14} />
          </>
        }
      >
        {(close) => <UserChoices close={close} onKeys={onKeys} />}
      </Menu>
    </div>
  );
}

/** The same choices in the menu of a desk and on the “me” page of a phone. */
export function UserChoices({ close, onKeys }: { close: () => void; onKeys?: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const theme = useTheme();
  const toast = useToast();
  const queries = useQueryClient();
  const [password, setPassword] = useState(false);
  const point = useMutation({
    mutationFn: choosePoint,
    onSuccess: () => queries.resetQueries(),
    onError: toast.fail,
  });
  const leave = useMutation({
    mutationFn: signOut,
    onSettled: async () => {
      await forgetTexts().catch(() => undefined);
      queries.clear();
      window.location.assign('/');
    },
  });
  return (
    <>
      {me.points.length > 1 && (
        <>
          <h3>{t('shell.point')}</h3>
          {me.points.map((place) => (
            <MenuItem key={place.id} checked={place.id === me.point.id} onClick={() => point.mutate(place.id)}>
              {place.institution.short} {place.department}
            </MenuItem>
          ))}
          <hr />
        </>
      )}
      <h3>{t('shell.theme')}</h3>
      {themes.map(({ choice, text }) => (
        <MenuItem key={choice} checked={theme.choice === choice} onClick={() => theme.choose(choice)}>
          {t(`shell.${text}`)}
        </MenuItem>
      ))}
      <hr />
      <MenuItem onClick={() => chooseLanguage(currentLanguage() === 'zh' ? 'en' : 'zh')}>
        <Icon name="globe" size={16} />
        {t('shell.otherLanguage')}
      </MenuItem>
      {onKeys && (
        <MenuItem
          onClick={() => {
            close();
            onKeys();
          }}
        >
          <Icon name="help" size={16} />
          {t('shell.keys')}
        </MenuItem>
      )}
      <MenuItem onClick={() => setPassword(true)}>
        <Icon name="key" size={16} />
        {t('shell.password')}
      </MenuItem>
      <Link className="y-menu-item" to="/linetest">
        <Icon name="device" size={16} />
        {t('linetest.open')}
      </Link>
      <Link className="y-menu-item" to="/trust">
        <Icon name="shield" size={16} />
        {t('shell.trust')}
      </Link>
      <hr />
      <MenuItem onClick={() => leave.mutate()}>
        <Icon name="arrow" size={16} />
        {t('shell.signOut')}
      </MenuItem>
      {password && <PasswordDialog onClose={() => setPassword(false)} />}
    </>
  );
}
