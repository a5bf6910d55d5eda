import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { StepProblem } from '@/api/worklist';
import { useFormat } from '@/i18n/format';
import { wayOut } from './worklist.model';
import './worklist.css';

/** What devices reported that contradicts the orders: what happened, what to do, and the way there. */
export function ProblemList({ problems }: { problems: readonly StepProblem[] }) {
  return (
    <ul className="y-list">
      {problems.map((problem) => (
        <Problem key={problem.uid} problem={problem} />
      ))}
    </ul>
  );
}

function Problem({ problem }: { problem: StepProblem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const way = wayOut(problem);
  const [study] = problem.studies;
  const said = [problem.patientId, ...problem.accession].filter(Boolean).join(' · ');
  return (
    <li className="worklist-problem">
      <p>
        <b>▲ {t(`worklist.problem.${problem.problem}`)}</b>
      </p>
      <p className="soft">{t(`worklist.todo.${problem.problem}`)}</p>
      <p className="muted small">
        {problem.device} {problem.modality} · {t(`order.steps.${problem.status}`)} ·{' '}
        <span className="num">{format.moment(problem.startedAt)}</span>
        {said && (
          <>
            {' '}
            · {t('worklist.says')} <span className="num">{said}</span>
          </>
        )}
      </p>
      <p className="row wrap">
        {way && (
          <Link className="y-btn y-btn-plain y-btn-small" to={way.to}>
            {t(`worklist.way.${way.text}`)}
          </Link>
        )}
        {study && way?.text !== 'correct' && (
          <Link className="y-btn y-btn-quiet y-btn-small" to={`/studies/${study}`}>
            {t('order.images')}
          </Link>
        )}
      </p>
    </li>
  );
}
