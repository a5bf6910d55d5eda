import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Checkbox, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Draft, type Peer, type Route, registerQuery } from '@/api/admin';
import { removePeer, removeRoute, setPeerSecret, testPeer } from '@/api/forward';
import { useInstitutionName } from '@/features/admin/choices';
import { words } from '@/features/admin/forward.model';
import { Register } from '@/features/admin/register';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { usePeerName } from './forward-letters';

const required = [{ required: true, message: '' }];
const { Item } = Form;
const whole = { width: '100%' };

export function PeersTab() {
  const { t } = useTranslation();
  return (
    <Register
      name="peers"
      fresh={{ kind: 'dimse' }}
      textOf={(one: Peer) => `${one.name} ${one.called ?? ''} ${one.address ?? ''} ${one.url ?? ''}`}
      columns={[
        { title: t('admin.name'), dataIndex: 'name' },
        { title: t('forward.kindTitle'), dataIndex: 'kind', render: (kind: 'dimse') => t(`forward.kind.${kind}`) },
        {
          title: t('forward.address'),
          key: 'address',
          className: 'num',
          render: (_, one) => (one.kind === 'dimse' ? `${one.called} @ ${one.address}` : one.url),
        },
        { title: '', dataIndex: 'disabled', render: (off: boolean) => off && t('forward.paused') },
      ]}
      extra={(one) => <PeerTools peer={one} />}
      fields={<PeerFields />}
    />
  );
}

const transfers = ['kept', 'native', 'jpeg-ls', 'jpeg-lossless', 'rle'] as const;

const notices = ['none', 'also', 'only'] as const;
const corrections = ['send', 'notice', 'none'] as const;

function PeerFields() {
  const { t } = useTranslation();
  const kind = Form.useWatch<Peer['kind']>('kind');
  return (
    <>
      <Item name="name" label={t('admin.name')} rules={required}>
        <Input maxLength={64} />
      </Item>
      <Item name="kind" label={t('forward.kindTitle')} rules={required}>
        <Select
          options={(['dimse', 'dicomweb'] as const).map((value) => ({ value, label: t(`forward.kind.${value}`) }))}
        />
      </Item>
      {kind === 'dicomweb' ? (
        <>
          <Item name="url" label={t('forward.url')} rules={required} extra={t('forward.urlHint')}>
            <Input maxLength={500} />
          </Item>
          <Item name="auth" label={t('forward.auth')}>
            <Select
              allowClear
              options={(['basic', 'bearer'] as const).map((value) => ({ value, label: t(`forward.auths.${value}`) }))}
            />
          </Item>
          <Item name="user" label={t('forward.user')}>
            <Input maxLength={64} />
          </Item>
        </>
      ) : (
        <>
          <Item name="called" label={t('forward.called')} rules={required}>
            <Input maxLength={16} />
          </Item>
          <Item name="address" label={t('forward.hostPort')} rules={required} extra="192.168.10.20:104">
            <Input maxLength={255} />
          </Item>
          <Item name="calling" label={t('forward.calling')} extra={t('forward.callingHint')}>
            <Input maxLength={16} />
          </Item>
          <Item name={['tls', 'on']} valuePropName="checked">
            <Checkbox>{t('forward.tls')}</Checkbox>
          </Item>
        </>
      )}
      <Item name="bytesPerSecond" label={t('forward.bytes')} extra={t('forward.zeroNone')}>
        <InputNumber min={0} step={100_000} style={whole} />
      </Item>
      <Item name="associations" label={t('forward.associations')}>
        <InputNumber min={0} max={16} style={whole} />
      </Item>
      <Item name="transfer" label={t('forward.transfer')} extra={t('forward.transferHint')}>
        <Select allowClear options={transfers.map((value) => ({ value, label: t(`forward.transfers.${value}`) }))} />
      </Item>
      {kind !== 'dicomweb' && (
        <>
          <Item name="commitment" valuePropName="checked">
            <Checkbox>{t('forward.commitment')}</Checkbox>
          </Item>
          <Item name="notices" label={t('forward.notices')} extra={t('forward.noticesHint')}>
            <Select allowClear options={notices.map((value) => ({ value, label: t(`forward.notice.${value}`) }))} />
          </Item>
        </>
      )}
      <Item name="corrections" label={t('forward.corrections')} extra={t('forward.correctionsHint')}>
        <Select
          allowClear
          options={corrections
            .filter((value) => kind !== 'dicomweb' || value !== 'notice')
            .map((value) => ({ value, label: t(`forward.correction.${value}`) }))}
        />
      </Item>
      <Item name="disabled" valuePropName="checked">
        <Checkbox>{t('forward.pause')}</Checkbox>
      </Item>
    </>
  );
}

