import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { retireTemplate, type Template, type TemplateOwner, templatesQuery } from '@/api/readings';
import { Button } from '@/ui/button';
import { Empty, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';

interface Props {
  owner: TemplateOwner;
  onEdit: (t: Template | 'new') => void;
}

/** The templates of a person or an institution; those of the program may be taken as a beginning. */
export function TemplateList({ owner, onEdit }: Props) {
  const { t, i18n } = useTranslation();
  const toast = useToast();
  const queries = useQueryClient();
  const language = i18n.language === 'en' ? 'en' : 'zh';
  const query = useQuery(templatesQuery({ language }));
  const retire = useMutation({
    mutationFn: (x: Template) => retireTemplate(owner, x.id),
    onError: toast.fail,
    onSettled: () => queries.invalidateQueries({ queryKey: ['templates'] }),
  });
  const row = (x: Template) => (
    <li key={x.id} className="template-row">
      <span>
        <b>{x.name}</b> <span className="muted">{[x.modality, x.bodyPart].filter(Boolean).join(' ')}</span>
      </span>
      <span className="row">
        {x.owner === owner ? (
          <>
            <Button size="small" onClick={() => onEdit(x)}>
              {t('reading.templates.change')}
            </Button>
            <Button size="small" look="danger" busy={retire.isPending} onClick={() => retire.mutate(x)}>
              {t('reading.templates.retire')}
            </Button>
          </>
        ) : (
          <Button size="small" look="quiet" onClick={() => onEdit({ ...x, id: '', owner, version: 0 })}>
            {t('reading.templates.copy')}
          </Button>
        )}
      </span>
    </li>
  );
  return (
    <Loaded query={query}>
      {(all) => {
        const own = all.filter((x) => x.owner === owner);
        return (
          <>
            <div className="register-bar">
              <Button look="primary" onClick={() => onEdit('new')}>
                {t('reading.templates.add')}
              </Button>
            </div>
            {own.length === 0 ? <Empty title={t('reading.templates.none')} /> : <ul>{own.map(row)}</ul>}
            <h3 className="template-others">{t('reading.templates.program')}</h3>
            <ul>{all.filter((x) => x.owner === 'program').map(row)}</ul>
          </>
        );
      }}
    </Loaded>
  );
}
