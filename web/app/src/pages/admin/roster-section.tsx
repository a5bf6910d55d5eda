import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Draft, registerQuery, type Shift, saveEntry } from '@/api/admin';
import { useMe } from '@/app/session';
import { useSpecialtyName } from '@/app/specialty';
import { InstitutionSelect, PersonSelect, SpecialtySelect, usePersonName } from '@/features/admin/choices';
import { dayOf, moment, timeOf } from '@/features/admin/days.model';
import { dayMs, gapHours, type RosterRow, rosterRows, weekStart } from '@/features/admin/roster.model';
import { useFormat } from '@/i18n/format';
import { Button, IconButton } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Field, TextField } from '@/ui/field';
import { useNow } from '@/ui/server-clock';
import { Empty, ErrorNote, Loaded } from '@/ui/states';

/** A week: who is there, and above all when nobody is. */
export function RosterSection() {
  const { t } = useTranslation();
  const format = useFormat();
  const me = useMe();
  const now = useNow();
  const [offset, setOffset] = useState(0);
  const [institution, setInstitution] = useState(me.point.institution.id);
  const [editing, setEditing] = useState<Draft<'shifts'>>();
  const shifts = useQuery(registerQuery('shifts'));
  const start = weekStart(now, offset);
  return (
    <>
      <div className="register-bar">
        <div style={{ width: 240 }}>
          <InstitutionSelect value={institution} onChange={setInstitution} />
        </div>
        <IconButton icon="back" label={t('admin.weekBefore')} onClick={() => setOffset(offset - 1)} />
        <b className="num">{t('admin.week', { from: format.date(start), until: format.date(start + 6 * dayMs) })}</b>
        <IconButton icon="next" label={t('admin.weekAfter')} onClick={() => setOffset(offset + 1)} />
        {offset !== 0 && (
          <Button size="small" look="quiet" onClick={() => setOffset(0)}>
            {t('admin.thisWeek')}
          </Button>
        )}
        <Button
          look="primary"
          icon="plus"
          onClick={() =>
            setEditing({
              institution,
              line: 1,
              from: moment(dayOf(new Date(now).toISOString()), '08:00'),
              until: moment(dayOf(new Date(now).toISOString()), '08:00', 1),
            })
          }
        >
          {t('admin.shiftAdd')}
        </Button>
      </div>
      <Loaded query={shifts} rows={8}>
        {(all) => {
          const rows = rosterRows(
            all.filter((shift) => shift.institution === institution),
            start,
            now,
          );
          if (rows.length === 0) return <Empty icon="calendar" title={t('shell.noShift')} />;
          return <Week rows={rows} start={start} now={now} onEdit={setEditing} />;
        }}
      </Loaded>
      {editing && <ShiftDialog draft={editing} onClose={() => setEditing(undefined)} />}
    </>
  );
}

interface WeekProps {
  rows: RosterRow[];
  start: number;
  now: number;
  onEdit: (shift: Shift) => void;
}

