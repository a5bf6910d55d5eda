import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { ApiError } from '@/api/problem';
import { enterSharedQuery, openShared, type SharedStudy, sharedQuery } from '@/api/sharing';
import { isThere, lineBack, lineDead } from '@/api/steady';
import { usePageTone } from '@/app/theme';
import { ViewerSlot } from '@/app/viewer-slot';
import { download } from '@/features/transfer/download';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { TextField } from '@/ui/field';
import { Icon } from '@/ui/icon';
import { useLineBack } from '@/ui/line-back';
import { Empty, ErrorNote, Skeleton, useErrorText } from '@/ui/states';
import { Report } from './report';
import { Watermark } from './watermark';
import './share.css';

/** What somebody outside sees by a link: the code first, then the one study that it shows. */
export function SharePage() {
  const { token = '' } = useParams();
  usePageTone('dark');
  const link = useQuery(sharedQuery(token));
  const isLost = ApiError.isOffline(link.error);
  useLineOf(isLost, link.refetch);
  if (link.error && !isLost) return <Over error={link.error} />;
  if (!link.data) return isLost ? <Lost /> : <Skeleton rows={6} />;
  return (
    <>
      {link.data.here ? <Inside token={token} /> : <Code token={token} invitation={link.data} />}
      {isLost && <Lost />}
    </>
  );
}

/** Without the live connection of those who are signed in the looks at the link tell whether the line is there. */
function useLineOf(isLost: boolean, look: () => unknown) {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isLost) return;
    lineDead();
    const timer = setInterval(async () => (await isThere()) && look(), 3_000);
    return () => {
      clearInterval(timer);
      lineBack();
      setTimeout(() => void queries.invalidateQueries({ queryKey: ['viewer'] }));
    };
  }, [isLost, look, queries]);
}

/** Nothing comes over the line; it is tried again and again. */
function Lost() {
  const { t } = useTranslation();
  return (
    <p className="share-lost" role="alert" data-testid="share-lost">
      <Icon name="wifiOff" /> {t('shared.lost')}
    </p>
  );
}

/** The link does not work, or no longer: also while the page was open. */
function Over({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const text = useErrorText();
  return (
    <main className="share-door" role="alert" data-testid="share-over">
      <Empty icon="lock" title={t('shared.over')}>
        {text(error)}
      </Empty>
    </main>
  );
}

interface CodeProps {
  token: string;
  invitation: { for: string; institution: string; until: string };
}

function Code({ token, invitation }: CodeProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [code, setCode] = useState('');
  const open = useMutation({
    mutationFn: () => openShared(token, code),
    onSuccess: (data) => queries.setQueryData(sharedQuery(token).queryKey, data),
    onError: (error) => {
      if (ApiError.isOffline(error)) return;
      setCode('');
      // Locked or taken meanwhile: the whole page says so.
      void queries.invalidateQueries({ queryKey: sharedQuery(token).queryKey, exact: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code.length === 6) open.mutate();
  };
  return (
    <main className="share-door">
      <h2>{t('shared.title', { house: invitation.institution })}</h2>
      <p>{t('shared.for', { whom: invitation.for })}</p>
      <form onSubmit={submit}>
        <TextField
          label={t('shared.code')}
          hint={t('shared.codeHint')}
          value={code}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={6}
          onChange={(event) => setCode(event.target.value.replace(/\D/g, ''))}
        />
        <Button type="submit" look="primary" size="large" busy={open.isPending} disabled={code.length !== 6}>
          {t('shared.open')}
        </Button>
      </form>
      {open.error && <ErrorNote error={open.error} />}
      <p className="muted">{t('shared.once', { time: format.dateTime(invitation.until) })}</p>
    </main>
  );
}

function Inside({ token }: { token: string }) {
  const study = useQuery(enterSharedQuery(token));
  const back = useLineBack();
  const isLost = ApiError.isOffline(study.error);
  const { refetch } = study;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when the line is back
  useEffect(() => {
    if (isLost) void refetch();
  }, [back]);
  if (isLost && !study.data) return <ErrorNote error={study.error} retry={() => void refetch()} />;
  if (study.error && !isLost) return <Over error={study.error} />;
  if (!study.data) return <Skeleton rows={6} />;
  return <Shown shared={study.data} />;
}

function Shown({ shared }: { shared: SharedStudy }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [reading, setReading] = useState(false);
  return (
    <div className="share-page">
      <header className="share-bar">
        <b>{shared.institution}</b>
        <span className="muted">{t('shared.for', { whom: shared.for })}</span>
        <span className="muted num">{t('shared.until', { time: format.dateTime(shared.until) })}</span>
        <span className="share-bar-end">
          {(shared.report || shared.pending) && (
            <Button size="small" icon="file" aria-expanded={reading} onClick={() => setReading(!reading)}>
              {t('shared.report')}
            </Button>
          )}
          {shared.download && (
            <Button size="small" icon="download" onClick={() => download(`/api/share/download?study=${shared.study}`)}>
              {t('shared.download')}
            </Button>
          )}
        </span>
      </header>
      <div className="share-view">
        <ViewerSlot studyUid={shared.study} />
        {reading && <Report report={shared.report} />}
        <Watermark shared={shared} />
      </div>
      <footer className="share-foot muted">{t('shared.note')}</footer>
    </div>
  );
}
