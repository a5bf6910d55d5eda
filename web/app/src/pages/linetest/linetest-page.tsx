import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { LineTest } from '@/features/linetest/line-test';
import { Page } from '@/ui/panel';

/** For everybody, signed in or not: somebody who cannot sign in for want of a line needs it most. */
export function LinetestPage() {
  const { t } = useTranslation();
  return (
    <Page
      title={t('linetest.title')}
      note={t('linetest.intro')}
      width="text"
      actions={<Link to="/">{t('linetest.back')}</Link>}
    >
      <LineTest />
    </Page>
  );
}
