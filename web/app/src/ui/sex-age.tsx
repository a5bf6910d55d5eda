import { useTranslation } from 'react-i18next';
import type { Sex } from '@/api/types';
import { ageText } from './age.model';

/** `男 61岁` */
export function SexAge({ of }: { of: { sex?: Sex; age?: string } }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      {of.sex && t(`sex.${of.sex}`)} <span className="num">{ageText(of.age, i18n.language)}</span>
    </>
  );
}
