import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Choice, Tick } from '@/ui/field';
import { type FilmChoice, type Source, wholeOf } from '@/viewer/film/choice.model';
import { type FilmLayout, type Handed, layouts, layoutText, type Paper, papers } from '@/viewer/film/film.model';
import type { Series, WindowPreset } from '@/viewer/study.model';

interface Props {
  choice: FilmChoice;
  series: readonly Series[];
  presets: readonly WindowPreset[];
  handed: Handed;
  summary: string;
  onChange: (c: Partial<FilmChoice>) => void;
  children: ReactNode;
}

/** What is chosen for the film, and the button that prints it. */
export function FilmOptions({ choice, series, presets, handed, summary, onChange, children }: Props) {
  const { t } = useTranslation();
  const sources: readonly [Source, number][] = [
    ['shown', handed.shown.length],
    ['keys', handed.keys.length],
    ['series', -1],
    ['chosen', choice.chosen.length],
  ];
  return (
    <aside className="film-options" aria-label={t('film.title')}>
      <Choice<FilmLayout>
        label={t('film.layout')}
        options={layouts.map((value) => ({ value, text: layoutText(value, choice.across) }))}
        value={choice.layout}
        onChange={(layout) => onChange({ layout })}
      />
      <Choice<Paper['name']>
        label={t('film.paper')}
        options={papers.map(({ name }) => ({ value: name, text: name === '14x17' ? '14×17 in' : name }))}
        value={choice.paper}
        onChange={(paper) => onChange({ paper })}
      />
      <Choice
        label={t('film.turn')}
        options={[
          { value: 'up', text: t('film.portrait') },
          { value: 'across', text: t('film.landscape') },
        ]}
        value={choice.across ? 'across' : 'up'}
        onChange={(v) => onChange({ across: v === 'across' })}
      />
      <Choice<Source>
        label={t('film.content')}
        options={sources
          .filter(([, n]) => n !== 0)
          .map(([value, n]) => ({ value, text: t(`film.source.${value}`), count: n > 0 ? n : undefined }))}
        value={choice.source}
        onChange={(source) => onChange({ source })}
      />
      {choice.source === 'chosen' && (
        <Button size="small" onClick={() => onChange({ chosen: [], source: 'series' })}>
          {t('film.clear')}
        </Button>
      )}
      <PartFields choice={choice} series={series} onChange={onChange} />
      <label className="film-field">
        {t('film.window')}
        <select
          className="y-input"
          value={String(choice.window)}
          onChange={(e) => {
            const v = e.target.value;
            onChange({ window: v === 'as' || v === 'file' ? v : Number(v) });
          }}
        >
          <option value="as">{t('film.windowAs')}</option>
          <option value="file">{t('film.windowFile')}</option>
          {presets.map((p, i) => (
            <option key={p.key} value={i}>
              {t(`viewer.window.${p.key}`)} {p.width}/{p.center}
            </option>
          ))}
        </select>
      </label>
      <Tick checked={choice.marks} disabled={handed.marks.length === 0} onChange={(marks) => onChange({ marks })}>
        {t('film.marks')}
      </Tick>
      <Tick checked={choice.trueSize} onChange={(trueSize) => onChange({ trueSize })}>
        {t('film.trueSize')}
      </Tick>
      <p className="num" data-testid="film-summary">
        {summary}
      </p>
      {children}
    </aside>
  );
}

/** Which series, between which pictures, how many of them. */
function PartFields({ choice, series, onChange }: Pick<Props, 'choice' | 'series' | 'onChange'>) {
  const { t } = useTranslation();
  const { part } = choice;
  const stacks = series.filter((s) => s.kind === 'stack');
  const count = stacks.find((s) => s.uid === part.series)?.frames.length ?? 0;
  const set = (p: Partial<typeof part>) => onChange({ part: { ...part, ...p }, source: 'series' });
  const number = (name: 'from' | 'to' | 'each', most: number) => (
    <label className="film-field">
      {t(`film.${name}`)}
      <input
        className="y-input num"
        type="number"
        min={1}
        max={Math.max(1, most)}
        value={part[name]}
        onChange={(e) =>
          set({ [name]: Math.min(Math.max(1, most), Math.max(1, Math.round(Number(e.target.value)) || 1)) })
        }
      />
    </label>
  );
  return (
    <>
      <label className="film-field">
        {t('film.series')}
        <select
          className="y-input"
          value={part.series}
          onChange={(e) => onChange({ part: wholeOf(stacks.find((s) => s.uid === e.target.value)), source: 'series' })}
        >
          {stacks.map((s) => (
            <option key={s.uid} value={s.uid}>
              {s.number} {s.description || s.modality} ({s.frames.length})
            </option>
          ))}
        </select>
      </label>
      {choice.source === 'series' && count > 1 && (
        <div className="film-part">
          {number('from', count)}
          {number('to', count)}
          {number('each', count)}
        </div>
      )}
    </>
  );
}
