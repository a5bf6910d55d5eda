import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Drawer, Form, Input, Table, type TableColumnsType } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Draft, type Entry, type RegisterName, registerQuery, saveEntry } from '@/api/admin';
import { Button } from '@/ui/button';
import { ErrorNote, Skeleton } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { withoutEmpty } from './entry.model';

interface RegisterProps<N extends RegisterName> {
  name: N;
  columns: TableColumnsType<Entry<N>>;
  /** What the search box looks into. */
  textOf: (entry: Entry<N>) => string;
  fields: ReactNode;
  fresh: Draft<N>;
  /** From an entry to what the form's controls hold, and back. */
  toForm?: (entry: Draft<N>) => object;
  fromForm?: (values: Draft<N>) => Draft<N>;
  extra?: (entry: Entry<N>) => ReactNode;
}

/** One register: search, table, and a drawer with its form. */
export function Register<N extends RegisterName>(props: RegisterProps<N>) {
  const {
    name,
    columns,
    textOf,
    fields,
    fresh,
    toForm = (entry) => entry,
    fromForm = (values) => values,
    extra,
  } = props;
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const query = useQuery(registerQuery(name));
  const [text, setText] = useState('');
  const [editing, setEditing] = useState<Entry<N> | 'new'>();
  const [form] = Form.useForm();
  const close = () => setEditing(undefined);
  const save = useMutation({
    mutationFn: (values: Draft<N>) => {
      const draft = fromForm(values);
      return saveEntry(name, withoutEmpty(editing === 'new' ? draft : { ...stripMeta(editing as Entry<N>), ...draft }));
    },
    onSuccess: () => {
      toast.say(t('admin.saved'), { tone: 'done' });
      close();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin', name] }),
  });
  const open = (entry: Entry<N> | 'new') => {
    save.reset();
    form.resetFields();
    form.setFieldsValue(toForm(entry === 'new' ? fresh : entry));
    setEditing(entry);
  };
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton rows={8} />;
  const wanted = text.trim().toLowerCase();
  const rows = query.data.filter((entry) => textOf(entry).toLowerCase().includes(wanted));
  return (
    <>
      <div className="register-bar">
        <Input.Search
          allowClear
          placeholder={t('admin.find')}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button look="primary" icon="plus" onClick={() => open('new')}>
          {t('admin.add')}
        </Button>
      </div>
      <Table<Entry<N>>
        size="small"
        rowKey="id"
        dataSource={rows}
        scroll={{ x: 'max-content' }}
        pagination={rows.length > 30 ? { pageSize: 30, showSizeChanger: false } : false}
        columns={[
          ...columns,
          {
            key: 'actions',
            align: 'right',
            render: (_, entry) => (
              <div className="register-actions">
                {extra?.(entry)}
                <Button size="small" onClick={() => open(entry)}>
                  {t('admin.edit')}
                </Button>
              </div>
            ),
          },
        ]}
      />
      <Drawer
        open={editing !== undefined}
        onClose={close}
        size={480}
        title={editing === 'new' ? t('admin.add') : t('admin.edit')}
        footer={
          <Button look="primary" block busy={save.isPending} onClick={() => form.submit()}>
            {t('common.save')}
          </Button>
        }
      >
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => save.mutate(values)}>
          {fields}
        </Form>
        {save.error && <ErrorNote error={save.error} />}
      </Drawer>
    </>
  );
}

/** The service keeps these itself; only the version goes back, so that an older edit cannot overwrite a newer one. */
function stripMeta<T extends object>(entry: T): T {
  const {
    createdAt: _c,
    changedAt: _a,
    changedBy: _b,
    ...rest
  } = entry as T & Record<'createdAt' | 'changedAt' | 'changedBy', unknown>;
  return rest as unknown as T;
}
