import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Options, releaseStudy, reviewStudy } from '@/api/sharing';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Tick } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { decided, leaving, type Verdict, type Verdicts, waiting } from './deident.model';
import { Risks } from './deident-risks';
import { Samples } from './deident-samples';
import { download } from './download';
import './deident.css';

interface Props {
  study: string;
  /** Whose name is taken out. */
  patient: string;
}

/** Gives a study away without identity, after a look at what would be given. */
export function DeidentAction(props: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" icon="shield" onClick={() => setOpen(true)}>
        {t('deident.action')}
      </Button>
      {open && <DeidentDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

const choices = [
  'cleanDescriptors',
  'shiftDates',
  'retainPatient',
  'retainDevice',
  'retainUids',
  'retainSafePrivate',
] as const satisfies readonly (keyof Options)[];

const usual: Options = {
  cleanDescriptors: true,
  shiftDates: true,
  retainPatient: true,
  retainDevice: false,
  retainUids: false,
  retainSafePrivate: false,
};

function DeidentDialog({ study, patient, onClose }: Props & { onClose: () => void }) {
  const { t } = useTranslation();
  const [options, setOptions] = useState(usual);
  const [verdicts, setVerdicts] = useState<Verdicts>({});
  const review = useMutation({ mutationFn: () => reviewStudy(study, options) });
  const risks = review.data?.risks ?? [];
  const release = useMutation({
    mutationFn: () => {
      const { looked, excluded } = decided(risks, verdicts);
      return releaseStudy(study, options, looked, excluded);
    },
    onSuccess: ({ path }) => download(path),
  });
  if (release.data) return <Leaving path={release.data.path} patient={patient} onClose={onClose} />;
  const left = waiting(risks, verdicts);
  const n = review.data ? leaving(review.data.instances, risks, verdicts) : 0;
  const decide = (instances: readonly string[], verdict: Verdict) =>
    setVerdicts((old) => ({ ...old, ...Object.fromEntries(instances.map((uid) => [uid, verdict])) }));
  return (
    <Dialog
      title={t('deident.of', { patient })}
      wide
      onClose={onClose}
      onSubmit={() => (review.data ? left === 0 && n > 0 && release.mutate() : review.mutate())}
      footer={
        review.data ? (
          <>
            <Button look="quiet" onClick={review.reset}>
              {t('common.back')}
            </Button>
            <Button
              type="submit"
              look="primary"
              icon="download"
              busy={release.isPending}
              disabled={left > 0 || n === 0}
            >
              {left > 0 ? t('deident.left', { n: left }) : t('deident.fetch', { n })}
            </Button>
          </>
        ) : (
          <Button type="submit" look="primary" busy={review.isPending}>
            {t('deident.review')}
          </Button>
        )
      }
    >
      {review.data ? (
        <>
          <Samples samples={review.data.samples} />
          <Risks study={study} risks={risks} verdicts={verdicts} onDecide={decide} />
        </>
      ) : (
        <div className="deident-options">
          <p>{t('deident.what')}</p>
          {choices.map((choice) => (
            <div key={choice}>
              <Tick checked={options[choice]} onChange={(on) => setOptions((old) => ({ ...old, [choice]: on }))}>
                {t(`deident.option.${choice}`)}
              </Tick>
              <p className="muted">{t(`deident.optionHint.${choice}`)}</p>
            </div>
          ))}
        </div>
      )}
      {(review.error || release.error) && <ErrorNote error={review.error ?? release.error} />}
    </Dialog>
  );
}

/** It is on its way. A line that breaks ends the download alone: the copy can be fetched again for an hour. */
function Leaving({ path, patient, onClose }: { path: string; patient: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t('deident.of', { patient })}
      onClose={onClose}
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('common.close')}
          </Button>
          <Button icon="download" onClick={() => download(path)}>
            {t('deident.fetchAgain')}
          </Button>
        </>
      }
    >
      <p role="status">{t('deident.leaving')}</p>
      <p className="muted">{t('deident.leavingHint')}</p>
    </Dialog>
  );
}
