import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Choice } from '@/ui/field';
import { download } from './download';

interface Props {
  study: string;
  /** Whose images leave the house. */
  patient: string;
}

const formats = ['zip', 'iso'] as const;

/** Takes the images of a study home as a ZIP or the image of a disc; asked once, since a copy cannot be called back. */
export function ExportAction({ study, patient }: Props) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const [format, setFormat] = useState<(typeof formats)[number]>('zip');
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
            download(`/api/studies/${study}/export?format=${format}`);
            setAsking(false);
          }}
          onClose={() => setAsking(false)}
        >
          <Choice
            label={t('transfer.exportAs')}
            value={format}
            options={formats.map((value) => ({ value, text: t(`transfer.exportFormat.${value}`) }))}
            onChange={setFormat}
          />
          <p>{t(`transfer.exportFormatHint.${format}`)}</p>
          <p className="muted">{t('transfer.exportHint')}</p>
        </Confirm>
      )}
    </>
  );
}
