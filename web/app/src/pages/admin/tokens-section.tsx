import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createKiosk, createToken, revokeToken, type Token, tokensQuery } from '@/api/admin';
import { useMe } from '@/app/session';
import { InstitutionSelect, useInstitutionName } from '@/features/admin/choices';
import { endOfDay } from '@/features/admin/days.model';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm, Dialog } from '@/ui/dialog';
import { Field, TextField, Tick } from '@/ui/field';
import { ErrorNote, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';

const scopes = ['dicomweb:read', 'dicomweb:store', 'worklist:read', 'worklist:write'] as const;
type Scope = (typeof scopes)[number];

/** Programs and wall screens: a secret that is shown once and can be revoked. */
export function TokensSection() {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useInstitutionName();
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState<'token' | 'kiosk'>();
  const [secret, setSecret] = useState<string>();
  const [revoking, setRevoking] = useState<Token>();
  return (
    <>
      <div className="register-bar">
        <Button look="primary" icon="key" onClick={() => setMaking('token')}>
          {t('admin.token')}
        </Button>
        <Button icon="wall" onClick={() => setMaking('kiosk')}>
          {t('admin.kiosk')}
        </Button>
      </div>
      <Loaded query={tokens}>
        {(list) => (
          <Table<Token>
            size="small"
            rowKey="id"
            pagination={false}
            dataSource={list}
            columns={[
              { title: t('admin.name'), dataIndex: 'name', render: (name: string) => <b>{name}</b> },
              { title: t('admin.institution'), dataIndex: 'institution', render: (id: string) => nameOf(id) },
              {
                title: t('admin.scopes'),
                dataIndex: 'scopes',
                render: (all: string[]) =>
                  format.list(
                    all.map((one) =>
                      scopes.includes(one as Scope) ? t(`admin.scope.${one as Scope}`) : t('role.kiosk'),
                    ),
                  ),
              },
              {
                title: t('admin.expires'),
                dataIndex: 'until',
                className: 'num',
                render: (at?: string) => (at ? format.date(at) : t('admin.open')),
              },
              {
                key: 'revoke',
                align: 'right',
                render: (_, token) =>
                  token.revoked ? (
                    <span className="muted">{t('admin.revoked')}</span>
                  ) : (
                    <Button size="small" look="danger" onClick={() => setRevoking(token)}>
                      {t('admin.revoke')}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      {making && <MakeDialog kind={making} onMade={setSecret} onClose={() => setMaking(undefined)} />}
      {secret && <SecretDialog secret={secret} onClose={() => setSecret(undefined)} />}
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(undefined)} />}
    </>
  );
}

interface MakeProps {
  kind: 'token' | 'kiosk';
  onMade: (secret: string) => void;
  onClose: () => void;
}

function MakeDialog({ kind, onMade, onClose }: MakeProps) {
  const { t } = useTranslation();
  const me = useMe();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [institution, setInstitution] = useState(me.point.institution.id);
  const [chosen, setChosen] = useState<Scope[]>(['dicomweb:read']);
  const [until, setUntil] = useState('');
  const make = useMutation({
    mutationFn: async () => {
      if (kind === 'kiosk') return new URL((await createKiosk(name, institution)).url, window.location.origin).href;
      return (await createToken({ name, institution, scopes: chosen, until: endOfDay(until) })).token;
    },
    onSuccess: (secret) => {
      onClose();
      onMade(secret);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin', 'tokens'] }),
  });
  return (
    <Confirm
      title={t(kind === 'kiosk' ? 'admin.kiosk' : 'admin.token')}
      action={t('admin.add')}
      disabled={!name.trim() || (kind === 'token' && chosen.length === 0)}
      busy={make.isPending}
      onConfirm={() => make.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t('admin.name')}
        value={name}
        maxLength={100}
        onChange={(event) => setName(event.target.value)}
      />
      <Field label={t('admin.institution')}>
        {() => <InstitutionSelect value={institution} onChange={setInstitution} />}
      </Field>
      {kind === 'token' && (
        <>
          {scopes.map((scope) => (
            <Tick
              key={scope}
              checked={chosen.includes(scope)}
              onChange={(on) => setChosen(on ? [...chosen, scope] : chosen.filter((one) => one !== scope))}
            >
              {t(`admin.scope.${scope}`)}
            </Tick>
          ))}
          <TextField
            label={t('admin.expires')}
            type="date"
            value={until}
            onChange={(event) => setUntil(event.target.value)}
          />
        </>
      )}
      {make.error && <ErrorNote error={make.error} />}
    </Confirm>
  );
}

function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const copy = () => void navigator.clipboard?.writeText(secret).then(() => toast.say(t('admin.copied')), toast.fail);
  return (
    <Dialog
      title={t('admin.secretTitle')}
      onClose={onClose}
      footer={
        <Button look="primary" onClick={copy}>
          {t('admin.copy')}
        </Button>
      }
    >
      <p>{t('admin.secretText')}</p>
      <p className="secret">{secret}</p>
    </Dialog>
  );
}

function RevokeDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => revokeToken(token.id),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin', 'tokens'] }),
  });
  return (
    <Confirm
      title={t('admin.revoke')}
      action={t('admin.revoke')}
      look="danger"
      busy={revoke.isPending}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>{t('admin.revokeText', { name: token.name })}</p>
      {revoke.error && <ErrorNote error={revoke.error} />}
    </Confirm>
  );
}
