import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Press } from '@/api/press';
import { ApiError } from '@/api/problem';
import { type CommandBody, commandReading, flagCritical, type Reading, type ReadingCommand } from '@/api/readings';
import { useToast } from '@/ui/toast';
import type { Queue } from './use-queue';

interface Command {
  name: ReadingCommand;
  body?: Omit<CommandBody, 'version'>;
  /** What was typed is saved first. */
  flush?: boolean;
}

interface Work {
  /** Saves what is not saved yet: words and measurements. Answers the version to sign, or throws. */
  settle: () => Promise<number>;
  /** Nothing is kept in this browser any more. */
  signed: () => void;
}

/**
 * The commands of a task: each carries the version that was seen, and saves what was typed first where that matters. While the line is down the dialog
 * stays with all that was typed; pressed again it is the same command, which has its effect once.
 */
export function useCommands(reading: Reading, work: Work, queue: Queue, done: () => void) {
  const { t } = useTranslation();
  const toast = useToast();
  const navigate = useNavigate();
  const queries = useQueryClient();

  const press = useRef(new Press());
  const command = useMutation({
    mutationFn: async (c: Command) => {
      const version = c.flush ? await work.settle() : reading.version;
      const body = { version, ...c.body };
      return commandReading(reading.id, c.name, body, press.current.keyFor([reading.id, c.name, body]));
    },
    onSuccess: (answer, c) => {
      press.current.done();
      done();
      queries.setQueryData(['reading', answer.id], answer);
      if (c.flush) work.signed();
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
      toast.fail(error);
      if (ApiError.isOffline(error)) return; // the dialog says so, and stays
      done();
      void queries.invalidateQueries({ queryKey: ['reading', reading.id] });
    },
  });
  const flag = useMutation({
    mutationFn: async (c: { category: number; text: string }) =>
      flagCritical(reading.id, await work.settle(), c.category, c.text),
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
