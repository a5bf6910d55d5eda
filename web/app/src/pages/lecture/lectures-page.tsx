import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { lecturesQuery } from '@/api/lectures';
import { LectureList } from '@/features/lecture/lecture-list';
import { Page, Panel } from '@/ui/panel';
import { Empty, Loaded } from '@/ui/states';

/** Consults to which a specialist lets colleagues listen now. */
export function LecturesPage() {
  const { t } = useTranslation();
  const lectures = useQuery(lecturesQuery);
  return (
    <Page title={t('lecture.pageTitle')} note={t('lecture.pageNote')} width="text">
      <Panel title={t('lecture.now')} count={lectures.data?.length}>
        <Loaded query={lectures}>
          {(all) =>
            all.length === 0 ? (
              <Empty icon="volume" title={t('lecture.none')}>
                {t('lecture.noneText')}
              </Empty>
            ) : (
              <LectureList lectures={all} />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  );
}
