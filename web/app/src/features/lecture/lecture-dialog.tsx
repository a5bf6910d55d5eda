import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { requestQuery } from '@/api/consults';
import { audienceQuery, closeLecture, openLecture } from '@/api/lectures';
import type { ConsultRequest } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm, Dialog } from '@/ui/dialog';
import { TextField, Tick } from '@/ui/field';
import { ErrorNote, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { Audience } from './audience';
import { isRunning, longestTitle, titleFault } from './lecture.model';
import './lecture.css';

interface LectureDialogProps {
  request: ConsultRequest;
  /** What the title says until somebody writes another. */
  specialty: string;
  onClose: () => void;
}

/** The specialist lets colleagues listen to the consult, sees who does, and sends them away. */
export function LectureDialog(props: LectureDialogProps) {
  return isRunning(props.request.lecture) ? <Running {...props} /> : <Opening {...props} />;
}

function Opening({ request, specialty, onClose }: LectureDialogProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const [title, setTitle] = useState<string>(() => t('lecture.oneCase', { specialty }));
  const [agreed, setAgreed] = useState(false);
  const open = useMutation({
    mutationFn: () => openLecture(request.id, title.trim()),
    onSuccess: (now) => {
      queries.setQueryData(requestQuery(request.id).queryKey, now);
      void queries.invalidateQueries({ queryKey: ['lectures'] });
      toast.say(t('lecture.opened'));
      onClose();
    },
  });
  const fault = titleFault(title, request.patient.name);
  return (
    <Confirm
      title={t('lecture.openTitle')}
      action={t('lecture.open')}
      disabled={fault !== undefined || !agreed}
      busy={open.isPending}
      onConfirm={() => open.mutate()}
      onClose={onClose}
    >
      <ul className="lecture-terms">
        <li>{t('lecture.who')}</li>
        <li>{t('lecture.what')}</li>
        <li>{t('lecture.kept')}</li>
      </ul>
      <TextField
        label={t('lecture.title')}
        value={title}
        maxLength={longestTitle}
        hint={t('lecture.titleHint')}
        error={fault === 'patient' ? t('lecture.titlePatient') : undefined}
        onChange={(event) => setTitle(event.target.value)}
      />
      <Tick checked={agreed} onChange={setAgreed}>
        {t('lecture.agreed', { name: request.patient.name })}
      </Tick>
      {open.error && <ErrorNote error={open.error} />}
    </Confirm>
  );
}

function Running({ request, onClose }: LectureDialogProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const audience = useQuery(audienceQuery(request.id));
  const close = useMutation({
    mutationFn: () => closeLecture(request.id),
    onSuccess: (now) => {
      queries.setQueryData(requestQuery(request.id).queryKey, now);
      onClose();
    },
  });
  const { lecture } = request;
  return (
    <Dialog
      title={t('lecture.running')}
      onClose={onClose}
      footer={
        <>
          <Button look="quiet" onClick={onClose}>
            {t('common.back')}
          </Button>
          <Button look="danger" busy={close.isPending} onClick={() => close.mutate()}>
            {t('lecture.close')}
          </Button>
        </>
      }
    >
      <p>
        <b>{lecture?.title}</b>{' '}
        <span className="muted num">{t('lecture.since', { time: format.time(lecture?.at) })}</span>
      </p>
      <Loaded query={audience} rows={2}>
        {(heard) => <Audience heard={heard} />}
      </Loaded>
      <p className="soft">{t('lecture.closeText')}</p>
      {close.error && <ErrorNote error={close.error} />}
    </Dialog>
  );
}
