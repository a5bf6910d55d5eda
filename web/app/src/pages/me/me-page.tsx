import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { navFor, phoneNavFor } from '@/app/nav.model';
import { useMe } from '@/app/session';
import { UserChoices } from '@/app/user-menu';
import { Icon } from '@/ui/icon';
import { Page, Panel } from '@/ui/panel';

/** On a phone: what does not fit the thumb bar, and the choices of the desk's user menu. */
export function MePage() {
  const { t } = useTranslation();
  const me = useMe();
  const shown = new Set(phoneNavFor(me.point.roles).map((item) => item.to));
  const rest = navFor(me.point.roles).filter((item) => !shown.has(item.to));
  return (
    <Page title={me.person.name} note={`${me.point.institution.name} ${me.point.department}`} width="text">
      {rest.length > 0 && (
        <Panel>
          <div className="y-menu-page">
            {rest.map((item) => (
              <Link key={item.to} className="y-menu-item" to={item.to}>
                <Icon name={item.icon} />
                {t(`shell.${item.text}`)}
              </Link>
            ))}
          </div>
        </Panel>
      )}
      <Panel>
        <div className="y-menu-page">
          <UserChoices close={() => undefined} />
        </div>
      </Panel>
    </Page>
  );
}
