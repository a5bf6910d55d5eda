import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Skeleton } from '@/ui/states';
import { tag, text } from './dicom.model';
import { bulk, instanceUrl } from './dicomweb';
import { PdfView } from './kinds/PdfView';
import { VideoView } from './kinds/VideoView';
import type { Series } from './study.model';

/** A document page by page, a video; anything else is offered as a file, with the reason. */
export function FileView({ study, series }: { study: string; series: Series }) {
  const { t } = useTranslation();
  const isPdf = series.kind === 'pdf';
  const { data, isPending } = useQuery({
    queryKey: ['viewer', 'document', series.uid],
    queryFn: async ({ signal }) => (await bulk(series.metadata, tag.document, signal)) ?? null,
    enabled: isPdf,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const file = instanceUrl(study, series.uid, text(series.metadata, tag.sopInstance));
  if (series.kind === 'video') return <VideoView key={series.uid} series={series} />;
  if (isPdf && isPending) return <Skeleton rows={8} />;
  if (data) return <PdfView bytes={data} title={series.description || t('viewer.kind.pdf')} file={file} />;
  return (
    <div className="viewer-file">
      <p>{t('viewer.cannotShow', { modality: series.modality })}</p>
      <a className="y-btn y-btn-plain y-btn-normal" href={file} download>
        {t('viewer.download')}
      </a>
    </div>
  );
}
