import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hereOf, readDisc, store } from '@/api/imports';
import { patientsQuery } from '@/api/records';
import { useIs } from '@/app/session';
import { chosenSources, droppedSources } from '@/features/transfer/import-collect';
import type { Found } from '@/features/transfer/import-plan.model';
import { type Prepared, prepare, type Stage } from '@/features/transfer/import-prepare';
import type { Result } from '@/features/transfer/import-run.model';
import { Sending } from '@/features/transfer/import-sending';
import type { Source } from '@/features/transfer/import-source';
import { Page, Panel } from '@/ui/panel';
import { Empty, ErrorNote } from '@/ui/states';
import { ImportDrop } from './import-drop';
import { ImportLooking } from './import-looking';
import { ImportReview } from './import-review';
import { ImportRun } from './import-run';
import './import.css';

type View =
  | { at: 'empty'; error?: unknown }
  | { at: 'looking'; stage?: Stage; found: number }
  | { at: 'review'; prepared: Prepared }
  | { at: 'sending'; prepared: Prepared; sending: Sending };

/** Images of a disc, a stick or a folder come in: looked through, compared with our patients, chosen, sent. */
export function ImportPage() {
  const { t } = useTranslation();
  const allowed = useIs('technologist');
  const [view, setView] = useState<View>({ at: 'empty' });
  const look = useLook(setView);
  useDropAnywhere();
  if (!allowed)
    return (
      <Page title={t('import.title')}>
        <Panel>
          <Empty icon="lock" title={t('import.notAllowed')}>
            {t('import.notAllowedText')}
          </Empty>
        </Panel>
      </Page>
    );
  const again = () => setView({ at: 'empty' });
  const send = (prepared: Prepared, files: Found[], results: readonly Result[]) => {
    const list = files.map(({ number, size, header }) => ({
      number,
      size,
      instance: header.instance,
      source: prepared.sources[number] as Source,
    }));
    setView({ at: 'sending', prepared, sending: new Sending(list, results, store) });
  };
  return (
    <Page title={t('import.title')} note={t('import.note')}>
      {view.at === 'empty' && (
        <>
          {view.error !== undefined && <ErrorNote error={view.error} />}
          <ImportDrop onChosen={look.chosen} onDropped={look.dropped} />
        </>
      )}
      {view.at === 'looking' && <ImportLooking stage={view.stage} found={view.found} onCancel={look.cancel} />}
      {view.at === 'review' && (
        <ImportReview
          prepared={view.prepared}
          onAgain={again}
          onSend={(files) => send(view.prepared, files, view.prepared.results)}
        />
      )}
      {view.at === 'sending' && (
        <ImportRun
          prepared={view.prepared}
          sending={view.sending}
          onAgain={again}
          onRetry={(files, results) => send(view.prepared, files, results)}
        />
      )}
    </Page>
  );
}

/** Looking through what was chosen or dropped, until it is reviewed or given up. */
function useLook(setView: (view: View) => void) {
  const queries = useQueryClient();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const begin = async (collect: (onFound: (n: number) => void) => Promise<Source[]>) => {
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    const { signal } = stop;
    const show = (view: View) => !signal.aborted && setView(view);
    show({ at: 'looking', found: 0 });
    let found = 0;
    try {
      const sources = await collect((n) => {
        found = n;
        if (n % 50 === 0) show({ at: 'looking', found });
      });
      const asked = { readDisc, hereOf, ours: (q: string) => queries.fetchQuery(patientsQuery(q)) };
      const prepared = await prepare(sources, asked, (stage) => show({ at: 'looking', stage, found }), signal);
      show({ at: 'review', prepared });
    } catch (error) {
      show({ at: 'empty', error });
    }
  };
  return {
    chosen: (files: File[]) => void begin((onFound) => chosenSources(files, onFound)),
    // The entries of a drop are there only in the event's own turn.
    dropped: (drop: DataTransfer) => void begin((onFound) => droppedSources(drop, onFound)),
    cancel: () => {
      running.current?.abort();
      setView({ at: 'empty' });
    },
  };
}

/** A file that misses the place to drop it does not replace the page. */
function useDropAnywhere() {
  useEffect(() => {
    const keep = (event: DragEvent) => event.preventDefault();
    window.addEventListener('dragover', keep);
    window.addEventListener('drop', keep);
    return () => {
      window.removeEventListener('dragover', keep);
      window.removeEventListener('drop', keep);
    };
  }, []);
}
