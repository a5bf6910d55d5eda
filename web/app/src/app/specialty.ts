import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { specialtiesQuery } from '@/api/consults';

/** The name of a specialty code in the person's language; the code itself while it is not known. */
export function useSpecialtyName(): (code: string | undefined) => string {
  const { i18n } = useTranslation();
  const { data } = useQuery(specialtiesQuery);
  return (code) => {
    if (!code) return '';
    const found = data?.find((specialty) => specialty.code === code || specialty.name === code);
    if (!found) return code;
    return i18n.language === 'en' ? found.nameEn : found.name;
  };
}
