import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading, Template } from '@/api/readings';
import { Button } from '@/ui/button';
import { Menu, MenuItem } from '@/ui/menu';
import { DictationButton } from './dictation-button';
import { MacrosDialog } from './macros-dialog';
import { factsOf } from './template-facts.model';
import { TemplatesDialog } from './templates-dialog';
import type { ReportEditor } from './use-report';

interface Props {
  reading: Reading;
  editor: ReportEditor;
  templates: { all: readonly Template[]; current: Template | undefined; choose: (id: string) => void };
  onNormal: () => void;
  note: ReactNode;
}

type Asking = { what: 'macros' } | { what: 'templates'; begin?: Template } | undefined;

/** What the report is written with: the template, everything normal, abbreviations, dictation; and what is saved of it. */
export function ReportBar({ reading, editor, templates, onNormal, note }: Props) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<Asking>();
  const { all, current } = templates;
  const owners = (['person', 'institution', 'program'] as const).filter((o) => all.some((x) => x.owner === o));
  return (
    <div className="report-bar">
      <Menu
        label={t('reading.template')}
        className="report-template"
        button={<span className="ellipsis">{current?.name ?? t('reading.template')} ▾</span>}
      >
        {(close) => {
          const item = (text: string, act: () => void, key = text, checked?: boolean) => (
            <MenuItem
              key={key}
              checked={checked}
              onClick={() => {
                close();
                act();
              }}
            >
              {text}
            </MenuItem>
          );
          return (
            <>
              {owners.map((owner) => (
                <div key={owner}>
                  <h3>{t(`reading.templates.${owner}`)}</h3>
                  {all
                    .filter((x) => x.owner === owner)
                    .map((x) => item(x.name, () => templates.choose(x.id), x.id, x.id === current?.id))}
                </div>
              ))}
              <hr />
              {item(t('reading.templates.keep'), () =>
                setAsking({ what: 'templates', begin: factsOf(reading, editor.draft) }),
              )}
              {item(t('reading.templates.mine'), () => setAsking({ what: 'templates' }))}
              {item(t('reading.macros.title'), () => setAsking({ what: 'macros' }))}
            </>
          );
        }}
      </Menu>
      {current && (
        <Button size="small" onClick={onNormal}>
          {t('reading.lines.all')} <kbd>Alt 0</kbd>
        </Button>
      )}
      <DictationButton onWords={editor.insert} />
      <span className="grow" />
      {note}
      {asking?.what === 'macros' && <MacrosDialog onClose={() => setAsking(undefined)} />}
      {asking?.what === 'templates' && (
        <TemplatesDialog owner="person" begin={asking.begin} onClose={() => setAsking(undefined)} />
      )}
    </div>
  );
}
