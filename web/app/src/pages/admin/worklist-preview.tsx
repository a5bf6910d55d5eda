import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '@/api/admin';
import { worklistQuery } from '@/api/worklist';
import { WorklistTable } from '@/features/worklist/worklist-table';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Loaded } from '@/ui/states';

/** What a device would be answered, for who sets it up: that it is there and how it is written, not whose exams these are. */
export function WorklistPreview({ device }: { device: Device }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const list = useQuery({ ...worklistQuery(device.aeTitle), enabled: open });
  return (
    <>
      <Button size="small" look="quiet" onClick={() => setOpen(true)}>
        {t('worklist.preview')}
      </Button>
      {open && (
        <Dialog wide title={`${t('worklist.preview')} ${device.name}`} onClose={() => setOpen(false)}>
          <p className="muted">{t('worklist.previewNote')}</p>
          <div className="worklist-box">
            <Loaded query={list}>{(data) => <WorklistTable list={data} />}</Loaded>
          </div>
        </Dialog>
      )}
    </>
  );
}
