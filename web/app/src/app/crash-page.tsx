import { useTranslation } from 'react-i18next';
import { Link, useRouteError } from 'react-router';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/states';

/** What failed is said in plain words; the technical part is folded away for the administrator. */
export function CrashPage() {
  const { t } = useTranslation();
  const error = useRouteError();
  return (
    <Empty
      icon="alert"
      title={t('shell.crash')}
      action={
        <Button look="primary" icon="refresh" onClick={() => window.location.reload()}>
          {t('shell.reload')}
        </Button>
      }
    >
      {t('shell.crashText')}
      <br />
      <small>{error instanceof Error ? error.message : ''}</small>
    </Empty>
  );
}

export function MissingPage() {
  const { t } = useTranslation();
  return (
    <Empty icon="search" title={t('shell.notFound')} action={<Link to="/">{t('shell.home')}</Link>}>
      {t('shell.notFoundText')}
    </Empty>
  );
}
