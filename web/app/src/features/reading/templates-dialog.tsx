import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Template, TemplateOwner } from '@/api/readings';
import { Dialog } from '@/ui/dialog';
import { TemplateEditor } from './template-editor';
import { TemplateList } from './template-list';

interface Props {
  owner: TemplateOwner;
  /** A new one begins as this. */
  begin?: Template;
  onClose: () => void;
}

/** One's own templates: the list, and one of them being written. */
export function TemplatesDialog({ owner, begin, onClose }: Props) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState<Template | 'new' | undefined>(begin);
  return (
    <Dialog title={t(editing ? 'reading.templates.edit' : 'reading.templates.mine')} wide onClose={onClose}>
      {editing ? (
        <TemplateEditor
          owner={owner}
          of={editing === 'new' ? undefined : editing}
          onDone={() => (begin ? onClose() : setEditing(undefined))}
        />
      ) : (
        <TemplateList owner={owner} onEdit={setEditing} />
      )}
    </Dialog>
  );
}
