import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Priority, ReadingScope, ReadingSummary } from '@/api/readings';
import { firstView, type ListView, priorityCounts, sameFilter, sortable } from '@/features/reading/flow.model';
import { modalityCounts } from '@/features/reading/reading.model';
import { Confirm } from '@/ui/dialog';
import { Choice, TextField } from '@/ui/field';
import { Menu, MenuItem } from '@/ui/menu';

const scopes: readonly ReadingScope[] = ['pool', 'mine', 'review', 'released'];

interface Props {
  view: ListView;
  change: (part: Partial<ListView>) => void;
  /** The whole list of the scope; how many the other scopes have, as far as it is known. */
  all: readonly ReadingSummary[];
  counts: Partial<Record<ReadingScope, number>>;
}

/** Which reads are shown: chips with counts, filters that were saved, and the order where it is free. */
export function ListFilters({ view, change, all, counts }: Props) {
  const { t } = useTranslation();
  const { scope, filter, sort } = view;
  const set = (part: Partial<ListView['filter']>) => change({ filter: { ...filter, ...part } });
  return (
    <div className="rlist-filters">
      <Choice<ReadingScope>
        label={t('reading.scope')}
        hidden
        value={scope}
        options={scopes.map((value) => ({ value, text: t(`reading.scopes.${value}`), count: counts[value] }))}
        onChange={(next) => change({ scope: next })}
      />
      <Choice<Priority | ''>
        label={t('reading.urgency')}
        hidden
        value={filter.priority ?? ''}
        options={[
          { value: '', text: t('common.all') },
          ...priorityCounts(all).map((p) => ({
            value: p.priority,
            text: t(`priority.${p.priority}`),
            count: p.count,
          })),
        ]}
        onChange={(priority) => set({ priority: priority || undefined })}
      />
      <Choice
        label={t('reading.modality')}
        hidden
        value={filter.modality ?? ''}
        options={[
          { value: '', text: t('common.all') },
          ...modalityCounts(all).map((m) => ({ value: m.modality, text: m.modality, count: m.count })),
        ]}
        onChange={(modality) => set({ modality: modality || undefined })}
      />
      <SavedFilters view={view} change={change} />
      {sortable(scope) && (
        <select
          className="y-input rlist-sort"
          aria-label={t('reading.orderNow')}
          value={sort}
          onChange={(e) => change({ sort: e.target.value as ListView['sort'] })}
        >
          {(['order', 'newest', 'oldest'] as const).map((s) => (
            <option key={s} value={s}>
              {t(`reading.sorts.${s}`)}
            </option>
          ))}
        </select>
      )}
      <input
        type="search"
        className="y-input"
        placeholder={t('reading.find')}
        aria-label={t('reading.find')}
        value={filter.text}
        onChange={(e) => set({ text: e.target.value })}
      />
    </div>
  );
}

function SavedFilters({ view, change }: Pick<Props, 'view' | 'change'>) {
  const { t } = useTranslation();
  const [naming, setNaming] = useState<string>();
  const { saved, filter } = view;
  const plain = sameFilter(filter, firstView.filter);
  const known = saved.find((f) => sameFilter(f.filter, filter));
  if (saved.length === 0 && plain) return null;
  return (
    <>
      <Menu label={t('reading.savedFilters')} button={<span>{known?.name ?? t('reading.savedFilters')} ▾</span>}>
        {(close) => {
          const item = (text: string, act: () => void, checked?: boolean) => (
            <MenuItem
              key={text}
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
              {saved.map((f) => item(f.name, () => change({ filter: f.filter }), f === known))}
              {!plain && !known && item(t('reading.save'), () => setNaming(''))}
              {known &&
                item(t('reading.forget', { name: known.name }), () =>
                  change({ saved: saved.filter((f) => f !== known) }),
                )}
            </>
          );
        }}
      </Menu>
      {naming !== undefined && (
        <Confirm
          title={t('reading.save')}
          action={t('reading.templates.save')}
          disabled={naming.trim() === ''}
          onConfirm={() => {
            const name = naming.trim();
            change({ saved: [...saved.filter((f) => f.name !== name), { name, filter }] });
            setNaming(undefined);
          }}
          onClose={() => setNaming(undefined)}
        >
          <TextField
            label={t('reading.saveName')}
            maxLength={30}
            value={naming}
            onChange={(e) => setNaming(e.target.value)}
          />
        </Confirm>
      )}
    </>
  );
}
