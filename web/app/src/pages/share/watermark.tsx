import { useTranslation } from 'react-i18next';
import type { SharedStudy } from '@/api/sharing';
import { useFormat } from '@/i18n/format';

const rows = 9;
const columns = 5;

/**
 * For whom, by whom and when, over everything that the page shows: words in the page and no picture behind it, so that prints and photographs of the
 * screen carry them. It takes no part in the viewer's own overlays.
 */
export function Watermark({ shared }: { shared: SharedStudy }) {
  const { t } = useTranslation();
  const format = useFormat();
  const lines = [
    t('shared.mark', { whom: shared.for }),
    `${shared.institution} · ${format.dateTime(shared.now)} · ${shared.opening}`,
  ];
  return (
    <div className="watermark" aria-hidden="true" data-testid="watermark">
      {Array.from({ length: rows * columns }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: tiles of one text
        <span key={i}>
          {lines[0]}
          <br />
          {lines[1]}
        </span>
      ))}
    </div>
  );
}
