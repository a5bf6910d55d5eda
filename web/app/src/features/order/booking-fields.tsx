import { useTranslation } from 'react-i18next';
import type { BookableDevice } from '@/api/record-types';
import { Choice, Field, TextField } from '@/ui/field';
import { type BookingDraft, deviceOf, nextSlot, timeProblem } from './booking.model';

interface BookingFieldsProps {
  devices: readonly BookableDevice[];
  /** The institution whose devices come first. */
  home: string;
  value: BookingDraft;
  onChange: (value: BookingDraft) => void;
}

/** On which device, and when: whenever the patient comes, or at a time. */
export function BookingFields({ devices, home, value, onChange }: BookingFieldsProps) {
  const { t } = useTranslation();
  const own = devices.filter((one) => one.site.id === home);
  const others = devices.filter((one) => one.site.id !== home);
  const device = deviceOf(value, devices, home);
  const problem = timeProblem(value, Date.now());
  return (
    <>
      <Field label={t('order.device')} hint={devices.length === 0 ? t('order.deviceNone') : undefined}>
        {(ids) => (
          <select
            className="y-input"
            {...ids}
            value={device}
            onChange={(event) => onChange({ ...value, device: event.target.value })}
          >
            {own.length !== 1 && <option value="">{t('order.deviceLater')}</option>}
            <Devices list={own} />
            {others.length > 0 && (
              <optgroup label={t('order.elsewhere')}>
                <Devices list={others} placed />
              </optgroup>
            )}
          </select>
        )}
      </Field>
      <Choice
        label={t('order.when')}
        value={value.timed ? 'timed' : 'any'}
        onChange={(when) =>
          onChange({
            ...value,
            timed: when === 'timed',
            at: value.at || (when === 'timed' ? nextSlot(Date.now()) : ''),
          })
        }
        options={[
          { value: 'any', text: t('order.walkIn') },
          { value: 'timed', text: t('order.booked') },
        ]}
      />
      {value.timed && (
        <TextField
          label={t('order.start')}
          type="datetime-local"
          value={value.at}
          error={problem && problem !== 'missing' ? t(`order.startBad.${problem}`) : undefined}
          onChange={(event) => onChange({ ...value, at: event.target.value })}
        />
      )}
    </>
  );
}

function Devices({ list, placed = false }: { list: readonly BookableDevice[]; placed?: boolean }) {
  return list.map((one) => (
    <option key={one.aeTitle} value={one.aeTitle}>
      {placed && !one.name.startsWith(one.site.short) ? `${one.site.short} ` : ''}
      {one.name}（{one.aeTitle}）
    </option>
  ));
}
