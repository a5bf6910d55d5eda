import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Order, StudySummary } from '@/api/record-types';
import { displaceStudy, fileStudy, linkStudy, type PlacedBy, unmatchedQuery } from '@/api/records';
import type { ChosenPatient } from '@/features/ask/ask.model';
import { PatientPicker } from '@/features/ask/patient-picker';
import { StudyStateText } from '@/features/study/study-table';
import { useFormat } from '@/i18n/format';
import { brief } from '@/ui/brief';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Facts, Page, Panel } from '@/ui/panel';
import { SexAge } from '@/ui/sex-age';
import { Empty, ErrorNote, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';
import './studies.css';

/** Images without an order: compare, then link, or keep them beside as an earlier exam. Matching by name alone is never automatic. */
export function UnmatchedPage() {
  const { t } = useTranslation();
  const unmatched = useQuery(unmatchedQuery);
  const [linking, setLinking] = useState<{ study: StudySummary; order: Order }>();
  const [filing, setFiling] = useState<{ study: StudySummary; patient?: ChosenPatient }>();
  return (
    <Page title={t('unmatched.title')} note={t('unmatched.note')}>
      <Loaded query={unmatched} rows={8}>
        {(list) =>
          list.length === 0 ? (
            <Panel>
              <Empty icon="check" title={t('unmatched.none')}>
                {t('unmatched.noneText')}
              </Empty>
            </Panel>
          ) : (
            list.map((study) => (
              <Unmatched
                key={study.uid}
                study={study}
                onLink={(order) => setLinking({ study, order })}
                onFile={(patient) => setFiling({ study, patient })}
              />
            ))
          )
        }
      </Loaded>
      {linking && <LinkDialog {...linking} onClose={() => setLinking(undefined)} />}
      {filing && <FileDialog {...filing} onClose={() => setFiling(undefined)} />}
    </Page>
  );
}

interface UnmatchedProps {
  study: StudySummary;
  onLink: (order: Order) => void;
  onFile: (patient?: ChosenPatient) => void;
}

function Unmatched({ study, onLink, onFile }: UnmatchedProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Panel>
      <div className="unmatched">
        <div>
          <h3>{t('unmatched.images')}</h3>
          <p className="unmatched-who">
            <Link to={`/studies/${study.uid}`}>{study.patientName}</Link> <SexAge of={study} />
          </p>
          <Facts
            items={[
              [t('study.exam'), `${study.modalities.join(' ')} ${brief(study.description)}`],
              [
                t('study.date'),
                <span key="d" className="num">
                  {format.dateTime(study.date)}
                </span>,
              ],
              [
                t('patient.number'),
                <span key="p" className="num">
                  {study.patientId}
                </span>,
              ],
              [t('study.accession'), study.accession || t('common.none')],
              [t('study.site'), study.institution],
              [
                t('study.state'),
                <span key="s">
                  <StudyStateText study={study} /> {study.overdue && t('unmatched.overdue')}
                </span>,
              ],
            ]}
          />
          {study.differs && study.differs.length > 0 && (
            <p className="suggestion-agrees suggestion-differs">
              <Fields label={t('unmatched.differs')} names={study.differs} />
            </p>
          )}
        </div>
        <div>
          <h3>{t('unmatched.suggestions')}</h3>
          {(study.suggestions ?? []).length === 0 && <p className="muted">{t('unmatched.noSuggestion')}</p>}
          {(study.suggestions ?? []).map(({ order, agrees }) => (
            <div key={order.id} className="suggestion">
              <div>
                <b>{order.patient.name}</b> <SexAge of={order.patient} /> · {order.modality} {order.exam}{' '}
                <span className="num muted">
                  {order.accession} {format.moment(order.orderedAt)}
                </span>
                <p className="suggestion-agrees">
                  <Fields label={t('unmatched.agrees')} names={agrees ?? []} />
                </p>
              </div>
              <div className="suggestion-ways">
                <Button icon="link" onClick={() => onLink(order)}>
                  {t('unmatched.link')}
                </Button>
                <Button look="quiet" title={t('unmatched.fileHint')} onClick={() => onFile(order.patient)}>
                  {t('unmatched.file')}
                </Button>
              </div>
            </div>
          ))}
          <Button
            look="quiet"
            size="small"
            className="suggestion-other"
            title={t('unmatched.fileHint')}
            onClick={() => onFile()}
          >
            {t('unmatched.fileOther')}
          </Button>
        </div>
      </div>
    </Panel>
  );
}

