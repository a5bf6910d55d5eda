import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, NavLink, Route, Routes, useLocation } from 'react-router';
import { useMe } from '@/app/session';
import { useTheme } from '@/app/theme';
import { Ant } from '@/ui/ant';
import { Icon } from '@/ui/icon';
import { ConflictsSection } from './conflicts-section';
import { EventsSection } from './events-section';
import { ForwardSection } from './forward-section';
import { PeopleSection } from './people-section';
import { AgreementsSection, DevicesSection, InstitutionsSection } from './registers';
import { RosterSection } from './roster-section';
import { type AdminSection, adminSections } from './sections.model';
import { SettingsSection } from './settings-section';
import { TemplatesSection } from './templates-section';
import { TokensSection } from './tokens-section';
import './admin.css';

const bodies: Record<AdminSection['path'], () => React.ReactNode> = {
  institutions: InstitutionsSection,
  people: PeopleSection,
  roster: RosterSection,
  devices: DevicesSection,
  agreements: AgreementsSection,
  tokens: TokensSection,
  forward: ForwardSection,
  conflicts: ConflictsSection,
  events: EventsSection,
  settings: SettingsSection,
  templates: TemplatesSection,
};

export function AdminPage() {
  const { t } = useTranslation();
  const me = useMe();
  const { tone } = useTheme();
  const sections = adminSections(me.point.roles);
  const first = sections[0];
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a phone the sections stand in a row that scrolls: the chosen one is brought into sight.
  useEffect(() => {
    if (pathname) nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [pathname]);
  return (
    <Ant tone={tone}>
      <div className="admin">
        <nav ref={nav} className="admin-nav" aria-label={t('admin.title')}>
          {sections.map((section) => (
            <NavLink key={section.path} to={`/admin/${section.path}`}>
              <Icon name={section.icon} />
              {t(`admin.${section.path}.title`)}
            </NavLink>
          ))}
        </nav>
        <div className="admin-body">
          <Routes>
            {sections.map((section) => {
              const Body = bodies[section.path];
              return (
                <Route
                  key={section.path}
                  path={section.path}
                  element={
                    <>
                      <header className="admin-head">
                        <h1>{t(`admin.${section.path}.title`)}</h1>
                        <p className="muted">{t(`admin.${section.path}.note`)}</p>
                      </header>
                      <Body />
                    </>
                  }
                />
              );
            })}
            {first && <Route path="*" element={<Navigate to={`/admin/${first.path}`} replace />} />}
          </Routes>
        </div>
      </div>
    </Ant>
  );
}
