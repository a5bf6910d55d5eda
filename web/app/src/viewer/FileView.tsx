import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote, Skeleton } from '@/ui/states';
import { type DicomJson, tag, text } from './dicom.model';
import { bulk, fileUrl } from './dicomweb';
import { unshownBy } from './kinds/file.model';
import { PdfView } from './kinds/PdfView';
import { VideoView } from './kinds/VideoView';
import type { Series } from './study.model';

/** A document page by page, a video; anything else is offered as a file, with the reason. */
export function FileView({ series }: { series: Series }) {
  if (series.kind === 'video') return <VideoView key={series.uid} series={series} />;
  if (series.kind === 'pdf') return <Documents key={series.uid} series={series} />;
  return <Offered series={series} />;
}

function Documents({ series }: { series: Series }) {
  const { t } = useTranslation();
  const [at, setAt] = useState(0);
  const d = series.frames[at]?.metadata ?? series.metadata;
  const { data, isPending, error, refetch } = useQuery({
    queryKey: ['viewer', 'document', series.uid, text(d, tag.sopInstance)],
    queryFn: async ({ signal }) => (await bulk(d, tag.document, signal)) ?? null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const choice = series.frames.length > 1 && (
    <nav className="viewer-documents" aria-label={t('viewer.kind.pdf')}>
      {series.frames.map((f, i) => (
        <button key={f.instanceUid} type="button" aria-pressed={i === at} onClick={() => setAt(i)}>
          {text(f.metadata, '00420010') || i + 1}
        </button>
      ))}
    </nav>
  );
  return (
    <div className="viewer-file-body">
      {choice}
      {isPending && <Skeleton rows={8} />}
      {data && (
        <PdfView
          key={at}
          bytes={data}
          title={text(d, '00420010') || series.description || t('viewer.kind.pdf')}
          file={fileOf(series, d)}
        />
      )}
      {error && !data && <ErrorNote error={error} retry={() => void refetch()} />}
      {!isPending && !data && !error && <Offered series={series} />}
    </div>
  );
}

const fileOf = (series: Series, d: DicomJson) => fileUrl(series.study, series.uid, text(d, tag.sopInstance));

/** Each object of a series that nothing here can show, with the reason. */
function Offered({ series }: { series: Series }) {
  const { t } = useTranslation();
  const objects = series.frames.filter((f) => f.frame === 1);
  const reason = unshownBy(series.metadata);
  return (
    <div className="viewer-file" data-testid="file-why">
      <p>
        {t(`kinds.unshown.${reason.why}`, { what: 'what' in reason ? reason.what : '', modality: series.modality })}
        <br />
        {t('kinds.unshown.instead')}
      </p>
      {objects.map(({ instanceUid, metadata }, i) => (
        <a
          key={instanceUid}
          className="y-btn y-btn-plain y-btn-normal"
          href={fileOf(series, metadata)}
          download={`${instanceUid}.dcm`}
        >
          {t('viewer.download')}
          {objects.length > 1 && ` ${i + 1}/${objects.length}`}
        </a>
      ))}
    </div>
  );
}
