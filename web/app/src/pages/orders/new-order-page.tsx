import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { newKey } from '@/api/client';
import { createOrder, devicesQuery, ordersQuery, patientQuery } from '@/api/records';
import { useMe } from '@/app/session';
import { type ChosenPatient, newPatient, type PatientDraft, patientReady } from '@/features/ask/ask.model';
import { PatientPicker } from '@/features/ask/patient-picker';
import { type BookingDraft, bookingOf, deviceOf, timeProblem, unbooked } from '@/features/order/booking.model';
import { BookingFields } from '@/features/order/booking-fields';
import { exams, type ModalityCode, modalities } from '@/features/order/exams.model';
import { noSafety, type SafetyDraft, safetyFields, safetyOf, weightOf, yearsOf } from '@/features/order/safety.model';
import { SafetyFields } from '@/features/order/safety-fields';
import { Button } from '@/ui/button';
import { Choice, TextArea, TextField } from '@/ui/field';
import { Page, Panel } from '@/ui/panel';
import { ErrorNote } from '@/ui/states';
import type { Priority } from '@/ui/urgency';
import './new-order.css';

/** Patient, exam, why, where and when. */
export function NewOrderPage() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [params] = useSearchParams();
  const given = params.get('patient') ?? '';
  const chart = useQuery({ ...patientQuery(given), enabled: given !== '' });
  const mine = useQuery(ordersQuery('mine'));
  const [picked, setPicked] = useState<ChosenPatient | null>();
  const [fresh, setFresh] = useState<PatientDraft>();
  const [modality, setModality] = useState<ModalityCode>('DX');
  const [exam, setExam] = useState('');
  const [bodyPart, setBodyPart] = useState('');
  const [priority, setPriority] = useState<Priority>('routine');
  const [clinical, setClinical] = useState('');
  const [booking, setBooking] = useState<BookingDraft>(unbooked);
  const [safety, setSafety] = useState<SafetyDraft>(noSafety);
  const home = useMe().point.institution.id;
  const devices = useQuery(devicesQuery({ modality }));
  const [key] = useState(newKey);
  const patient = picked === undefined ? chart.data?.patient : (picked ?? undefined);
  const english = i18n.language === 'en';
  const asked = safetyFields(
    {
      modality,
      bodyPart,
      exam,
      sex: patient?.sex ?? fresh?.sex,
      age: yearsOf(patient?.age, fresh?.birthDate),
    },
    safety.contrast,
  );

  const place = useMutation({
    mutationFn: () =>
      createOrder(
        {
          patient: patient ? { id: patient.id } : newPatient(fresh as PatientDraft),
          modality,
          bodyPart,
          exam: exam.trim(),
          priority,
          clinical: clinical.trim(),
          ...bookingOf(booking, deviceOf(booking, devices.data ?? [], home)),
          ...safetyOf(safety, asked),
        },
        key,
      ),
    onSuccess: (order) => {
      void queries.invalidateQueries({ queryKey: ['orders'] });
      void navigate(`/orders/${order.id}`, { replace: true });
    },
  });
  const ready =
    (patient || (fresh && patientReady(fresh))) &&
    exam.trim() !== '' &&
    !timeProblem(booking, Date.now()) &&
    !(asked.includes('weightKg') && Number.isNaN(weightOf(safety.weightKg)));
  const recent = [...new Map((mine.data ?? []).map((order) => [order.patient.id, order.patient])).values()];
  return (
    <Page title={t('order.newTitle')} width="text">
      <form
        className="new-order"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !place.isPending) place.mutate();
        }}
      >
        <Panel title={t('study.patient')} pad>
          <PatientPicker
            patient={patient}
            fresh={fresh}
            recent={recent}
            onPick={(one) => {
              setPicked(one ?? null);
              setFresh(undefined);
            }}
            onFresh={(one) => {
              setFresh(one);
              setPicked(null);
            }}
          />
        </Panel>
        <Panel title={t('order.exam')} pad>
          <div className="new-order">
            <Choice
              label={t('study.modality')}
              value={modality}
              onChange={(next) => {
                setModality(next);
                setExam('');
                setBodyPart('');
              }}
              options={modalities.map((code) => ({ value: code, text: t(`order.modalities.${code}`) }))}
            />
            <div className="new-order-exams">
              {exams[modality].map((choice) => {
                const name = english ? choice.nameEn : choice.name;
                return (
                  <Button
                    key={choice.name}
                    look={exam === name ? 'primary' : 'plain'}
                    onClick={() => {
                      setExam(name);
                      setBodyPart(choice.bodyPart);
                    }}
                  >
                    {name}
                  </Button>
                );
              })}
            </div>
            <TextField
              label={t('order.exam')}
              value={exam}
              maxLength={200}
              onChange={(event) => {
                setExam(event.target.value);
                // What is typed from the beginning is not the part that was chosen before.
                if (!event.target.value) setBodyPart('');
              }}
            />
            <Choice
              label={t('order.priority')}
              value={priority}
              onChange={setPriority}
              options={(['routine', 'urgent', 'stat'] as const).map((value) => ({
                value,
                text: t(`priority.${value}`),
              }))}
            />
            <TextArea
              label={t('order.clinical')}
              placeholder={t('order.clinicalHint')}
              rows={3}
              value={clinical}
              onChange={(event) => setClinical(event.target.value)}
            />
            <SafetyFields asked={asked} value={safety} onChange={setSafety} />
          </div>
        </Panel>
        <Panel title={t('order.booking')} pad>
          <div className="new-order">
            <BookingFields devices={devices.data ?? []} home={home} value={booking} onChange={setBooking} />
          </div>
        </Panel>
        {place.error && <ErrorNote error={place.error} />}
        <Button type="submit" look="primary" size="large" block disabled={!ready} busy={place.isPending}>
          {t('order.submit')}
        </Button>
      </form>
    </Page>
  );
}
