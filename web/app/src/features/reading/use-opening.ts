import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { type ReadingSummary, readingQuery } from '@/api/readings';
import { openStudy } from '@/viewer/prepare';
import { Opening } from './opening';

/** Opens a read task: its page comes with the first picture. */
export function useOpening(): (r: Pick<ReadingSummary, 'id' | 'study'>) => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [opening] = useState(() => new Opening());
  useEffect(() => () => opening.leave(), [opening]);
  return useCallback(
    async ({ id, study }) => {
      const there = Promise.all([queries.prefetchQuery(readingQuery(id)), openStudy(queries, study)]);
      if (await opening.wait(there)) navigate(`/readings/${id}`);
    },
    [queries, navigate, opening],
  );
}
