import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';

interface Props {
  study: string;
  /** Whose images leave the house. */
  patient: string;
}

/** Takes the images of a study home as a ZIP; asked once, since a copy cannot be called back. */
export function ExportAction({ study, patient }: Props) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setAsking(true)}>
        {t('transfer.export')}
      </Button>
      {asking && (
        <Confirm
          title={t('transfer.exportOf', { patient })}
          action={t('transfer.export')}
          onConfirm={() => {
            window.location.assign(`/api/studies/${study}/export`);
            setAsking(false);
          }}
          onClose={() => setAsking(false)}
        >
          <p>{t('transfer.exportHint')}</p>
        </Confirm>
      )}
    </>
  );
}
