import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReviewRisk } from '@/api/sharing';
import { Button } from '@/ui/button';
import { usePicture } from '@/ui/use-picture';
import { framesToShow, pictured, type Verdict, type Verdicts, verdictOf, waiting } from './deident.model';

interface Props {
  study: string;
  risks: readonly ReviewRisk[];
  verdicts: Verdicts;
  onDecide: (instances: readonly string[], verdict: Verdict) => void;
}

/** What may show a name: each is looked at and ticked, or stays behind. */
export function Risks({ study, risks, verdicts, onDecide }: Props) {
  const { t } = useTranslation();
  if (risks.length === 0) return <p className="deident-fine">{t('deident.noRisk')}</p>;
  const undecided = risks.filter((risk) => !verdictOf(risk, verdicts)).map((risk) => risk.instance);
  return (
    <section>
      <h3 className="deident-head">{t('deident.risks', { n: risks.length })}</h3>
      <p className="muted">{t('deident.risksHint')}</p>
      {undecided.length > 1 && (
        <Button size="small" onClick={() => onDecide(undecided, 'out')}>
          {t('deident.outAll', { n: waiting(risks, verdicts) })}
        </Button>
      )}
      <ul className="deident-risks">
        {risks.map((risk) => (
          <One key={risk.instance} study={study} risk={risk} verdict={verdictOf(risk, verdicts)} onDecide={onDecide} />
        ))}
      </ul>
    </section>
  );
}

interface OneProps {
  study: string;
  risk: ReviewRisk;
  verdict: Verdict | undefined;
  onDecide: Props['onDecide'];
}

function One({ study, risk, verdict, onDecide }: OneProps) {
  const { t } = useTranslation();
  const [seen, setSeen] = useState(!pictured(risk));
  const [big, setBig] = useState(false);
  const at = `/dicom-web/studies/${study}/series/${risk.series}/instances/${risk.instance}`;
  const frames = framesToShow(risk.frames);
  return (
    <li data-verdict={verdict ?? 'none'} className={big ? 'deident-big' : ''}>
      <p>
        <b>
          {risk.modality} #{risk.number}
        </b>{' '}
        {t(`deident.risk.${risk.risk}`)}
        {risk.frames > 1 && (
          <span className="muted num"> {t('deident.frames', { n: risk.frames, shown: frames.length })}</span>
        )}
      </p>
      {pictured(risk) && (
        <button
          type="button"
          className="deident-pictures"
          onClick={() => setBig(!big)}
          aria-label={t('deident.enlarge')}
        >
          {frames.map((frame) => (
            <Frame
              key={frame}
              src={`${at}/frames/${frame}/rendered?viewport=${big ? '1024,1024' : '384,384'}`}
              onSeen={() => setSeen(true)}
            />
          ))}
        </button>
      )}
      <div className="deident-verdict">
        <Button
          size="small"
          icon="check"
          disabled={!seen}
          aria-pressed={verdict === 'clean'}
          look={verdict === 'clean' ? 'primary' : undefined}
          onClick={() => onDecide([risk.instance], 'clean')}
        >
          {t(risk.leftOut ? 'deident.take' : 'deident.clean')}
        </Button>
        <Button
          size="small"
          icon="close"
          aria-pressed={verdict === 'out'}
          look={verdict === 'out' ? 'primary' : undefined}
          onClick={() => onDecide([risk.instance], 'out')}
        >
          {t('deident.out')}
        </Button>
      </div>
    </li>
  );
}

function Frame({ src, onSeen }: { src: string; onSeen: () => void }) {
  const { t } = useTranslation();
  const picture = usePicture(src, (state) => state === 'done' && onSeen());
  if (picture.state === 'offline') return <span role="alert">{t('deident.notCome')}</span>;
  return <img key={picture.key} alt="" loading="lazy" {...picture.img} />;
}
