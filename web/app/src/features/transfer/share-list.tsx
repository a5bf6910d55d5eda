import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { revokeShare, type Share } from '@/api/sharing';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { ErrorNote } from '@/ui/states';

interface Props {
  shares: readonly Share[];
  onChanged: () => void;
}

/** All links to a study: for whom, who made them, what became of them. */
export function ShareList({ shares, onChanged }: Props) {
  const { t } = useTranslation();
  if (shares.length === 0) return <p className="muted">{t('share.none')}</p>;
  return (
    <section>
      <h3 className="share-head">{t('share.all')}</h3>
      <ul className="share-list">
        {shares.map((share) => (
          <One key={share.id} share={share} onChanged={onChanged} />
        ))}
      </ul>
    </section>
  );
}

function One({ share, onChanged }: { share: Share; onChanged: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => revokeShare(share.id),
    onSuccess: () => {
      setAsking(false);
      onChanged();
    },
  });
  const works = share.state === 'waiting' || share.state === 'open';
  return (
    <li data-state={share.state}>
      <div className="share-line">
        <b>{share.for}</b>
        <span className={`share-state share-${share.state}`}>{t(`share.state.${share.state}`)}</span>
        {share.report && <span className="muted">{t('share.withReport')}</span>}
        {share.download && <span className="muted">{t('share.withDownload')}</span>}
      </div>
      <p className="muted num">
        {t('share.madeBy', { by: share.by, at: format.dateTime(share.at), until: format.dateTime(share.until) })}
      </p>
      {share.openedAt && (
        <p className="muted num">
          {t('share.opened', { at: format.dateTime(share.openedAt), from: share.openedFrom ?? '', n: share.looks })}
          {share.downloads > 0 && ` · ${t('share.downloads', { n: share.downloads })}`}
        </p>
      )}
      {share.refused > 0 && <p className="share-warn">{t('share.refused', { n: share.refused })}</p>}
      {share.wrong > 0 && <p className="share-warn">{t('share.wrong', { n: share.wrong })}</p>}
      {share.revokedAt && (
        <p className="muted num">
          {t('share.revokedBy', { by: share.revoker ?? '', at: format.dateTime(share.revokedAt) })}
        </p>
      )}
      {works && !asking && (
        <Button size="small" onClick={() => setAsking(true)}>
          {t('share.revoke')}
        </Button>
      )}
      {asking && works && (
        <div className="share-ask" role="alertdialog" aria-label={t('share.revoke')}>
          <span>{t('share.revokeAsk', { whom: share.for })}</span>
          <Button size="small" look="danger" busy={revoke.isPending} onClick={() => revoke.mutate()}>
            {t('share.revoke')}
          </Button>
          <Button size="small" look="quiet" onClick={() => setAsking(false)}>
            {t('common.back')}
          </Button>
        </div>
      )}
      {revoke.error && <ErrorNote error={revoke.error} />}
    </li>
  );
}
