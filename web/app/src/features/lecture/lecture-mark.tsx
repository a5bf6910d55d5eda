import { useTranslation } from 'react-i18next';
import type { ConsultRequest } from '@/api/types';
import { Icon } from '@/ui/icon';
import { isRunning } from './lecture.model';
import './lecture.css';

interface LectureMarkProps {
  lecture: ConsultRequest['lecture'];
  /** How many listen now. */
  audience: number;
  /** Shows who listens; absent for those who did not open it. */
  onOpen?: () => void;
}

/** While colleagues may listen, everybody in the talk sees that, and how many do. */
export function LectureMark({ lecture, audience, onOpen }: LectureMarkProps) {
  const { t } = useTranslation();
  if (!isRunning(lecture) && audience === 0) return null;
  const words = (
    <>
      <Icon name="volume" size={16} />
      <b>{t('lecture.mark')}</b>
      <span className="num">{t('lecture.count', { count: audience })}</span>
    </>
  );
  return onOpen ? (
    <button type="button" className="lecture-mark" onClick={onOpen}>
      {words}
    </button>
  ) : (
    <p className="lecture-mark" role="status">
      {words}
    </p>
  );
}
