import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Input, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { saveSettings, settingsQuery } from '@/api/admin';
import { InstitutionSelect } from '@/features/admin/choices';
import { flatten, parseObject } from '@/features/admin/settings.model';
import { Button } from '@/ui/button';
import { ErrorNote, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';

/** Every time and count that the workflows use: what holds, what the default is, and what this institution chose. */
export function SettingsSection() {
  const { t } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const [institution, setInstitution] = useState('');
  const [text, setText] = useState('');
  const settings = useQuery(settingsQuery(institution));
  const values = text.trim() === '' ? undefined : parseObject(text);
  const save = useMutation({
    mutationFn: (version: number) => saveSettings(institution, version, values),
    onSuccess: () => {
      toast.say(t('admin.saved'), { tone: 'done' });
      setText('');
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin', 'settings'] }),
  });
  return (
    <>
      <div className="register-bar">
        <div style={{ width: 280 }}>
          <InstitutionSelect allowClear value={institution || undefined} onChange={(id) => setInstitution(id ?? '')} />
        </div>
        {!institution && <span className="muted">{t('admin.forAll')}</span>}
      </div>
      <Loaded query={settings}>
        {(answer) => {
          const standard = new Map(flatten(answer.defaults));
          return (
            <>
              <Table
                size="small"
                rowKey="key"
                pagination={false}
                dataSource={flatten(answer.effective).map(([key, value]) => ({
                  key,
                  value,
                  standard: standard.get(key) ?? '',
                }))}
                columns={[
                  { title: t('admin.name'), dataIndex: 'key' },
                  {
                    title: t('admin.effective'),
                    dataIndex: 'value',
                    className: 'num',
                    render: (value: string, row) => (value === row.standard ? value : <b>{value}</b>),
                  },
                  { title: t('admin.defaults'), dataIndex: 'standard', className: 'num muted' },
                ]}
              />
              <label htmlFor="settings-json" className="muted">
                {t('admin.settingsHint')}
              </label>
              <Input.TextArea
                id="settings-json"
                className="settings-json"
                spellCheck={false}
                placeholder={'{\n  "consult": { "rescue": { "l1": "45s" } }\n}'}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
              {text.trim() !== '' && !values && <p className="roster-bad">{t('admin.settingsBad')}</p>}
              {save.error && <ErrorNote error={save.error} />}
              <Button
                look="primary"
                disabled={!values}
                busy={save.isPending}
                onClick={() => save.mutate(answer.version)}
              >
                {t('common.save')}
              </Button>
            </>
          );
        }}
      </Loaded>
    </>
  );
}
