import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Prior } from '@/api/readings';
import { useFormat } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { Changes } from './changes';
import { priorName } from './context-panel';
import { sentencesOf } from './prior.model';
import type { ReportEditor } from './use-report';

interface Props {
  prior: Prior;
  editor: ReportEditor;
  writing: boolean;
  onClose: () => void;
}

/** An earlier report beside this one: a press on a sentence takes it over; or what has changed since. */
export function PriorReport({ prior, editor, writing, onClose }: Props) {
  const { t } = useTranslation();
  const { date } = useFormat();
  const [compare, setCompare] = useState(false);
  return (
    <aside className="desk-prior" aria-label={t('reading.prior.title')} data-testid="prior-report">
      <header>
        <h2>{priorName(prior, date(prior.date))}</h2>
        <IconButton icon="close" label={t('common.close')} onClick={onClose} />
      </header>
      <div className="row">
        <Button
          size="small"
          look={compare ? 'primary' : 'plain'}
          aria-pressed={compare}
          onClick={() => setCompare(!compare)}
        >
          {t('reading.prior.compare')}
        </Button>
        {compare && <span className="muted">{t('reading.prior.legend')}</span>}
        {writing && !compare && <span className="muted">{t('reading.prior.hint')}</span>}
      </div>
      {compare ? (
        <Changes
          before={{ findings: prior.findings ?? '', impression: prior.impression ?? '' }}
          after={{ findings: editor.draft.findings, impression: editor.draft.impression }}
          none={t('reading.diffNone')}
        />
      ) : (
        (['technique', 'findings', 'impression'] as const).map(
          (part) =>
            prior[part] && (
              <section key={part}>
                <h3>{t(`reading.${part}`)}</h3>
                <ul>
                  {sentencesOf(prior[part]).map((s) => (
                    <li key={s}>
                      {writing ? (
                        // The writer's place in the text must not be lost by the press.
                        <button type="button" onMouseDown={(e) => e.preventDefault()} onClick={() => editor.insert(s)}>
                          {s}
                        </button>
                      ) : (
                        s
                      )}
                    </li>
                  ))}
                </ul>
              </section>
            ),
        )
      )}
      {prior.writer && <p className="muted">{prior.writer}</p>}
    </aside>
  );
}