/** Ask whether it is there, give it its password, take it away. */
function PeerTools({ peer }: { peer: Peer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const toast = useToast();
  const [asking, setAsking] = useState<'secret' | 'remove'>();
  const test = useMutation({
    mutationFn: () => testPeer(peer),
    onSuccess: (found) =>
      found.ok
        ? toast.say(t('forward.testGood', { ms: format.number(found.milliseconds), program: found.program }), {
            tone: 'done',
          })
        : toast.say(t('forward.testBad', { text: found.text }), { tone: 'bad' }),
    onError: (error) => toast.fail(error),
  });
  return (
    <>
      <Button size="small" look="quiet" busy={test.isPending} onClick={() => test.mutate()}>
        {t('forward.test')}
      </Button>
      {(peer.auth === 'basic' || peer.auth === 'bearer') && (
        <Button size="small" look="quiet" onClick={() => setAsking('secret')}>
          {t(peer.hasSecret ? 'forward.secretChange' : 'forward.secretSet')}
        </Button>
      )}
      <Button size="small" look="quiet" onClick={() => setAsking('remove')}>
        {t('forward.remove')}
      </Button>
      {asking === 'secret' && <Secret peer={peer} onClose={() => setAsking(undefined)} />}
      {asking === 'remove' && (
        <Remove
          name={peer.name}
          register="peers"
          remove={() => removePeer(peer.id)}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  );
}

function Secret({ peer, onClose }: { peer: Peer; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [secret, setSecret] = useState('');
  const send = useMutation({
    mutationFn: () => setPeerSecret(peer.id, secret),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['admin', 'peers'] });
      onClose();
    },
  });
  return (
    <Confirm
      title={t('forward.secretTitle', { name: peer.name })}
      action={t('common.save')}
      busy={send.isPending}
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t(`forward.auths.${peer.auth === 'basic' ? 'basic' : 'bearer'}`)}
        hint={t('forward.secretHint')}
        type="password"
        autoComplete="off"
        value={secret}
        onChange={(e) => setSecret(e.target.value)}
      />
      {send.error && <ErrorNote error={send.error} />}
    </Confirm>
  );
}

interface RemoveProps {
  name: string;
  register: 'peers' | 'routes';
  remove: () => Promise<unknown>;
  onClose: () => void;
}

function Remove({ name, register, remove, onClose }: RemoveProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const send = useMutation({
    mutationFn: remove,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['admin', register] });
      onClose();
    },
  });
  return (
    <Confirm
      title={t('forward.removeTitle', { name })}
      action={t('forward.remove')}
      look="danger"
      busy={send.isPending}
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      <p>{t(`forward.removeText.${register}`)}</p>
      {send.error && <ErrorNote error={send.error} />}
    </Confirm>
  );
}

/** The form holds lists as text. */
interface RouteForm extends Omit<Draft<'routes'>, 'when'> {
  when?: Record<string, unknown>;
}

const lists = ['sources', 'modalities', 'bodyParts', 'sopClasses'] as const;
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export function RoutesTab() {
  const { t } = useTranslation();
  const peerName = usePeerName();
  const format = useFormat();
  const summary = useConditionText();
  return (
    <Register
      name="routes"
      fresh={{ trigger: 'complete', order: 100 }}
      textOf={(one: Route) => `${one.name} ${one.peers.map(peerName).join(' ')}`}
      toForm={(one: Draft<'routes'>): RouteForm => ({
        ...one,
        when: { ...one.when, ...Object.fromEntries(lists.map((key) => [key, (one.when?.[key] ?? []).join(', ')])) },
      })}
      fromForm={(values) => ({
        ...values,
        when: { ...values.when, ...Object.fromEntries(lists.map((key) => [key, words(values.when?.[key])])) },
      })}
      columns={[
        { title: t('forward.order'), dataIndex: 'order', align: 'right', className: 'num' },
        { title: t('admin.name'), dataIndex: 'name' },
        { title: t('forward.when'), key: 'when', render: (_, one) => summary(one) },
        { title: t('forward.to'), dataIndex: 'peers', render: (ids: string[]) => format.list(ids.map(peerName)) },
        { title: t('forward.trigger'), dataIndex: 'trigger', render: (v: 'complete') => t(`forward.triggers.${v}`) },
        { title: '', dataIndex: 'disabled', render: (off: boolean) => off && t('admin.disabled') },
      ]}
      extra={(one) => <RouteTools route={one} />}
      fields={<RouteFields />}
    />
  );
}

