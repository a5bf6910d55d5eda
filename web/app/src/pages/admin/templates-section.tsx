import { useState } from 'react';
import type { Template } from '@/api/readings';
import { TemplateEditor } from '@/features/reading/template-editor';
import { TemplateList } from '@/features/reading/template-list';
import '@/features/reading/writing.css';

/** The report templates of the institution. */
export function TemplatesSection() {
  const [editing, setEditing] = useState<Template | 'new'>();
  if (editing)
    return (
      <TemplateEditor
        owner="institution"
        of={editing === 'new' ? undefined : editing}
        onDone={() => setEditing(undefined)}
      />
    );
  return <TemplateList owner="institution" onEdit={setEditing} />;
}
