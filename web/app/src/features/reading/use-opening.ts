import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { type ReadingSummary, readingQuery } from '@/api/readings';
import { openStudy } from '@/viewer/prepare';
import { Opening } from './opening';

type Task = Pick<ReadingSummary, 'id' | 'study'>;

/** Opens a read task: its page comes with the first picture. Without a task the list comes. Who has left the page meanwhile is led nowhere. */
export function useOpening(): (task: Task | undefined) => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [opening] = useState(() => new Opening());
  useEffect(() => {
    opening.enter();
    return () => opening.leave();
  }, [opening]);
  return useCallback(
    async (task) => {
      const fetch = async () =>
        task && Promise.all([queries.prefetchQuery(readingQuery(task.id)), openStudy(queries, task.study)]);
      if (await opening.wait(fetch)) navigate(task ? `/readings/${task.id}` : '/readings');
    },
    [queries, navigate, opening],
  );
}
