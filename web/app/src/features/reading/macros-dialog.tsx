import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Macro, type Macros, macrosQuery, saveMacros } from '@/api/readings';
import { IconButton } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { ErrorNote, Loaded } from '@/ui/states';
import { allMacros, macrosTrouble } from './macros.model';

/** The person's abbreviations, as a list to change. */
export function MacrosDialog({ onClose }: { onClose: () => void }) {
  const query = useQuery(macrosQuery);
  return <Loaded query={query}>{(macros) => <Editing macros={macros} onClose={onClose} />}</Loaded>;
}

function Editing({ macros, onClose }: { macros: Macros; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [items, setItems] = useState<readonly Macro[]>([...macros.items, { key: '', text: '' }]);
  const filled = items.filter((m) => m.key.trim() !== '' || m.text.trim() !== '');
  const trouble = macrosTrouble(filled);
  const save = useMutation({
    mutationFn: () =>
      saveMacros(
        macros.version,
        filled.map((m) => ({ key: m.key.trim(), text: m.text.trim() })),
      ),
    onSuccess: (saved) => {
      queries.setQueryData(macrosQuery.queryKey, saved);
      onClose();
    },
  });
  const change = (i: number, m: Partial<Macro>) => {
    const next = items.map((old, n) => (n === i ? { ...old, ...m } : old));
    setItems(next.at(-1)?.key ? [...next, { key: '', text: '' }] : next);
  };
  const standard = allMacros([], i18n.language);
  return (
    <Confirm
      title={t('reading.macros.title')}
      action={t('reading.templates.save')}
      busy={save.isPending}
      disabled={trouble !== undefined}
      onConfirm={() => save.mutate()}
      onClose={onClose}
    >
      <p className="muted">{t('reading.macros.hint')}</p>
      <ul className="macros">
        {items.map((m, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an entry is its place in the list while it is typed
          <li key={i} className="macro">
            <input
              className="y-input"
              aria-label={t('reading.macros.key')}
              placeholder={t('reading.macros.key')}
              maxLength={20}
              value={m.key}
              onChange={(e) => change(i, { key: e.target.value })}
            />
            <input
              className="y-input"
              aria-label={t('reading.macros.text')}
              placeholder={t('reading.macros.text')}
              maxLength={2000}
              value={m.text}
              onChange={(e) => change(i, { text: e.target.value })}
            />
            <IconButton
              icon="close"
              label={t('reading.macros.remove')}
              onClick={() => setItems(items.toSpliced(i, 1))}
            />
          </li>
        ))}
      </ul>
      {trouble && (
        <p className="report-warning">{t(`reading.macros.${trouble.why}`, { key: filled[trouble.index]?.key })}</p>
      )}
      <p className="muted">
        {t('reading.macros.standard')} {standard.map((m) => `${m.key} ${m.text}`).join(' · ')}
      </p>
      {save.error && <ErrorNote error={save.error} />}
    </Confirm>
  );
}
