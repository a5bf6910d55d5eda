import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newKey } from '@/api/client';
import { type CommandBody, commandReading, flagCritical, type Reading, type ReadingCommand } from '@/api/readings';
import { useToast } from '@/ui/toast';
import type { Queue } from './use-queue';
import type { ReportEditor } from './use-report';

interface Command {
  name: ReadingCommand;
  body?: Omit<CommandBody, 'version'>;
  /** What was typed is saved first. */
  flush?: boolean;
}

/** The commands of a task: each carries the version that was seen, and saves what was typed first where that matters. */
export function useCommands(reading: Reading, editor: ReportEditor, queue: Queue, done: () => void) {
  const { t } = useTranslation();
  const toast = useToast();
  const navigate = useNavigate();
  const queries = useQueryClient();

  const command = useMutation({
    mutationFn: async (c: Command) => {
      const version = c.flush ? await editor.flush() : reading.version;
      return commandReading(reading.id, c.name, { version, ...c.body }, newKey());
    },
    onSuccess: (answer, c) => {
      done();
      queries.setQueryData(['reading', answer.id], answer);
      if (c.flush) editor.done();
      void queries.invalidateQueries({ queryKey: ['readings'] });
      if (answer.id !== reading.id) {
        // An addendum or a correction is a task of its own.
        void queries.invalidateQueries({ queryKey: ['reading', reading.id] });
        navigate(`/readings/${answer.id}`);
      } else if (c.name === 'submit' || c.name === 'release') {
        toast.say(t(c.name === 'submit' ? 'reading.submitted' : 'reading.released'), { tone: 'done' });
        void queue.openNext(c.name === 'submit' ? 'pool' : 'review');
      } else if (c.name === 'skip' || c.name === 'aside') {
        void queue.openNext();
      }
    },
    onError: (error) => {
      done();
      toast.fail(error);
      void queries.invalidateQueries({ queryKey: ['reading', reading.id] });
    },
  });
  const flag = useMutation({
    mutationFn: async (c: { category: number; text: string }) =>
      flagCritical(reading.id, await editor.flush(), c.category, c.text),
    onSuccess: () => {
      done();
      toast.say(t('reading.criticalSent'), { tone: 'done' });
      void queries.invalidateQueries({ queryKey: ['reading', reading.id] });
      void queries.invalidateQueries({ queryKey: ['criticals'] });
    },
    onError: toast.fail,
  });
  return { command, flag };
}
