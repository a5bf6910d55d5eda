import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { saveTemplate, type Template, type TemplateFacts, type TemplateOwner } from '@/api/readings';
import { Button } from '@/ui/button';
import { Choice, TextArea, TextField } from '@/ui/field';
import { ErrorNote } from '@/ui/states';
import { factsOfForm, formOf, isTrouble, type TemplateForm } from './template-facts.model';

interface Props {
  owner: TemplateOwner;
  /** The one that is changed, or that a new one begins as (without an identifier). */
  of: Template | undefined;
  onDone: () => void;
}

/** A template as a form: whom it fits, and its texts; the findings in a notation of one organ a line. */
export function TemplateEditor({ owner, of, onDone }: Props) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [form, setForm] = useState(() => formOf(of));
  const [tried, setTried] = useState(false);
  const facts = factsOfForm(form);
  const trouble = tried && isTrouble(facts) ? facts : undefined;
  const language = i18n.language === 'en' ? ('en' as const) : ('zh' as const);
  const save = useMutation({
    mutationFn: (x: TemplateFacts) =>
      saveTemplate(owner, { ...x, language: of?.language ?? language }, of?.id || undefined, of?.version),
    onSuccess: onDone,
    onSettled: () => queries.invalidateQueries({ queryKey: ['templates'] }),
  });
  const text = (name: keyof TemplateForm, label: string, more: { maxLength?: number; placeholder?: string } = {}) => (
    <TextField
      label={label}
      value={form[name]}
      error={trouble?.field === name ? t('reading.templates.missing') : undefined}
      onChange={(e) => setForm({ ...form, [name]: e.target.value })}
      {...more}
    />
  );
  const wrong =
    trouble?.field !== 'lines'
      ? undefined
      : trouble.why === 'missing'
        ? t('reading.templates.missing')
        : t(`reading.templates.${trouble.why}`, { line: 'line' in trouble ? trouble.line : 0 });
  return (
    <div className="template-editor">
      {text('name', t('reading.templates.name'), { maxLength: 80 })}
      <div className="template-whom">
        {text('modality', t('reading.modality'), { maxLength: 16 })}
        {text('bodyPart', t('reading.templates.bodyPart'), { maxLength: 64, placeholder: 'CHEST' })}
        {text('minAge', t('reading.templates.minAge'), { maxLength: 3 })}
        {text('maxAge', t('reading.templates.maxAge'), { maxLength: 3 })}
      </div>
      <Choice<'' | 'M' | 'F'>
        label={t('reading.templates.sex')}
        value={form.sex}
        options={[
          { value: '', text: t('common.all') },
          { value: 'M', text: t('sex.M') },
          { value: 'F', text: t('sex.F') },
        ]}
        onChange={(sex) => setForm({ ...form, sex })}
      />
      <TextArea
        label={t('reading.technique')}
        rows={2}
        value={form.technique}
        onChange={(e) => setForm({ ...form, technique: e.target.value })}
      />
      <TextArea
        label={t('reading.findings')}
        hint={t('reading.templates.notation')}
        error={wrong}
        rows={12}
        value={form.lines}
        onChange={(e) => setForm({ ...form, lines: e.target.value })}
      />
      <TextArea
        label={t('reading.impression')}
        rows={2}
        value={form.impression}
        onChange={(e) => setForm({ ...form, impression: e.target.value })}
      />
      {trouble?.field === 'ages' && <p className="report-warning">{t('reading.templates.ages')}</p>}
      {save.error && <ErrorNote error={save.error} />}
      <div className="row">
        <Button
          look="primary"
          busy={save.isPending}
          onClick={() => {
            setTried(true);
            if (!isTrouble(facts)) save.mutate(facts);
          }}
        >
          {t('reading.templates.save')}
        </Button>
        <Button look="quiet" onClick={onDone}>
          {t('common.back')}
        </Button>
      </div>
    </div>
  );
}