function Week({ rows, start, now, onEdit }: WeekProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const specialty = useSpecialtyName();
  const person = usePersonName();
  const hours = gapHours(rows);
  const days = Array.from({ length: 7 }, (_, i) => start + i * dayMs + dayMs / 2);
  const here = (now - start) / (7 * dayMs);
  const percent = (share: number) => `${share * 100}%`;
  return (
    <>
      <p className={`roster-sum ${hours > 0 ? 'roster-bad' : ''}`}>
        {hours > 0 ? `▲ ${t('admin.gapsThisWeek', { hours })}` : t('admin.noGaps')}
      </p>
      <div className="roster">
        <div className="roster-row">
          <span className="roster-name" />
          <div className="roster-days">
            {days.map((day) => (
              <span
                key={day}
                className={`roster-day num ${new Date(day).toDateString() === new Date(now).toDateString() ? 'roster-today' : ''}`}
              >
                {format.weekday(day)} {format.day(day)}
              </span>
            ))}
          </div>
        </div>
        {rows.map((row) => (
          <div key={row.specialty} className="roster-row">
            <span className="roster-name">{specialty(row.specialty)}</span>
            <div className="roster-lane" style={{ height: row.lanes * 32 + 8 }}>
              {here > 0 && here < 1 && <i className="roster-now" style={{ left: percent(here) }} />}
              {row.holes.map((hole) => (
                <span
                  key={hole.from}
                  className="roster-gap"
                  title={`${t('admin.gap')} ${format.dateTime(hole.from)} – ${format.dateTime(hole.until)}`}
                  style={{ left: percent(hole.left), width: percent(hole.width), top: 4 }}
                >
                  {hole.width > 0.06 && `▲ ${t('admin.gap')}`}
                </span>
              ))}
              {row.bars.map((bar) => (
                <button
                  key={bar.shift.id}
                  type="button"
                  className={`roster-shift ${bar.shift.line === 2 ? 'roster-second' : ''}`}
                  title={`${person(bar.shift.person)} ${format.dateTime(bar.shift.from)} – ${format.dateTime(bar.shift.until)}`}
                  style={{ left: percent(bar.left), width: percent(bar.width), top: 4 + bar.lane * 32 }}
                  onClick={() => onEdit(bar.shift)}
                >
                  {person(bar.shift.person)}
                  {bar.shift.line === 2 && <span className="muted">{t('line.second')}</span>}
                  {bar.width > 0.12 && <span className="num muted">{timeOf(bar.shift.from)}</span>}
                </button>
              ))}
            </div>
          </div>
        ))}
      </div>
    </>
  );
}

function ShiftDialog({ draft, onClose }: { draft: Draft<'shifts'>; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [shift, setShift] = useState(draft);
  const [day, setDay] = useState(dayOf(draft.from));
  const [begin, setBegin] = useState(timeOf(draft.from ?? ''));
  const [end, setEnd] = useState(timeOf(draft.until ?? ''));
  const save = useMutation({
    mutationFn: (cancelled: boolean) =>
      saveEntry('shifts', {
        id: shift.id,
        version: shift.version,
        person: shift.person,
        institution: shift.institution,
        specialty: shift.specialty,
        line: shift.line,
        from: moment(day, begin),
        until: moment(day, end, end <= begin ? 1 : 0),
        cancelled,
      }),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin', 'shifts'] }),
  });
  return (
    <Confirm
      title={t(shift.id ? 'admin.shiftEdit' : 'admin.shiftAdd')}
      action={t('common.save')}
      disabled={!shift.person || !shift.specialty || !day}
      busy={save.isPending}
      onConfirm={() => save.mutate(false)}
      onClose={onClose}
    >
      <Field label={t('admin.person')}>
        {() => (
          <PersonSelect
            institution={shift.institution}
            value={shift.person}
            onChange={(person) => setShift({ ...shift, person })}
          />
        )}
      </Field>
      <Field label={t('admin.specialty')}>
        {() => (
          <SpecialtySelect
            value={shift.specialty as never}
            onChange={(specialty) => setShift({ ...shift, specialty })}
          />
        )}
      </Field>
      <Field label={t('admin.line')}>
        {() => (
          <Select
            value={shift.line}
            onChange={(line) => setShift({ ...shift, line })}
            options={[
              { value: 1, label: t('line.first') },
              { value: 2, label: t('line.second') },
            ]}
          />
        )}
      </Field>
      <TextField label={t('admin.day')} type="date" value={day} onChange={(event) => setDay(event.target.value)} />
      <TextField
        label={t('admin.begin')}
        type="time"
        value={begin}
        onChange={(event) => setBegin(event.target.value)}
      />
      <TextField
        label={t('admin.end')}
        type="time"
        value={end}
        hint={end <= begin ? t('admin.nextDay') : undefined}
        onChange={(event) => setEnd(event.target.value)}
      />
      {shift.id && (
        <Button look="danger" onClick={() => save.mutate(true)}>
          {t('admin.shiftCancel')}
        </Button>
      )}
      {save.error && <ErrorNote error={save.error} />}
    </Confirm>
  );
}