function Fields({ label, names }: { label: string; names: string[] }) {
  const { t } = useTranslation();
  return names.map((name) => (
    <span key={name} title={label}>
      {t(`unmatched.field.${name}` as 'unmatched.field.name', { defaultValue: name })}
    </span>
  ));
}

interface DialogProps {
  study: StudySummary;
  onClose: () => void;
}

/** Does it, says so with the way back, and shows the lists anew. */
function usePlacing(how: PlacedBy, place: () => Promise<StudySummary>, onClose: () => void) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const refresh = () => {
    for (const key of ['unmatched', 'studies', 'study', 'orders', 'readings', 'reading'])
      void queries.invalidateQueries({ queryKey: [key] });
  };
  const undo = ({ uid, version }: StudySummary) =>
    displaceStudy(how, uid, t('unmatched.undone'), version).catch(toast.fail).finally(refresh);
  return useMutation({
    mutationFn: place,
    onSuccess: (placed) => {
      toast.say(t(`unmatched.placed.${how}`), { tone: 'done', undo: () => void undo(placed) });
      onClose();
    },
    onSettled: refresh,
  });
}

const imageOf = (study: StudySummary) =>
  `${study.patientName} ${study.modalities.join(' ')} ${brief(study.description)}`.trim();

function LinkDialog({ study, order, onClose }: DialogProps & { order: Order }) {
  const { t } = useTranslation();
  const link = usePlacing('link', () => linkStudy(study.uid, order.id, study.version), onClose);
  return (
    <Confirm
      title={t('unmatched.linkTitle')}
      action={t('unmatched.link')}
      busy={link.isPending}
      onConfirm={() => link.mutate()}
      onClose={onClose}
    >
      <p>{t('unmatched.linkText', { image: imageOf(study), name: order.patient.name, number: order.number })}</p>
      {link.error && <ErrorNote error={link.error} />}
    </Confirm>
  );
}

/** In what the images contradict a person, as far as both say it. */
function contradicted(study: StudySummary, p: ChosenPatient): string[] {
  const sexes = [study.sex, p.sex].filter((sex) => sex === 'M' || sex === 'F');
  return [
    ...(study.patientName && study.patientName !== p.name ? ['name'] : []),
    ...(new Set(sexes).size > 1 ? ['sex'] : []),
  ];
}

/** Whose earlier exam it is: the patient of an order, or one who is looked for. */
function FileDialog({ study, patient, onClose }: DialogProps & { patient?: ChosenPatient }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(patient);
  const file = usePlacing('file', () => fileStudy(study.uid, chosen?.id ?? '', study.version), onClose);
  return (
    <Confirm
      title={t('unmatched.fileTitle')}
      action={t('unmatched.file')}
      busy={file.isPending}
      disabled={!chosen}
      onConfirm={() => file.mutate()}
      onClose={onClose}
    >
      <PatientPicker patient={chosen} recent={[]} onPick={setChosen} />
      {chosen && contradicted(study, chosen).length > 0 && (
        <p className="suggestion-agrees suggestion-differs" role="alert">
          {t('unmatched.differs')} <Fields label={t('unmatched.differs')} names={contradicted(study, chosen)} />
        </p>
      )}
      <p>{t('unmatched.fileText', { image: imageOf(study) })}</p>
      {file.error && <ErrorNote error={file.error} />}
    </Confirm>
  );
}
