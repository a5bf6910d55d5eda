import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft } from '@/api/readings';
import { diffWords, isChanged, runsOf, textOf } from './diff.model';

export interface Text {
  technique?: string;
  findings: string;
  impression: string;
}

/** What a press on a change does: its sign, its name, and the text of that part with or without the change. */
interface ChangeAction {
  readonly sign: string;
  readonly name: string;
  readonly act: (part: keyof Draft, text: string) => void;
  /** Whether the text that is answered has this change, and whether it has the others. */
  readonly makes: boolean;
  readonly others: boolean;
}

interface Props {
  before: Text;
  after: Text;
  /** Words where nothing differs. */
  none?: string;
  actions?: readonly ChangeAction[];
}

const parts = ['technique', 'findings', 'impression'] as const;

/** How one text differs from another, word by word; each change may be accepted or turned down. */
export function Changes({ before, after, none, actions = [] }: Props) {
  const { t } = useTranslation();
  const all = parts
    .map((part) => ({ part, pieces: diffWords(before[part] ?? '', after[part] ?? '') }))
    .filter((c) => isChanged(c.pieces));
  if (all.length === 0) return none ? <p className="muted">{none}</p> : null;
  return all.map(({ part, pieces }) => {
    const runs = runsOf(pieces);
    return (
      <p key={part} className="report-change">
        <b>{t(`reading.${part}`)}</b>{' '}
        {runs.map((r, i) => {
          const key = i; // the pieces of a text are their order
          if ('same' in r) return <Fragment key={key}>{r.same}</Fragment>;
          return (
            <span key={key} className="report-hunk">
              {r.gone && <del>{r.gone}</del>}
              {r.come && <ins>{r.come}</ins>}
              {actions.map((a) => (
                <button
                  key={a.name}
                  type="button"
                  className="report-hunk-act"
                  aria-label={`${a.name} ${r.gone} → ${r.come}`}
                  title={a.name}
                  onClick={() =>
                    a.act(
                      part,
                      textOf(runs, (h) => (h === r.hunk ? a.makes : a.others)),
                    )
                  }
                >
                  {a.sign}
                </button>
              ))}
            </span>
          );
        })}
      </p>
    );
  });
}
