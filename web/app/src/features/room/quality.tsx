import { useTranslation } from 'react-i18next';
import type { CallState } from '@/call';
import { worstGrade } from './room.model';

const paths = ['udp', 'tcp', 'relay-udp', 'relay-tcp'] as const;

/** One small dot, with words behind it. */
export function Quality({ state }: { state: CallState }) {
  const { t } = useTranslation();
  const grade = worstGrade(state);
  const path = paths.find((known) => known === state.path);
  const { line } = state;
  return (
    <details className={`quality quality-${grade}`}>
      <summary aria-label={t('room.quality')}>
        <i />
        <span>{t(`room.grade.${grade}`)}</span>
      </summary>
      <dl>
        <dt>{t('room.rtt')}</dt>
        <dd className="num">{line ? `${Math.round(line.rttMs)} ms` : '–'}</dd>
        <dt>{t('room.loss')}</dt>
        <dd className="num">{line ? `↑ ${percent(line.upLoss)} ↓ ${percent(line.downLoss)}` : '–'}</dd>
        <dt>{t('room.rate')}</dt>
        <dd className="num">{line ? `↑ ${Math.round(line.upKbps)} ↓ ${Math.round(line.downKbps)} kbit/s` : '–'}</dd>
        <dt>{t('room.path')}</dt>
        <dd>{path ? t(`room.paths.${path}`) : '–'}</dd>
      </dl>
    </details>
  );
}

const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
