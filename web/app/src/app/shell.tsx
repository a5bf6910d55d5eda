import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Outlet, useNavigate } from 'react-router';
import { FeedbackStrip } from '@/features/reading/feedback-strip';
import { SpaceStrip } from '@/features/retention/space-strip';
import { NoticesHost } from '@/features/truth/notices-host';
import { Icon } from '@/ui/icon';
import { useKeys } from '@/ui/keys';
import { CriticalHost } from './critical-host';
import { KeysDialog } from './keys-dialog';
import { can, navFor, phoneNavFor } from './nav.model';
import { PresenceMenu } from './presence-menu';
import { SearchDialog } from './search-dialog';
import { useMe } from './session';
import { UserMenu } from './user-menu';
import './shell.css';

/** The bar at the top (and the thumb bar on a phone) around every page of the desk. */
export function Shell() {
  const { t } = useTranslation();
  return (
    <div className="shell">
      <a className="shell-skip" href="#main">
        {t('shell.skip')}
      </a>
      <TopBar />
      <main id="main" tabIndex={-1}>
        <CriticalHost />
        <FeedbackStrip />
        <SpaceStrip />
        <NoticesHost />
        <Outlet />
      </main>
      <PhoneBar />
    </div>
  );
}

export function TopBar() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const [open, setOpen] = useState<'search' | 'keys'>();
  const roles = me.point.roles;
  useKeys({
    '/': () => setOpen('search'),
    '?': () => setOpen('keys'),
    n: can(roles, 'requester') ? () => navigate('/requests/new') : undefined,
  });
  return (
    <header className="bar">
      <Link to="/" className="bar-brand">
        <img src="/icon.svg" alt="" width={26} height={26} />
        {t('app.name')}
      </Link>
      <nav className="bar-nav" aria-label={t('shell.main')}>
        {navFor(roles).map((item) => (
          <NavLink key={item.to} to={item.to} end={item.to === '/'}>
            {t(`shell.${item.text}`)}
          </NavLink>
        ))}
      </nav>
      <button type="button" className="bar-search" onClick={() => setOpen('search')} aria-label={t('common.search')}>
        <Icon name="search" size={16} />
        <span>{t('common.search')}</span>
        <kbd>/</kbd>
      </button>
      <PresenceMenu />
      <UserMenu onKeys={() => setOpen('keys')} />
      {open === 'search' && <SearchDialog onClose={() => setOpen(undefined)} />}
      {open === 'keys' && <KeysDialog onClose={() => setOpen(undefined)} />}
    </header>
  );
}

function PhoneBar() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <nav className="thumb" aria-label={t('shell.main')}>
      {phoneNavFor(me.point.roles).map((item) => (
        <NavLink key={item.to} to={item.to} end={item.to === '/'}>
          <Icon name={item.icon} size={22} />
          {t(`shell.${item.text}`)}
        </NavLink>
      ))}
      <NavLink to="/me">
        <Icon name="menu" size={22} />
        {t('shell.me')}
      </NavLink>
    </nav>
  );
}
