import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { conceptName } from './concepts.model';
import type { Concept } from './content.model';

/** Names a concept in the language of the page, or by its code's own meaning. */
export function useConceptName(): (c: Concept) => string {
  const { t } = useTranslation();
  return useCallback(
    (c: Concept) => {
      const name = conceptName(c);
      return name ? t(`objects.concept.${name}`) : c.meaning || c.value;
    },
    [t],
  );
}
