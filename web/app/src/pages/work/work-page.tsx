import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { navFor } from '@/app/nav.model';
import { useIs, useMe } from '@/app/session';
import { LecturesNow } from '@/features/lecture/lecture-list';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Page } from '@/ui/panel';
import { useNow } from '@/ui/server-clock';
import { AdminWork } from './admin-work';
import { CoordinatorWork } from './coordinator-work';
import { ReaderWork } from './reader-work';
import { RequesterWork } from './requester-work';
import { SpecialistWork } from './specialist-work';
import { TechnologistWork } from './technologist-work';
import './work.css';

/** Opens with what needs this person now, by role. */
export function WorkPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const now = useNow();
  const me = useMe();
  const asks = useIs('requester');
  return (
    <Page
      title={t('work.hello', { name: me.person.name })}
      note={`${format.date(now)} ${format.weekday(now)} · ${me.point.institution.name} ${me.point.department}`}
      actions={
        asks && (
          <Button
            look="primary"
            size="large"
            icon="plus"
            shortcut="n"
            className="work-ask"
            onClick={() => navigate('/requests/new')}
          >
            {t('shell.ask')}
          </Button>
        )
      }
    >
      {navFor(me.point.roles).some((item) => item.to === '/lectures') && <LecturesNow />}
      {asks && <RequesterWork />}
      {useIs('specialist', 'head') && <SpecialistWork />}
      {useIs('coordinator') && <CoordinatorWork />}
      {useIs('technologist') && <TechnologistWork />}
      {useIs('radiologist', 'reviewer') && <ReaderWork />}
      {useIs('admin', 'auditor') && <AdminWork />}
    </Page>
  );
}
