import { Checkbox, Form, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Agreement, Device, Draft, Institution } from '@/api/admin';
import { useSpecialtyName } from '@/app/specialty';
import { InstitutionSelect, SpecialtySelect, useInstitutionName } from '@/features/admin/choices';
import { dayOf, endOfDay, startOfDay } from '@/features/admin/days.model';
import { Register } from '@/features/admin/register';
import { useFormat } from '@/i18n/format';
import { WorklistPreview } from './worklist-preview';

const required = [{ required: true, message: '' }];
const { Item } = Form;

export function InstitutionsSection() {
  const { t } = useTranslation();
  const nameOf = useInstitutionName();
  return (
    <Register
      name="institutions"
      fresh={{ tier: 'township' }}
      textOf={(one: Institution) => `${one.name} ${one.short}`}
      columns={[
        { title: t('admin.name'), dataIndex: 'name', sorter: (a, b) => a.name.localeCompare(b.name) },
        { title: t('admin.short'), dataIndex: 'short' },
        { title: t('admin.tier'), dataIndex: 'tier', render: (tier: string) => t(`tier.${tier}` as 'tier.county') },
        { title: t('admin.distance'), dataIndex: 'distanceKm', align: 'right', className: 'num' },
        { title: t('admin.phone'), dataIndex: 'phone', className: 'num' },
        { title: t('admin.parent'), dataIndex: 'parent', render: (id: string) => nameOf(id) },
        { title: '', dataIndex: 'closed', render: (closed: boolean) => closed && t('admin.closed') },
      ]}
      fields={
        <>
          <Item name="name" label={t('admin.name')} rules={required}>
            <Input maxLength={64} />
          </Item>
          <Item name="short" label={t('admin.short')}>
            <Input maxLength={16} />
          </Item>
          <Item name="tier" label={t('admin.tier')} rules={required}>
            <Select
              options={(['county', 'township', 'village'] as const).map((value) => ({
                value,
                label: t(`tier.${value}`),
              }))}
            />
          </Item>
          <Item name="distanceKm" label={t('admin.distance')}>
            <InputNumber min={0} max={3000} style={{ width: '100%' }} />
          </Item>
          <Item name="phone" label={t('admin.phone')}>
            <Input maxLength={32} />
          </Item>
          <Item name="parent" label={t('admin.parent')}>
            <InstitutionSelect allowClear />
          </Item>
          <Item name="closed" valuePropName="checked">
            <Checkbox>{t('admin.closed')}</Checkbox>
          </Item>
        </>
      }
    />
  );
}

export function DevicesSection() {
  const { t } = useTranslation();
  const nameOf = useInstitutionName();
  return (
    <Register
      name="devices"
      fresh={{}}
      textOf={(one: Device) => `${one.aeTitle} ${one.name}`}
      toForm={(one: Draft<'devices'>) => ({
        ...one,
        networks: (one.networks ?? []).join('\n'),
        classes: (one.classes ?? []).join('\n'),
      })}
      fromForm={(values) => ({
        ...values,
        networks: lines(values.networks as unknown as string),
        classes: lines(values.classes as unknown as string),
      })}
      columns={[
        { title: t('admin.aeTitle'), dataIndex: 'aeTitle', sorter: (a, b) => a.aeTitle.localeCompare(b.aeTitle) },
        { title: t('admin.name'), dataIndex: 'name' },
        { title: t('admin.modality'), dataIndex: 'modality' },
        { title: t('admin.institution'), dataIndex: 'institution', render: (id: string) => nameOf(id) },
        { title: t('admin.networks'), dataIndex: 'networks', render: (list?: string[]) => list?.join(' ') },
        { title: '', dataIndex: 'disabled', render: (off: boolean) => off && t('admin.disabled') },
      ]}
      extra={(one) => <WorklistPreview device={one} />}
      fields={
        <>
          <Item name="aeTitle" label={t('admin.aeTitle')} rules={required}>
            <Input maxLength={16} />
          </Item>
          <Item name="name" label={t('admin.name')} rules={required}>
            <Input maxLength={64} />
          </Item>
          <Item name="institution" label={t('admin.institution')} rules={required}>
            <InstitutionSelect />
          </Item>
          <Item name="modality" label={t('admin.modality')}>
            <Input maxLength={16} />
          </Item>
          <Item name="networks" label={t('admin.networks')} extra={t('admin.networksHint')}>
            <Input.TextArea rows={3} />
          </Item>
          <Item name="charset" label={t('admin.charset')} extra={t('admin.charsetHint')}>
            <Select allowClear options={charsets.map((value) => ({ value, label: value }))} />
          </Item>
          <Item name="names" label={t('admin.names')}>
            <Select
              allowClear
              options={(['groups', 'first', 'latin'] as const).map((value) => ({
                value,
                label: t(`admin.namesAs.${value}`),
              }))}
            />
          </Item>
          <Item name="address" label={t('admin.listens')} extra={t('admin.listensHint')}>
            <Input maxLength={255} />
          </Item>
          <Item name="query" valuePropName="checked">
            <Checkbox>{t('admin.mayQuery')}</Checkbox>
          </Item>
          <Item name={['tls', 'required']} valuePropName="checked">
            <Checkbox>{t('admin.tlsOnly')}</Checkbox>
          </Item>
          <Item name={['tls', 'fingerprint']} label={t('admin.fingerprint')} extra={t('admin.fingerprintHint')}>
            <Input maxLength={128} />
          </Item>
          <Item name="quietTime" label={t('admin.quietTime')} extra={t('admin.quietTimeHint')}>
            <Input placeholder="60s" maxLength={16} />
          </Item>
          <Item name="maxAssociations" label={t('admin.maxAssociations')}>
            <InputNumber min={0} max={64} style={{ width: '100%' }} />
          </Item>
          <Item name="classes" label={t('admin.classes')} extra={t('admin.classesHint')}>
            <Input.TextArea rows={2} />
          </Item>
          <Item name="disabled" valuePropName="checked">
            <Checkbox>{t('admin.disabled')}</Checkbox>
          </Item>
        </>
      }
    />
  );
}

