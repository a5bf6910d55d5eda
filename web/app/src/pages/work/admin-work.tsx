import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMe } from '@/app/session';
import { adminSections } from '@/pages/admin/sections.model';
import { Icon } from '@/ui/icon';

export function AdminWork() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <ul className="work-links">
      {adminSections(me.point.roles).map((section) => (
        <li key={section.path}>
          <Link to={`/admin/${section.path}`}>
            <Icon name={section.icon} size={22} />
            <span>
              <b>{t(`admin.${section.path}.title`)}</b>
              <span className="muted">{t(`admin.${section.path}.note`)}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