function useConditionText(): (route: Route) => string {
  const { t } = useTranslation();
  const nameOf = useInstitutionName();
  const format = useFormat();
  return ({ when }) => {
    const parts = [
      ...lists.map((key) => when?.[key] ?? []),
      (when?.institutions ?? []).map(nameOf),
      (when?.referring ?? []).map((id) => t('forward.orderedBy', { name: nameOf(id) })),
      (when?.urgencies ?? []).map((u) => t(`forward.urgencies.${u}`)),
      (when?.weekdays ?? []).map((d) => t(`forward.days.${d}`)),
      when?.from || when?.until ? [`${when.from ?? ''}–${when.until ?? ''}`] : [],
    ].filter((part) => part.length > 0);
    return parts.length === 0 ? t('forward.everything') : parts.map((part) => format.list(part)).join(' · ');
  };
}

function RouteFields() {
  const { t } = useTranslation();
  const peers = useQuery(registerQuery('peers'));
  const institutions = useQuery(registerQuery('institutions'));
  const sites = institutions.data?.map((one) => ({ value: one.id, label: one.name }));
  return (
    <>
      <Item name="name" label={t('admin.name')} rules={required}>
        <Input maxLength={64} />
      </Item>
      <Item name="peers" label={t('forward.to')} rules={required}>
        <Select
          mode="multiple"
          optionFilterProp="label"
          options={peers.data?.map((one) => ({ value: one.id, label: one.name }))}
        />
      </Item>
      <Item name="trigger" label={t('forward.trigger')} rules={required}>
        <Select
          options={(['complete', 'arrival'] as const).map((value) => ({
            value,
            label: t(`forward.triggers.${value}`),
          }))}
        />
      </Item>
      <h3 className="forward-form-head">{t('forward.when')}</h3>
      <p className="muted forward-form-note">{t('forward.whenHint')}</p>
      <Item name={['when', 'modalities']} label={t('admin.modality')}>
        <Input placeholder="CT, MR" />
      </Item>
      <Item name={['when', 'sources']} label={t('forward.sources')}>
        <Input placeholder="QX_CT1, QX_*" />
      </Item>
      <Item name={['when', 'bodyParts']} label={t('forward.bodyParts')}>
        <Input placeholder="HEAD, CHEST" />
      </Item>
      <Item name={['when', 'institutions']} label={t('forward.owner')}>
        <Select mode="multiple" optionFilterProp="label" options={sites} />
      </Item>
      <Item name={['when', 'referring']} label={t('forward.referring')}>
        <Select mode="multiple" optionFilterProp="label" options={sites} />
      </Item>
      <Item name={['when', 'urgencies']} label={t('forward.urgency')}>
        <Checkbox.Group
          options={(['stat', 'urgent', 'routine'] as const).map((value) => ({
            value,
            label: t(`forward.urgencies.${value}`),
          }))}
        />
      </Item>
      <Item name={['when', 'weekdays']} label={t('forward.weekdays')}>
        <Checkbox.Group options={days.map((value) => ({ value, label: t(`forward.days.${value}`) }))} />
      </Item>
      <div className="forward-times">
        <Item name={['when', 'from']} label={t('admin.begin')}>
          <Input type="time" />
        </Item>
        <Item name={['when', 'until']} label={t('admin.end')}>
          <Input type="time" />
        </Item>
      </div>
      <Item name={['when', 'sopClasses']} label="SOP Class UID">
        <Input />
      </Item>
      <h3 className="forward-form-head">{t('forward.how')}</h3>
      <Item name="order" label={t('forward.order')}>
        <InputNumber min={0} max={999_999} style={whole} />
      </Item>
      <Item name="urgency" label={t('forward.as')}>
        <Select
          allowClear
          options={(['stat', 'urgent', 'routine', 'bulk'] as const).map((value) => ({
            value,
            label: t(`forward.urgencies.${value}`),
          }))}
        />
      </Item>
      <Item name="stop" valuePropName="checked">
        <Checkbox>{t('forward.stop')}</Checkbox>
      </Item>
      <Item name="disabled" valuePropName="checked">
        <Checkbox>{t('admin.disabled')}</Checkbox>
      </Item>
    </>
  );
}

function RouteTools({ route }: { route: Route }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="small" look="quiet" onClick={() => setAsking(true)}>
        {t('forward.remove')}
      </Button>
      {asking && (
        <Remove
          name={route.name}
          register="routes"
          remove={() => removeRoute(route.id)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
