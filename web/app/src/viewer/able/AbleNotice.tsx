import { useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { machine } from './able';
import './able.css';

/** Says quietly what this machine lacks and what that means; it may be put away. */
export function AbleNotice() {
  const { t } = useTranslation();
  const { lacks } = useSyncExternalStore(machine.subscribe, machine.snapshot);
  const [away, setAway] = useState<readonly string[]>([]);
  const told = lacks.filter((l) => !away.includes(l));
  if (told.length === 0) return null;
  return (
    <div className="able-told" role="status" data-testid="able" data-lacks={told.join(' ')}>
      <p>{told.map((l) => t(`viewer.able.${l}`)).join(' ')}</p>
      <button type="button" className="able-away" aria-label={t('viewer.able.away')} onClick={() => setAway(lacks)}>
        ×
      </button>
    </div>
  );
}
