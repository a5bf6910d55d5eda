import { useMutation } from '@tanstack/react-query';
import { Checkbox, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Draft, givePassword, type Person, unlockPerson } from '@/api/admin';
import type { Role } from '@/api/types';
import { InstitutionSelect, RolesSelect, SpecialtySelect, useInstitutionName } from '@/features/admin/choices';
import { dayOf, endOfDay, startOfDay } from '@/features/admin/days.model';
import { Register } from '@/features/admin/register';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { useToast } from '@/ui/toast';

const required = [{ required: true, message: '' }];
const { Item, List } = Form;

/** People, their practice points and roles; passwords are given in person. */
export function PeopleSection() {
  const { t } = useTranslation();
  const toast = useToast();
  const nameOf = useInstitutionName();
  const format = useFormat();
  const [secret, setSecret] = useState<Person>();
  const unlock = useMutation({
    mutationFn: unlockPerson,
    onSuccess: () => toast.say(t('admin.unlocked'), { tone: 'done' }),
    onError: toast.fail,
  });
  return (
    <>
      <Register
        name="people"
        fresh={{ points: [{ institution: '', roles: [], filed: true }] }}
        textOf={(one: Person) =>
          `${one.name} ${one.login} ${one.title} ${(one.points ?? []).map((p) => nameOf(p.institution)).join(' ')}`
        }
        toForm={toForm}
        fromForm={fromForm}
        extra={(person) => (
          <>
            <Button size="small" look="quiet" onClick={() => setSecret(person)}>
              {t('admin.password')}
            </Button>
            <Button size="small" look="quiet" onClick={() => unlock.mutate(person.id)}>
              {t('admin.unlock')}
            </Button>
          </>
        )}
        columns={[
          {
            title: t('admin.personName'),
            dataIndex: 'name',
            sorter: (a, b) => a.name.localeCompare(b.name),
            render: (name: string) => <b>{name}</b>,
          },
          { title: t('admin.login'), dataIndex: 'login' },
          { title: t('admin.personTitle'), dataIndex: 'title' },
          {
            title: t('admin.points'),
            dataIndex: 'points',
            render: (points: Person['points']) => (
              <div className="admin-points">
                {(points ?? []).map((point) => (
                  <span key={point.id}>
                    {nameOf(point.institution)} {point.department}{' '}
                    <span className="muted">{format.list(point.roles.map((role) => t(`role.${role as Role}`)))}</span>
                  </span>
                ))}
              </div>
            ),
          },
          { title: '', dataIndex: 'disabled', render: (off: boolean) => off && t('admin.disabled') },
        ]}
        fields={<PersonFields />}
      />
      {secret && <PasswordDialog person={secret} onClose={() => setSecret(undefined)} />}
    </>
  );
}

const toForm = (one: Draft<'people'>) => ({
  ...one,
  points: (one.points ?? []).map((point) => ({
    ...point,
    from: dayOf(point.from),
    until: dayOf(point.until),
    line: point.line ?? 0,
  })),
});

const fromForm = (values: Draft<'people'>): Draft<'people'> => ({
  ...values,
  points: (values.points ?? []).map((point) => ({
    ...point,
    from: startOfDay(point.from),
    until: endOfDay(point.until),
  })),
});

function PersonFields() {
  const { t } = useTranslation();
  return (
    <>
      <Item name="name" label={t('admin.personName')} rules={required}>
        <Input maxLength={64} />
      </Item>
      <Item name="login" label={t('admin.login')} rules={required}>
        <Input maxLength={64} autoComplete="off" />
      </Item>
      <Item name="title" label={t('admin.personTitle')}>
        <Input maxLength={32} />
      </Item>
      <Item name="phone" label={t('patient.phone')}>
        <Input maxLength={32} />
      </Item>
      <Item name="licenceSince" label={t('admin.licence')}>
        <Input type="date" />
      </Item>
      <List name="points">
        {(points, { add, remove }) => (
          <>
            {points.map(({ key, name }) => (
              <div key={key} className="point-form">
                <Item name={[name, 'institution']} label={t('admin.institution')} rules={required} className="wide">
                  <InstitutionSelect />
                </Item>
                <Item name={[name, 'department']} label={t('admin.department')}>
                  <Input maxLength={64} />
                </Item>
                <Item name={[name, 'specialty']} label={t('admin.specialty')}>
                  <SpecialtySelect />
                </Item>
                <Item name={[name, 'roles']} label={t('admin.roles')} rules={required} className="wide">
                  <RolesSelect />
                </Item>
                <Item name={[name, 'line']} label={t('admin.line')}>
                  <Select
                    options={[
                      { value: 0, label: t('admin.lineNone') },
                      { value: 1, label: t('line.first') },
                      { value: 2, label: t('line.second') },
                    ]}
                  />
                </Item>
                <Item name={[name, 'filed']} valuePropName="checked" label=" ">
                  <Checkbox>{t('admin.filed')}</Checkbox>
                </Item>
                <Item name={[name, 'from']} label={t('admin.from')}>
                  <Input type="date" />
                </Item>
                <Item name={[name, 'until']} label={t('admin.until')}>
                  <Input type="date" />
                </Item>
                <Item className="wide">
                  <Button size="small" look="danger" onClick={() => remove(name)}>
                    {t('admin.pointRemove')}
                  </Button>
                </Item>
              </div>
            ))}
            <Button icon="plus" block onClick={() => add({ roles: [], filed: true, line: 0 })}>
              {t('admin.pointAdd')}
            </Button>
          </>
        )}
      </List>
      <Item name="disabled" valuePropName="checked">
        <Checkbox>{t('admin.disabled')}</Checkbox>
      </Item>
    </>
  );
}

function PasswordDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  const [password, setPassword] = useState('');
  const set = useMutation({
    mutationFn: () => givePassword(person.id, password),
    onSuccess: () => {
      toast.say(t('admin.passwordSet'), { tone: 'done' });
      onClose();
    },
  });
  return (
    <Confirm
      title={t('admin.password')}
      action={t('admin.password')}
      disabled={password.length < 10}
      busy={set.isPending}
      onConfirm={() => set.mutate()}
      onClose={onClose}
    >
      <p>{t('admin.passwordText', { name: person.name })}</p>
      <TextField
        label={t('admin.passwordNew')}
        hint={t('auth.short')}
        autoComplete="off"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {set.error && <ErrorNote error={set.error} />}
    </Confirm>
  );
}
