import { useCallback, useEffect, useRef, useState } from 'react';

type Stage = { at: 'still' } | { at: 'loading'; done: number; all: number };

const patience = 60_000; // ms for all pictures to come

/** Shows the sheets for printing, waits until their pictures are there, and prints them. */
export function useFilmPrint() {
  const [stage, setStage] = useState<Stage>({ at: 'still' });
  const [printing, setPrinting] = useState(false);
  const end = useCallback(() => {
    setPrinting(false);
    setStage({ at: 'still' });
  }, []);
  const running = useRef(false);
  useEffect(() => {
    if (!printing) return;
    running.current = true;
    window.addEventListener('afterprint', end);
    void ready((done, all) => setStage({ at: 'loading', done, all })).then(() => running.current && window.print());
    return () => {
      running.current = false;
      window.removeEventListener('afterprint', end);
    };
  }, [printing, end]);
  return { stage, printing, print: () => setPrinting(true) };
}

/** Waits for each picture on the sheets, the ones that fail included. */
async function ready(progress: (done: number, all: number) => void): Promise<void> {
  await new Promise(requestAnimationFrame);
  const pictures = [...document.querySelectorAll<HTMLImageElement>('.printed img')];
  let done = 0;
  progress(0, pictures.length);
  const each = pictures.map(async (p) => {
    await p.decode().catch(() => undefined);
    progress(++done, pictures.length);
  });
  await Promise.race([Promise.all(each), new Promise((r) => setTimeout(r, patience))]);
}
