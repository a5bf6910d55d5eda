import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Order, StudySummary } from '@/api/record-types';
import { linkStudy, unmatchedQuery } from '@/api/records';
import { StudyStateText } from '@/features/study/study-table';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Facts, Page, Panel } from '@/ui/panel';
import { SexAge } from '@/ui/sex-age';
import { Empty, ErrorNote, Loaded } from '@/ui/states';
import { useToast } from '@/ui/toast';
import './studies.css';

/** Images without an order: compare, then link. Matching by name alone is never automatic. */
export function UnmatchedPage() {
  const { t } = useTranslation();
  const unmatched = useQuery(unmatchedQuery);
  const [linking, setLinking] = useState<{ study: StudySummary; order: Order }>();
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
              <Unmatched key={study.uid} study={study} onLink={(order) => setLinking({ study, order })} />
            ))
          )
        }
      </Loaded>
      {linking && <LinkDialog {...linking} onClose={() => setLinking(undefined)} />}
    </Page>
  );
}

function Unmatched({ study, onLink }: { study: StudySummary; onLink: (order: Order) => void }) {
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
              [t('study.exam'), `${study.modalities.join(' ')} ${study.description ?? ''}`],
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
              <Button icon="link" onClick={() => onLink(order)}>
                {t('unmatched.link')}
              </Button>
            </div>
          ))}
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

function LinkDialog({ study, order, onClose }: { study: StudySummary; order: Order; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const link = useMutation({
    mutationFn: () => linkStudy(study.uid, order.id, study.version),
    onSuccess: () => {
      toast.say(t('unmatched.linked'), { tone: 'done' });
      onClose();
    },
    onSettled: () => {
      for (const key of ['unmatched', 'studies', 'orders', 'readings'])
        void queries.invalidateQueries({ queryKey: [key] });
    },
  });
  return (
    <Confirm
      title={t('unmatched.linkTitle')}
      action={t('unmatched.link')}
      busy={link.isPending}
      onConfirm={() => link.mutate()}
      onClose={onClose}
    >
      <p>
        {t('unmatched.linkText', {
          image: `${study.patientName} ${study.modalities.join(' ')} ${study.description ?? ''}`,
          name: order.patient.name,
          number: order.number,
        })}
      </p>
      {link.error && <ErrorNote error={link.error} />}
    </Confirm>
  );
}
