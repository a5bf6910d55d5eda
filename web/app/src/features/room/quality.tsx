import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallState } from '@/call';
import { Button } from '@/ui/button';
import { useToast } from '@/ui/toast';
import { type Finding, findings, numbers, percentText } from './quality.model';
import { worstGrade } from './room.model';
import './quality.css';

/** One small dot, with words behind it: for the doctor what is wrong and what to do, for a technician the numbers. */
export function Quality({ state }: { state: CallState }) {
  const { t } = useTranslation();
  const [view, setView] = useState<'doctor' | 'technician'>('doctor');
  const grade = worstGrade(state);
  return (
    <details className={`quality quality-${grade}`}>
      <summary aria-label={t('call.quality.title')}>
        <i />
        <span>{t(`room.grade.${grade}`)}</span>
      </summary>
      <div className="quality-views" role="tablist">
        {(['doctor', 'technician'] as const).map((one) => (
          <button key={one} type="button" role="tab" aria-selected={one === view} onClick={() => setView(one)}>
            {t(`call.quality.${one}`)}
          </button>
        ))}
      </div>
      {view === 'doctor' ? <Words state={state} /> : <Numbers state={state} />}
    </details>
  );
}

function Words({ state }: { state: CallState }) {
  const text = useFindingText();
  return (
    <ul className="quality-words">
      {findings(state).map((finding) => (
        <li key={text(finding)}>{text(finding)}</li>
      ))}
    </ul>
  );
}

function useFindingText(): (finding: Finding) => string {
  const { t } = useTranslation();
  return (f) => {
    switch (f.is) {
      case 'upThin':
        return t('call.quality.upThin', { kbps: f.kbps });
      case 'upLoss':
      case 'downLoss':
      case 'concealed':
        return t(`call.quality.${f.is}`, { percent: percentText(f.share) });
      case 'freezes':
        return t('call.quality.freezes', { seconds: f.seconds });
      case 'slow':
        return t('call.quality.slow', { ms: f.ms });
      case 'they':
        return t('call.quality.they', { name: f.name });
      default:
        return t(`call.quality.${f.is}`);
    }
  };
}

const paths = ['udp', 'tcp', 'relay-udp', 'relay-tcp'] as const;

function Numbers({ state }: { state: CallState }) {
  const { t } = useTranslation();
  const toast = useToast();
  const rows = numbers(state).map(([row, value]) => {
    const path = row === 'path' && paths.find((known) => known === value);
    return [t(`call.quality.row.${row}`), path ? t(`room.paths.${path}`) : value] as const;
  });
  const copy = async () => {
    await navigator.clipboard?.writeText(rows.map((row) => row.join('\t')).join('\n'));
    toast.say(t('call.quality.copied'));
  };
  return (
    <>
      <dl className="quality-numbers">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
      </dl>
      <Button size="small" onClick={() => void copy()}>
        {t('call.quality.copy')}
      </Button>
    </>
  );
}
