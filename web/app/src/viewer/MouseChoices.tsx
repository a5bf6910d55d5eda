import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { hands, type Mouse } from './prefs.model';

interface Props {
  mouse: Mouse;
  onChange: (mouse: Mouse) => void;
}

const buttons = ['left', 'middle', 'right'] as const;

/** What the buttons and the wheel of the mouse do. */
export function MouseChoices({ mouse, onChange }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const row = (name: keyof Mouse, options: readonly Mouse[keyof Mouse][]) => (
    <div key={name} className="y-field">
      <label htmlFor={`${id}-${name}`}>{t(`viewer.button.${name}`)}</label>
      <select
        id={`${id}-${name}`}
        className="y-input"
        value={mouse[name]}
        onChange={(e) => onChange({ ...mouse, [name]: e.target.value })}
      >
        {options.map((o) => (
          <option key={o} value={o}>
            {t(`viewer.tool.${o}`)}
          </option>
        ))}
      </select>
    </div>
  );
  return (
    <fieldset className="viewer-mouse">
      <legend>{t('viewer.mouseButtons')}</legend>
      {buttons.map((b) => row(b, hands))}
      {row('wheel', ['scroll', 'zoom'])}
    </fieldset>
  );
}
