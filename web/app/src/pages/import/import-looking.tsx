import { useTranslation } from 'react-i18next';
import type { Stage } from '@/features/transfer/import-prepare';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Panel } from '@/ui/panel';

interface Props {
  stage?: Stage;
  found: number;
  onCancel: () => void;
}

/** How far the looking is. */
export function ImportLooking({ stage, found, onCancel }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const n = (value: number) => format.number(value);
  const part = stage?.stage === 'files' ? stage.done / Math.max(1, stage.total) : undefined;
  return (
    <Panel pad>
      <div className="import-looking" role="status">
        <progress aria-label={t('import.collecting')} value={part} max={1} />
        <p>
          {stage?.stage === 'files' && t('import.looked', { done: n(stage.done), total: n(stage.total) })}
          {stage?.stage === 'asking' && t('import.asking')}
          {stage?.stage === 'disc' && t('import.discFound', { studies: stage.studies, files: n(stage.files) })}
          {!stage && `${t('import.collecting')} ${found > 0 ? n(found) : ''}`}
        </p>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </Panel>
  );
}
