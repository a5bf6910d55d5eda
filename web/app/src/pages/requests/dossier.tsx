import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { attachFile, opinionPdfUrl, requestQuery, resubmitRequest } from '@/api/consults';
import type { ConsultRequest } from '@/api/types';
import { useSpecialtyName } from '@/app/specialty';
import { LectureRecord } from '@/features/lecture/audience';
import { AcknowledgeDialog } from '@/features/opinion/acknowledge-dialog';
import { AmendDialog } from '@/features/opinion/amend-dialog';
import { isSigned, mayWrite } from '@/features/opinion/opinion.model';
import { OpinionEditor } from '@/features/opinion/opinion-editor';
import { OpinionView } from '@/features/opinion/opinion-view';
import { RecordingsPanel } from '@/features/playback/recordings-panel';
import { CancelDialog } from '@/features/request/cancel-dialog';
import { CasePanel } from '@/features/request/case-panel';
import { StatusLine } from '@/features/request/status-line';
import { Timeline } from '@/features/request/timeline';
import { CallSummary } from '@/features/room/call-summary';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Panel } from '@/ui/panel';
import { Empty } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { Countdown } from '@/ui/waiting';
import './dossier.css';

/** What remains of a consult: the opinion, what was asked, what happened. */
export function Dossier({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const specialty = useSpecialtyName();
  return (
    <div className="dossier">
      <div className="dossier-main">
        {request.state === 'returned' && <Returned request={request} />}
        {request.state !== 'returned' && <OpinionBox request={request} />}
      </div>
      <div className="dossier-side">
        <Panel
          title={t('request.title')}
          actions={
            <span className="small soft">
              <StatusLine request={request} />
            </span>
          }
        >
          <CasePanel
            request={request}
            specialty={specialty(request.specialty)}
            onStudy={(uid) => navigate(`/studies/${uid}`)}
          />
        </Panel>
        <RecordingsPanel request={request.id} />
        <CallSummary request={request} />
        <LectureRecord request={request} />
        <Panel title={t('common.history')}>
          <Timeline request={request} />
        </Panel>
      </div>
    </div>
  );
}

function OpinionBox({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState<'acknowledge' | 'amend'>();
  const { opinion, adoption } = request;
  if (isSigned(opinion)) {
    return (
      <Panel
        title={t('opinion.title')}
        pad
        actions={
          <div className="row">
            {request.actions.includes('amend') && (
              <Button onClick={() => setOpen('amend')}>{t('opinion.amend')}</Button>
            )}
            <a
              className="y-btn y-btn-plain y-btn-normal"
              href={opinionPdfUrl(request.id)}
              target="_blank"
              rel="noreferrer"
            >
              {t('common.pdf')}
            </a>
          </div>
        }
      >
        <OpinionView opinion={opinion} />
        {adoption && (
          <p className="dossier-adoption">
            {t('opinion.acknowledged', {
              name: adoption.by?.name ?? '',
              time: format.dateTime(adoption.at),
              adoption: t(`opinion.adoption.${adoption.adoption}`),
            })}
            {adoption.reason && <span className="muted"> · {adoption.reason}</span>}
          </p>
        )}
        {request.actions.includes('acknowledge') && (
          <Button
            look="primary"
            size="large"
            block
            icon="check"
            className="dossier-ack"
            onClick={() => setOpen('acknowledge')}
          >
            {t('opinion.acknowledge')}
          </Button>
        )}
        {open === 'acknowledge' && <AcknowledgeDialog request={request} onClose={() => setOpen(undefined)} />}
        {open === 'amend' && <AmendDialog request={request} onClose={() => setOpen(undefined)} />}
      </Panel>
    );
  }
  if (mayWrite(request)) {
    return (
      <Panel title={t('opinion.title')} actions={<Due request={request} />}>
        <OpinionEditor request={request} />
      </Panel>
    );
  }
  return (
    <Panel title={t('opinion.title')} actions={<Due request={request} />}>
      <Empty icon="edit" title={request.cancelled ? t('state.cancelled') : t('opinion.none')}>
        <Decision decision={request.disposition ?? request.cancelled} />
        {request.opinionDueAt &&
          t('opinion.due', { name: request.acceptedBy?.name ?? '', time: format.time(request.opinionDueAt) })}
      </Empty>
    </Panel>
  );
}

/** Why it was returned, cancelled or settled: the words if there are any, else the code's. */
function Decision({ decision }: { decision: ConsultRequest['returned'] }) {
  const { t } = useTranslation();
  if (!decision) return null;
  const code = t(`reason.${decision.code}` as 'reason.other', { defaultValue: decision.code });
  return (
    <>
      {decision.text || code} <span className="muted">{decision.by.name}</span>
    </>
  );
}

function Due({ request }: { request: ConsultRequest }) {
  if (request.state !== 'awaiting_opinion' || !request.opinionDueAt) return null;
  return (
    <span className="dossier-due">
      <Countdown until={request.opinionDueAt} />
    </span>
  );
}

/** Something was missing: what, and one button to send it again. */
function Returned({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const input = useRef<HTMLInputElement>(null);
  const [cancelling, setCancelling] = useState(false);
  const query = requestQuery(request.id);
  const attach = useMutation({
    mutationFn: (file: File) => attachFile(request.id, file),
    onSettled: () => queries.invalidateQueries({ queryKey: query.queryKey }),
    onError: toast.fail,
  });
  const again = useMutation({
    mutationFn: () => resubmitRequest(request.id, request.version),
    onSuccess: (sent) => queries.setQueryData(query.queryKey, sent),
    onError: toast.fail,
  });
  return (
    <Panel title={t('waiting.returnedTitle')} tone="urgent" pad>
      <p className="dossier-reason">
        <Decision decision={request.returned} />
      </p>
      <div className="row wrap">
        <Button icon="upload" busy={attach.isPending} onClick={() => input.current?.click()}>
          {t('newRequest.photo')}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          accept="image/jpeg,image/png,application/pdf"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) attach.mutate(file);
            event.target.value = '';
          }}
        />
        {request.actions.includes('resubmit') && (
          <Button look="primary" busy={again.isPending} onClick={() => again.mutate()}>
            {t('waiting.resubmit')}
          </Button>
        )}
        {request.actions.includes('cancel') && (
          <Button look="quiet" onClick={() => setCancelling(true)}>
            {t('request.cancel')}
          </Button>
        )}
      </div>
      {cancelling && <CancelDialog request={request} onClose={() => setCancelling(false)} />}
    </Panel>
  );
}
