import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Reading, type Template, type TemplateQuery, templatesQuery } from '@/api/readings';
import { yearsOf } from './reading.model';

/** What templates are asked for by: the exam, and whose it is. */
function templateQuery(reading: Reading, language: string): TemplateQuery {
  return {
    modality: reading.modality,
    bodyPart: reading.bodyPart ?? '',
    language: language === 'en' ? 'en' : 'zh',
    sex: reading.patient.sex,
    age: yearsOf(reading.patient.age) ?? -1,
  };
}

/** The templates that fit, the closest first, and the one that is used. */
export function useTemplates(reading: Reading): {
  all: readonly Template[];
  current: Template | undefined;
  choose: (id: string) => void;
} {
  const { i18n } = useTranslation();
  const { data = [] } = useQuery(templatesQuery(templateQuery(reading, i18n.language)));
  const [chosen, choose] = useState<string>();
  return { all: data, current: data.find((t) => t.id === chosen) ?? data[0], choose };
}
