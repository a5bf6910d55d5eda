import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { newKey } from '@/api/client';
import { attachFile, createRequest, requestQuery, requestsQuery } from '@/api/consults';
import { ApiError } from '@/api/problem';
import { useMe } from '@/app/session';
import { useSpecialtyName } from '@/app/specialty';
import { type AskDraft, type ChosenPatient, emptyDraft, missing, readDraft, toRequest } from '@/features/ask/ask.model';
import { FilePicker, VitalFields } from '@/features/ask/extras';
import { PatientPicker } from '@/features/ask/patient-picker';
import { CoverageNote, SpecialtyPicker } from '@/features/ask/specialty-picker';
import { UrgencyPicker } from '@/features/ask/urgency-picker';
import { isOver } from '@/features/request/request.model';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { TextArea, TextField, Tick } from '@/ui/field';
import { Page } from '@/ui/panel';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';
import './new-request.css';

function useDraft(person: string): [AskDraft, (change: Partial<AskDraft>) => void, () => void] {
  const place = `yilian.ask.${person}`;
  const [draft, setDraft] = useState(() => readDraft(localStorage.getItem(place)) ?? emptyDraft(newKey()));
  useEffect(() => localStorage.setItem(place, JSON.stringify(draft)), [place, draft]);
  return [draft, (change) => setDraft((old) => ({ ...old, ...change })), () => localStorage.removeItem(place)];
}

/** One screen: patient, urgency and specialty, one sentence, go. */
export function NewRequestPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const toast = useToast();
  const format = useFormat();
  const me = useMe();
  const specialtyName = useSpecialtyName();
  const [draft, change, clear] = useDraft(me.person.id);
  const [files, setFiles] = useState<File[]>([]);
  const mine = useQuery(requestsQuery('mine'));
  const recent = uniquePatients(mine.data?.map((request) => request.patient) ?? []);
  const recentSpecialties = [...new Set(mine.data?.map((request) => request.specialty))];
  const open =
    draft.patient && mine.data?.find((r) => r.patient.id === draft.patient?.id && !isOver(r) && r.state !== 'opined');
  const gaps = missing(draft);

  const send = useMutation({
    mutationFn: async (alongside: boolean) => {
      const body = toRequest(draft);
      if (!body) throw new Error('incomplete');
      const request = await createRequest(
        { ...body, ...(alongside ? { alongside } : {}) },
        alongside ? `${draft.key}+` : draft.key,
      );
      clear();
      for (const file of files) {
        await attachFile(request.id, file).catch(() => {
          toast.say(t('newRequest.uploadFailed', { name: file.name }), { tone: 'bad' });
        });
      }
      return request;
    },
    onSuccess: (request) => {
      queries.setQueryData(requestQuery(request.id).queryKey, request);
      void queries.invalidateQueries({ queryKey: ['requests'] });
      void navigate(`/requests/${request.id}`, { replace: true });
    },
  });

  return (
    <Page title={t('newRequest.title')} width="text">
      <form
        className="ask"
        onSubmit={(event) => {
          event.preventDefault();
          if (gaps.length === 0 && !send.isPending) send.mutate(false);
        }}
      >
        <section>
          <h2>{t('newRequest.who')}</h2>
          <PatientPicker
            patient={draft.patient}
            fresh={draft.fresh}
            recent={recent}
            onPick={(patient) => change({ patient, fresh: undefined })}
            onFresh={(fresh) => change({ fresh, patient: undefined })}
          />
          {open && (
            <p className="ask-warn">
              ▲ {t('newRequest.duplicate', { number: open.number })}{' '}
              <Link to={`/requests/${open.id}`}>{t('newRequest.duplicateOpen')}</Link>
            </p>
          )}
        </section>
        <section>
          <h2>{t('newRequest.kind')}</h2>
          <UrgencyPicker value={draft.kind} onChange={(kind) => change({ kind })} />
        </section>
        <section>
          <h2>{t('newRequest.specialty')}</h2>
          <SpecialtyPicker
            value={draft.specialty}
            recent={recentSpecialties}
            onChange={(specialty) => change({ specialty })}
          />
          <CoverageNote kind={draft.kind} specialty={draft.specialty} specialtyName={specialtyName} />
        </section>
        <section>
          <TextArea
            label={t('newRequest.summary')}
            placeholder={t('newRequest.summaryHint')}
            rows={3}
            maxLength={2000}
            value={draft.summary}
            onChange={(event) => change({ summary: event.target.value })}
          />
          <Consent draft={draft} change={change} />
        </section>
        <details>
          <summary>
            {t('newRequest.more')} <span className="muted small">{t('newRequest.attach')}</span>
          </summary>
          <div className="ask-more">
            <VitalFields vitals={draft.vitals} onChange={(vitals) => change({ vitals })} />
            <FilePicker files={files} onChange={setFiles} />
          </div>
        </details>
        {send.error && <Refused error={send.error} onAlongside={() => send.mutate(true)} />}
        <footer className="ask-send">
          <p className="muted small" aria-live="polite">
            {gaps.length > 0 &&
              t('newRequest.stillMissing', { list: format.list(gaps.map((gap) => t(`newRequest.missing.${gap}`))) })}
          </p>
          <Button
            type="submit"
            size="large"
            block
            look={draft.kind === 'rescue' ? 'rescue' : draft.kind === 'urgent' ? 'urgent' : 'primary'}
            busy={send.isPending}
            disabled={gaps.length > 0}
          >
            {draft.kind ? t('newRequest.submitKind', { kind: t(`kind.${draft.kind}`) }) : t('newRequest.submit')}
          </Button>
        </footer>
      </form>
    </Page>
  );
}

/** Somebody has asked for this patient already: go there, or ask all the same. */
function Refused({ error, onAlongside }: { error: unknown; onAlongside: () => void }) {
  const { t } = useTranslation();
  const open = error instanceof ApiError && error.code === 'request.open' ? String(error.problem.params?.id ?? '') : '';
  return (
    <>
      <ErrorNote error={error} />
      {open && (
        <div className="row wrap">
          <Link className="y-btn y-btn-primary y-btn-normal" to={`/requests/${open}`}>
            {t('newRequest.duplicateOpen')}
          </Link>
          <Button onClick={onAlongside}>{t('newRequest.alongside')}</Button>
        </div>
      )}
    </>
  );
}

function Consent({ draft, change }: { draft: AskDraft; change: (change: Partial<AskDraft>) => void }) {
  const { t } = useTranslation();
  return (
    <div className="ask-consent">
      <Tick
        checked={draft.consent && !draft.emergency}
        disabled={draft.emergency}
        onChange={(consent) => change({ consent })}
      >
        {t('newRequest.consent')}
      </Tick>
      <Tick checked={draft.emergency} onChange={(emergency) => change({ emergency })}>
        <span className="soft">{t('newRequest.emergency')}</span>
      </Tick>
      {draft.emergency && (
        <TextField
          label={t('newRequest.emergencyReason')}
          value={draft.emergencyReason}
          onChange={(event) => change({ emergencyReason: event.target.value })}
        />
      )}
    </div>
  );
}

function uniquePatients(patients: ChosenPatient[]): ChosenPatient[] {
  return [...new Map(patients.map((patient) => [patient.id, patient])).values()];
}
