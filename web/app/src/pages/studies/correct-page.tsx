import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { correctionsQuery, type NewCorrection, propose, type Side, sidesQuery } from '@/api/truth';
import { CorrectionRow } from '@/features/truth/correction-row';
import { SidesTable } from '@/features/truth/sides-table';
import { changes, type Identity, identityOf } from '@/features/truth/truth.model';
import { Button } from '@/ui/button';
import { Choice, Field, TextArea, TextField } from '@/ui/field';
import { Page, Panel } from '@/ui/panel';
import { Empty, ErrorNote, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';
import './studies.css';

/** A study whose header is wrong is corrected here: one proposes, another approves; the images themselves never change. */
export function CorrectPage() {
  const { t } = useTranslation();
  const { uid = '' } = useParams();
  const sides = useQuery(sidesQuery(uid));
  const history = useQuery(correctionsQuery({ study: uid }));
  return (
    <Page title={t('truth.correct')} note={t('truth.correctNote')}>
      <p>
        <Link to={`/studies/${uid}`}>{t('truth.see')}</Link>
      </p>
      <Loaded query={sides}>
        {(list) => (
          <>
            <Panel title={t('truth.compare')}>
              <SidesTable sides={list} />
            </Panel>
            <Propose key={JSON.stringify(list)} uid={uid} sides={list} />
          </>
        )}
      </Loaded>
      <Panel title={t('truth.history')} count={history.data?.length}>
        <Loaded query={history}>
          {(list) =>
            list.length === 0 ? (
              <Empty icon="check" title={t('truth.historyNone')} />
            ) : (
              <ul className="corrections">
                {list.map((one) => (
                  <CorrectionRow key={one.id} correction={one} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
    </Page>
  );
}

const codes = ['113037', '113038', '113001'] as const;

function Propose({ uid, sides }: { uid: string; sides: readonly Side[] }) {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const from = identityOf(sides.find((side) => side.source === 'shown') ?? sides[0]);
  const order = sides.find((side) => side.source === 'order');
  const [kind, setKind] = useState<'amend' | 'reject'>('amend');
  const [to, setTo] = useState<Identity>(from);
  const [code, setCode] = useState<(typeof codes)[number]>('113037');
  const [reason, setReason] = useState('');
  const set = changes(from, to);
  const ready = reason.trim() !== '' && (kind === 'reject' || Object.keys(set).length > 0);
  const send = useMutation({
    mutationFn: () => {
      const fix: Omit<NewCorrection, 'reason'> =
        kind === 'amend'
          ? { kind, amend: { study: uid, set } }
          : { kind, reject: { code, instances: [{ study: uid }] } };
      return propose({ ...fix, reason: reason.trim() });
    },
    onSuccess: () => {
      toast.say(t('truth.proposed'), { tone: 'done' });
      setReason('');
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['truth'] }),
  });
  const field = (name: keyof Identity) => ({
    value: to[name],
    onChange: (e: { target: { value: string } }) => setTo((was) => ({ ...was, [name]: e.target.value })),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    send.mutate();
  };
  return (
    <Panel title={t('truth.propose')} pad>
      <form className="correct-form" onSubmit={submit}>
        <div className="wide">
          <Choice
            label={t('truth.what')}
            hidden
            value={kind}
            options={(['amend', 'reject'] as const).map((value) => ({ value, text: t(`truth.kind.${value}`) }))}
            onChange={setKind}
          />
        </div>
        {kind === 'amend' ? (
          <>
            {order && (
              <div className="wide">
                <Button
                  size="small"
                  icon="link"
                  onClick={() => setTo({ ...identityOf(order), description: to.description })}
                >
                  {t('truth.fromOrder')}
                </Button>
              </div>
            )}
            <TextField label={t('truth.chinese')} maxLength={32} {...field('chinese')} />
            <TextField label={t('truth.latin')} maxLength={64} {...field('latin')} />
            <Field label={t('truth.row.sex')}>
              {(ids) => (
                <select className="y-input" {...ids} {...field('sex')}>
                  <option value="">{t('truth.sex.none')}</option>
                  {(['M', 'F', 'O'] as const).map((value) => (
                    <option key={value} value={value}>
                      {t(`truth.sex.${value}`)}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <TextField label={t('truth.row.birthDate')} inputMode="numeric" maxLength={10} {...field('birthDate')} />
            <TextField label={t('truth.row.patientId')} maxLength={64} {...field('patientId')} />
            <TextField label={t('truth.row.accession')} maxLength={16} {...field('accession')} />
            <TextField label={t('truth.row.description')} maxLength={64} {...field('description')} />
          </>
        ) : (
          <div className="wide">
            <Choice
              label={t('truth.why')}
              value={code}
              options={codes.map((value) => ({ value, text: t(`truth.code.${value}`) }))}
              onChange={setCode}
            />
            <p className="muted">{t('truth.rejectHint')}</p>
          </div>
        )}
        <div className="wide">
          <TextArea
            label={t('common.reason')}
            rows={2}
            maxLength={500}
            value={reason}
            onChange={(e) => setReason(e.target.value)}
          />
        </div>
        <div className="wide correct-end">
          <Button type="submit" look="primary" busy={send.isPending} disabled={!ready}>
            {t('truth.send')}
          </Button>
          <span className="muted">{t('truth.second')}</span>
        </div>
        {send.error && <ErrorNote error={send.error} />}
      </form>
    </Panel>
  );
}
