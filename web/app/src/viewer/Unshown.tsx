import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { fileUrl, transferSyntax } from './dicomweb';
import type { Failure } from './failure.model';
import { unshownSyntax } from './kinds/file.model';
import type { Frame, Series } from './study.model';

interface Props {
  series: Series;
  frame: Frame | undefined;
  failure: Failure;
  /** Of the picture in its series, from 1. */
  number: number;
  onRetry: () => void;
}

/** A picture that is not shown, why, and its file where the file is here. */
export function Unshown({ series, frame, failure, number, onRetry }: Props) {
  const { t } = useTranslation();
  const isCodec = failure === 'codec' && frame !== undefined;
  const { data: syntax } = useQuery({
    queryKey: ['viewer', 'syntax', frame?.instanceUid],
    queryFn: ({ signal }) => transferSyntax(series.study, series.uid, frame?.instanceUid ?? '', signal),
    enabled: isCodec,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const strange = syntax && unshownSyntax(syntax);
  return (
    <div className="viewer-failure" role="alert">
      <p>
        {t('viewer.failed', { n: number })}
        <br />
        {strange ? t('kinds.unshown.syntax', { what: strange }) : t(`viewer.failure.${failure}`)}
      </p>
      <span className="viewer-failure-ways">
        <button type="button" className="y-btn y-btn-plain y-btn-normal" onClick={onRetry}>
          {t('viewer.retry')}
        </button>
        {isCodec && (
          <a
            className="y-btn y-btn-plain y-btn-normal"
            href={fileUrl(series.study, series.uid, frame.instanceUid)}
            download={`${frame.instanceUid}.dcm`}
          >
            {t('viewer.download')}
          </a>
        )}
      </span>
    </div>
  );
}
