import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import type { DeviceValues } from './device.model';
import type { Correction, Measured } from './intervals.model';
import type { Choices, Value, ValueName } from './values.model';

interface Props {
  values: readonly Value[];
  measured: Measured;
  device: DeviceValues | undefined;
  choices: Choices;
  onChoices: (c: Choices) => void;
  onInsert?: () => void;
}

/** The numbers of the recording with their origin. A press writes another one; what was measured here can be put away. */
export function EcgValues({ values, measured, device, choices, onChoices, onInsert }: Props) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState<ValueName>();
  const write = (name: ValueName, text: string) => {
    setEditing(undefined);
    const { [name]: _, ...rest } = choices.written;
    const value = Number(text);
    const written =
      text.trim() !== '' && Number.isFinite(value) && Math.abs(value) < 5000 ? { ...rest, [name]: value } : rest;
    onChoices({ ...choices, written });
  };
  return (
    <div className="ecg-values" data-testid="ecg-values">
      <dl>
        {values.map((v) => (
          <div key={v.name} data-testid={`ecg-${v.name}`} data-origin={v.origin}>
            <dt>
              {t(`ecg.value.${v.name}`)}
              {v.name === 'qtc' && v.origin !== 'device' && (
                <select
                  aria-label={t('ecg.correction')}
                  value={choices.correction}
                  onChange={(e) => onChoices({ ...choices, correction: e.target.value as Correction })}
                >
                  <option value="bazett">Bazett</option>
                  <option value="fridericia">Fridericia</option>
                </select>
              )}
            </dt>
            <dd>
              {editing === v.name ? (
                <input
                  // biome-ignore lint/a11y/noAutofocus: opened by a press on this number
                  autoFocus
                  inputMode="numeric"
                  aria-label={t(`ecg.value.${v.name}`)}
                  defaultValue={v.text}
                  onFocus={(e) => e.target.select()}
                  onBlur={(e) => write(v.name, e.target.value)}
                  onKeyDown={(e) => e.key === 'Enter' && e.currentTarget.blur()}
                />
              ) : (
                <button
                  type="button"
                  disabled={v.name === 'rr'}
                  title={v.name === 'rr' ? undefined : t('ecg.edit')}
                  onClick={() => setEditing(v.name)}
                >
                  <b className="num">{v.text}</b> {t(`ecg.unit.${v.unit}`)}
                </button>
              )}
              <small>
                {t(`ecg.origin.${v.origin}`)}
                {v.others.map((o) => ` · ${t(`ecg.origin.${o.origin}`)} ${o.text}`)}
              </small>
            </dd>
          </div>
        ))}
      </dl>
      <p className="ecg-notes">
        {measured.flaw && <span role="status">{t(`ecg.flaw.${measured.flaw}`)}</span>}
        {values.some((v) => v.origin === 'ours') && <span>{t('ecg.toConfirm')}</span>}
        {device && device.words.length > 0 && <span>{t('ecg.deviceSays', { words: device.words.join('；') })}</span>}
        <button type="button" className="y-link" onClick={() => onChoices({ ...choices, hidden: !choices.hidden })}>
          {choices.hidden ? t('ecg.show') : t('ecg.hide')}
        </button>
        {onInsert && (
          <Button size="small" shortcut="V" onClick={onInsert}>
            {t('ecg.insert')}
          </Button>
        )}
      </p>
    </div>
  );
}
