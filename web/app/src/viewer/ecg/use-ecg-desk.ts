import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { newKey } from '@/api/client';
import { recordPrint } from '@/api/prints';
import { useToast } from '@/ui/toast';
import type { Viewer } from '../engine';
import type { Series } from '../study.model';
import { useCaliperWords } from './CaliperLayer';
import { fromBeats, moved } from './calipers.model';
import { deviceValues } from './device.model';
import { printSpans } from './EcgPrint';
import type { Ecg } from './ecg.model';
import { filterEcg } from './filter.model';
import { measure } from './intervals.model';
import { layOut, spansOf, widest } from './layout.model';
import { type EcgKey, firstLook, keyOf, type Look } from './look.model';
import { type Calipers, useCalipers } from './use-calipers';
import { useEcgKeys } from './use-ecg-keys';
import { type Choices, lineOf, type Value, valuesOf } from './values.model';

/** What is compared with. */
export interface Earlier {
  readonly series: Series;
  readonly ecg: Ecg;
}

export interface DeskProps {
  viewer: Viewer;
  series: Series;
  ecg: Ecg;
  earlier: Earlier | undefined;
  /** Takes words into the report that is being written. */
  onWords?: (words: string) => void;
  /** The read task in which this is looked at. */
  reading?: string;
}

/** How an ECG is looked at, what is measured on it, and what its keys do. */
export function useEcgDesk({ viewer, series, ecg, earlier, onWords, reading }: DeskProps) {
  const compared = earlier !== undefined;
  const [own, setLook] = useState<Look>(() =>
    firstLook(ecg.leads.length, window.matchMedia('(pointer: coarse)').matches),
  );
  // Until somebody chooses, the earlier one stands below as soon as it is there.
  const look = useMemo(
    () => ({ ...own, compare: own.compare ?? (compared ? 'below' : 'alone') }) as const,
    [own, compared],
  );
  const change = useCallback((l: Partial<Look>) => setLook((old) => ({ ...old, ...l })), []);
  const calipers = useCalipers(viewer, series, ecg);
  const calipersBefore = useCalipers(viewer, earlier?.series, earlier?.ecg);
  // Keys work on the paper of the caliper in hand.
  const inHand = look.compare === 'below' && calipersBefore.chosen ? calipersBefore : calipers;
  const seconds = (inHand === calipers ? ecg : earlier?.ecg)?.seconds ?? 0;
  useEffect(() => () => viewer.choose(undefined), [viewer]);
  const [choices, setChoices] = useState<Choices>({ correction: 'bazett', written: {}, hidden: false });
  const measured = useMemo(() => measure(ecg), [ecg]);
  const before = useMemo(() => earlier && measure(earlier.ecg), [earlier]);
  const shown = useMemo(() => filterEcg(ecg, look.filters), [ecg, look.filters]);
  const shownBefore = useMemo(() => earlier && filterEcg(earlier.ecg, look.filters), [earlier, look.filters]);
  const device = useMemo(() => deviceValues(series.metadata), [series]);
  const values = valuesOf(measured, device, choices);
  const spans = spansOf(ecg.seconds, widest);
  const span = spans[look.window] ?? { from: 0, length: widest };
  const { printing, print, printed } = usePrint(series, ecg, look, reading);
  const words = useReportWords();
  const insert = () => {
    const c = inHand.chosen;
    const said = c ? words.caliper(c) : words.values(values, choices);
    if (said) onWords?.(said);
  };
  const hold = useHold({ calipers: inHand, seconds, change, insert: onWords && insert, print });
  useEcgKeys(
    // While marks are hidden, the key that shows them is the viewer's.
    (chord) =>
      calipers.hidden && chord === 'Shift+h'
        ? undefined
        : keyOf({ chord, look, chosen: inHand.chosen !== undefined, leads: ecg.leads.length, compared }),
    (k) => {
      if (k.do !== 'place') return hold(k);
      const made = fromBeats(k.kind, layOut(ecg, look.layout, span), measured.beats, ecg.rate);
      if (made) calipers.put({ ...made, id: newKey() });
      return true;
    },
  );
  return {
    ...{
      look,
      change,
      calipers,
      calipersBefore,
      choices,
      setChoices,
      measured,
      before,
      shown,
      shownBefore,
      device,
      values,
      spans,
      span,
    },
    ...{ printing, print, printed, insert: onWords && insert },
  };
}

interface Hold {
  calipers: Calipers;
  seconds: number; // of its recording
  change: (l: Partial<Look>) => void;
  insert: (() => void) | undefined;
  print: () => void;
}

/** What a key does; false where it is not the paper's. */
function useHold({ calipers, seconds, change, insert, print }: Hold) {
  const [end, setEnd] = useState<'a' | 'b' | 'both'>('b');
  return (k: Exclude<EcgKey, { do: 'place' }>): boolean => {
    const { chosen } = calipers;
    switch (k.do) {
      case 'look':
        change(k.change);
        return true;
      case 'move':
        if (chosen) calipers.put(moved(chosen, end, k.s, k.mv, seconds));
        return true;
      case 'end':
        setEnd(end === 'b' ? 'a' : end === 'a' ? 'both' : 'b');
        return true;
      case 'insert':
        insert?.();
        return insert !== undefined;
      case 'print':
        print();
        return true;
      case 'remove':
      case 'clear':
        calipers[k.do]();
        return true;
    }
  };
}

/** Prints once it is on record that it is printed. */
function usePrint(series: Series, ecg: Ecg, look: Look, reading: string | undefined) {
  const toast = useToast();
  const [printing, setPrinting] = useState(false);
  const printed = useCallback(() => setPrinting(false), []);
  const print = () => {
    const pages = printSpans(ecg, look).length;
    recordPrint(series.study, { what: 'ecg', pages, images: 1, paper: 'A4', layout: look.layout, reading })
      .then(() => setPrinting(true))
      .catch(toast.fail);
  };
  return { printing, print, printed };
}

/** What is measured, as words of a report. */
function useReportWords() {
  const { t } = useTranslation();
  const caliperText = useCaliperWords();
  return {
    caliper: (c: Parameters<typeof caliperText>[0]) => t('ecg.caliperWords', { lead: c.lead, words: caliperText(c) }),
    values: (values: readonly Value[], { correction }: Choices) =>
      lineOf(values, {
        name: (name) => t(`ecg.value.${name}`),
        unit: (unit) => t(`ecg.unit.${unit}`),
        origin: (origin) => (origin === 'doctor' ? '' : t(`ecg.originWords.${origin}`)),
        between: t('ecg.between'),
        correction: correction === 'bazett' ? 'Bazett' : 'Fridericia',
      }),
  };
}
