import { useTranslation } from 'react-i18next';
import { instruments } from '@/call';

/** The words for a further picture; a name that this page does not know is shown as it is. */
export function useSourceName(): (source: string) => string {
  const { t } = useTranslation();
  return (source) => {
    const known = [...instruments, 'screen' as const].find((name) => name === source);
    return known ? t(`call.source.${known}`) : source;
  };
}
