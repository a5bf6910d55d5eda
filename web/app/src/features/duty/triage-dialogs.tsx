import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { assignRequest, disposeRequest, returnRequest } from '@/api/consults';
import { insist } from '@/api/insist';
import type { ConsultRequest, DutyEntry, RequestSummary } from '@/api/types';
import { Confirm } from '@/ui/dialog';
import { Choice, TextArea } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { isReading } from './duty.model';

type Decide = (version: number) => Promise<ConsultRequest>;

function useTriage(request: RequestSummary, decide: Decide, onClose: () => void) {
  const queries = useQueryClient();
  const toast = useToast();
  const { t } = useTranslation();
  return useMutation({
    mutationFn: () => insist(queries, request.id, decide),
    onSuccess: () => {
      toast.say(t('duty.recorded'));
      onClose();
    },
    onSettled: () => {
      for (const queryKey of [['board'], ['requests'], ['request', request.id]])
        void queries.invalidateQueries({ queryKey });
    },
  });
}

interface TriageProps {
  request: RequestSummary;
  onClose: () => void;
}

export function AssignDialog({ request, duty, onClose }: TriageProps & { duty: DutyEntry[] }) {
  const { t } = useTranslation();
  const [person, setPerson] = useState<string>();
  const assign = useTriage(request, (version) => assignRequest(request.id, version, person ?? ''), onClose);
  const present = duty.filter((entry) => entry.presence !== 'off' && !isReading(entry.specialty));
  const doctors = [...new Map(present.map((entry) => [entry.person.id, entry])).values()].sort(
    (a, b) => Number(b.specialty === request.specialty) - Number(a.specialty === request.specialty),
  );
  return (
    <Confirm
      title={t('duty.assignTitle')}
      action={t('request.assign')}
      disabled={!person}
      busy={assign.isPending}
      onConfirm={() => assign.mutate()}
      onClose={onClose}
    >
      <p className="soft">{t('duty.assignText', { name: request.patient.name, kind: t(`kind.${request.kind}`) })}</p>
      <Choice
        label={t('duty.assignPick')}
        value={person}
        onChange={setPerson}
        options={doctors.map((entry) => ({
          value: entry.person.id,
          text: `${entry.person.name} ${t(`presence.${entry.presence}`)}`,
        }))}
      />
      {assign.error && <ErrorNote error={assign.error} />}
    </Confirm>
  );
}

const settlements = ['phone', 'refer', 'close'] as const;

export function DisposeDialog({ request, onClose }: TriageProps) {
  const { t } = useTranslation();
  const [action, setAction] = useState<(typeof settlements)[number]>();
  const [text, setText] = useState('');
  const dispose = useTriage(
    request,
    (version) => disposeRequest(request.id, version, action ?? 'close', text.trim()),
    onClose,
  );
  const { phone } = request.requester;
  return (
    <Confirm
      title={t('duty.disposeTitle')}
      action={t('request.dispose')}
      disabled={!action || !text.trim()}
      busy={dispose.isPending}
      onConfirm={() => dispose.mutate()}
      onClose={onClose}
    >
      <p>
        <b>{request.patient.name}</b> <span className="soft">{request.summary}</span>
      </p>
      {phone && (
        <p>
          {t('duty.callbackTitle', { name: request.requester.name })}{' '}
          <a className="num" href={`tel:${phone}`}>
            {phone}
          </a>
        </p>
      )}
      <p className="soft">{t('duty.disposeText')}</p>
      <Choice
        hidden
        label={t('duty.disposeTitle')}
        value={action}
        onChange={setAction}
        options={settlements.map((value) => ({ value, text: t(`duty.disposeActions.${value}`) }))}
      />
      <TextArea label={t('duty.disposeNote')} rows={3} value={text} onChange={(event) => setText(event.target.value)} />
      {dispose.error && <ErrorNote error={dispose.error} />}
    </Confirm>
  );
}

/** An assist request may go back for material; its clock pauses meanwhile. */
export function ReturnDialog({ request, onClose }: TriageProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const back = useTriage(
    request,
    (version) => returnRequest(request.id, version, { code: 'insufficient', text: text.trim() }),
    onClose,
  );
  return (
    <Confirm
      title={t('duty.returnTitle')}
      action={t('request.return')}
      disabled={!text.trim()}
      busy={back.isPending}
      onConfirm={() => back.mutate()}
      onClose={onClose}
    >
      <p className="soft">{t('duty.returnText')}</p>
      <TextArea label={t('duty.returnNote')} rows={3} value={text} onChange={(event) => setText(event.target.value)} />
      {back.error && <ErrorNote error={back.error} />}
    </Confirm>
  );
}
