import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '@/api/problem';
import { Button } from './button';
import { Icon, type IconName } from './icon';
import './states.css';

/** Keeps the place of what is still loading. */
export function Skeleton({ rows = 3, height = 20 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <div className="y-skeleton" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: identical bars without identity
        <span key={i} style={{ height, width: `${96 - ((i * 17) % 38)}%` }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** Says what the empty place is for and what to do next. */
export function Empty({ icon = 'inbox', title, children, action }: EmptyProps) {
  return (
    <div className="y-empty">
      <Icon name={icon} size={26} />
      <p className="y-empty-title">{title}</p>
      {children && <p className="muted">{children}</p>}
      {action}
    </div>
  );
}

/** The words for an error, in the person's language. */
export function useErrorText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    const texts = errorText(error);
    const [first] = texts;
    const known = texts.find((text) => i18n.exists(`error.${text.key}`));
    // A code this page does not know: the service's own English sentence says more than a general one.
    if (known !== first && i18n.language === 'en' && first?.fallback) return first.fallback;
    if (!known) return first?.fallback ?? '';
    return t(`error.${known.key}` as 'error.unexpected', { ...known.params, detail: known.fallback });
  };
}

/** The words for a machine code that stands in a list; the service's own sentence where the page has none. */
export function useCodeText(): (code: string, fallback: string) => string {
  const { t, i18n } = useTranslation();
  return (code, fallback) =>
    code && i18n.exists(`error.${code}`) ? t(`error.${code}` as 'error.unexpected', { detail: fallback }) : fallback;
}

export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const text = useErrorText();
  return (
    <div className="y-error" role="alert">
      <Icon name="alert" size={18} />
      <p>{text(error)}</p>
      {retry && (
        <Button size="small" icon="refresh" onClick={retry}>
          {t('common.retry')}
        </Button>
      )}
    </div>
  );
}

interface LoadedProps<T> {
  query: { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
  rows?: number;
  height?: number;
  children: (data: T) => ReactNode;
}

/** Skeleton, error or the thing itself; an error never hides data that is already there. */
export function Loaded<T>({ query, rows, height, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorNote error={query.error} retry={() => query.refetch()} />;
  return <Skeleton rows={rows} height={height} />;
}
