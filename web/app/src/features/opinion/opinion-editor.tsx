import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { newKey } from '@/api/client';
import { saveOpinion, signOpinion } from '@/api/consults';
import { insist } from '@/api/insist';
import type { ConsultRequest, OpinionText } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { TextArea, Tick } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { leftover } from './autosave';
import { opinionGaps, textOf } from './opinion.model';
import { useAutosave } from './use-autosave';
import './opinion.css';

/** The specialist writes beside the picture while talking; the draft saves itself; signing asks once. */
export function OpinionEditor({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const format = useFormat();
  const place = `yilian.opinion.${request.id}`;
  const [text, setText] = useState<OpinionText>(() => leftover<OpinionText>(place) ?? textOf(request.opinion));
  const [signing, setSigning] = useState(false);
  const key = useRef(newKey());

  // The call's own news move the version on; the draft is this author's alone and may follow.
  const save = (value: OpinionText) =>
    insist(queries, request.id, (version) => saveOpinion(request.id, version, value));
  const { state, autosave } = useAutosave(place, save);
  const change = (part: Partial<OpinionText>) => {
    const next = { ...text, ...part };
    setText(next);
    autosave.change(next);
  };

  const sign = useMutation({
    mutationFn: async () => {
      await autosave.flush();
      return insist(queries, request.id, (version) => signOpinion(request.id, version, `${key.current}-${version}`));
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['requests'] });
      toast.say(t('opinion.signed'), { tone: 'done' });
      setSigning(false);
    },
  });

  const gaps = opinionGaps(text);
  const maySign = request.actions.includes('sign');
  return (
    <div className="opinion">
      <TextArea
        label={t('opinion.findings')}
        rows={5}
        value={text.findings}
        onChange={(e) => change({ findings: e.target.value })}
      />
      <TextArea
        label={t('opinion.diagnosis')}
        rows={2}
        value={text.diagnosis}
        onChange={(e) => change({ diagnosis: e.target.value })}
      />
      <TextArea
        label={t('opinion.advice')}
        rows={5}
        value={text.advice}
        onChange={(e) => change({ advice: e.target.value })}
      />
      <Tick checked={text.referral ?? false} onChange={(referral) => change({ referral })}>
        {t('opinion.referral')}
      </Tick>
      <footer>
        <span className={`opinion-save opinion-save-${state}`} role="status">
          {t(`opinion.save.${state}`)}
        </span>
        <Button look="primary" icon="edit" disabled={!maySign || gaps.length > 0} onClick={() => setSigning(true)}>
          {t('opinion.sign')}
        </Button>
      </footer>
      {gaps.length > 0 && (
        <p className="muted small">
          {t('opinion.gaps', { list: format.list(gaps.map((gap) => t(`opinion.${gap}`))) })}
        </p>
      )}
      {gaps.length === 0 && !maySign && <p className="muted small">{t('opinion.signLater')}</p>}
      {signing && (
        <Confirm
          title={t('opinion.signTitle')}
          action={t('opinion.sign')}
          busy={sign.isPending}
          onConfirm={() => sign.mutate()}
          onClose={() => setSigning(false)}
        >
          <p>
            {t('opinion.signText', {
              name: request.patient.name,
              number: request.number,
              doctor: request.requester.name,
            })}
          </p>
          <blockquote>
            <b>{text.diagnosis}</b>
            <p>{text.advice}</p>
          </blockquote>
          {sign.error && <ErrorNote error={sign.error} />}
        </Confirm>
      )}
    </div>
  );
}