/** What a Chinese device may really write, whatever it declares. */
const charsets = ['GB18030', 'GBK', 'ISO_IR 192', 'ISO 2022 IR 58', 'ISO_IR 100'];

const lines = (text: string | undefined) => (text ?? '').split(/\s+/).filter(Boolean);

export function AgreementsSection() {
  const { t } = useTranslation();
  const nameOf = useInstitutionName();
  const specialty = useSpecialtyName();
  const format = useFormat();
  return (
    <Register
      name="agreements"
      fresh={{ services: ['consult', 'read'] }}
      textOf={(one: Agreement) => `${nameOf(one.site)} ${nameOf(one.provider)} ${one.document ?? ''}`}
      toForm={(one: Draft<'agreements'>) => ({ ...one, from: dayOf(one.from), until: dayOf(one.until) })}
      fromForm={(values) => ({ ...values, from: startOfDay(values.from), until: endOfDay(values.until) })}
      columns={[
        { title: t('admin.site'), dataIndex: 'site', render: (id: string) => nameOf(id) },
        { title: t('admin.provider'), dataIndex: 'provider', render: (id: string) => nameOf(id) },
        {
          title: t('admin.services'),
          dataIndex: 'services',
          render: (list: string[]) =>
            format.list(list.map((one) => t(`admin.service.${one}` as 'admin.service.consult'))),
        },
        {
          title: t('admin.specialty'),
          dataIndex: 'specialties',
          render: (list?: string[]) => (list?.length ? format.list(list.map(specialty)) : t('admin.allSpecialties')),
        },
        { title: t('admin.from'), dataIndex: 'from', className: 'num', render: dayOf },
        {
          title: t('admin.until'),
          dataIndex: 'until',
          className: 'num',
          render: (until?: string) => dayOf(until) || t('admin.open'),
        },
      ]}
      fields={
        <>
          <Item name="site" label={t('admin.site')} rules={required}>
            <InstitutionSelect />
          </Item>
          <Item name="provider" label={t('admin.provider')} rules={required}>
            <InstitutionSelect />
          </Item>
          <Item name="services" label={t('admin.services')} rules={required}>
            <Checkbox.Group
              options={(['consult', 'read'] as const).map((value) => ({ value, label: t(`admin.service.${value}`) }))}
            />
          </Item>
          <Item name="specialties" label={t('admin.specialty')} extra={t('admin.allSpecialties')}>
            <SpecialtySelect multiple />
          </Item>
          <Item name="from" label={t('admin.from')}>
            <Input type="date" />
          </Item>
          <Item name="until" label={t('admin.until')}>
            <Input type="date" />
          </Item>
          <Item name="document" label={t('admin.document')}>
            <Input maxLength={64} />
          </Item>
          <Item name="partner" valuePropName="checked">
            <Checkbox>{t('admin.partner')}</Checkbox>
          </Item>
        </>
      }
    />
  );
}
