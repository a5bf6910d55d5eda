import { useEffect, useRef, useState } from 'react';
import { type Call, isHeard, nextSpeaker, type Speaking, silence } from '@/call';

const everyMs = 200;

interface Heard {
  speaker: string;
  heard: readonly string[];
}

const nobody: Heard = { speaker: '', heard: [] };

/** Who speaks, and everybody who is heard at this moment; nothing is drawn anew while it stays the same. */
export function useSpeaker(call: Call, wanted: boolean): Heard {
  const [shown, setShown] = useState(nobody);
  const now = useRef<Speaking>(silence);
  useEffect(() => {
    if (!wanted) return;
    const timer = setInterval(() => {
      now.current = nextSpeaker(now.current, call.levels(), performance.now());
      const { id } = now.current;
      const heard = Object.keys(now.current.loud).filter((one) => isHeard(now.current, one));
      setShown((old) => (old.speaker === id && old.heard.join() === heard.join() ? old : { speaker: id, heard }));
    }, everyMs);
    return () => clearInterval(timer);
  }, [call, wanted]);
  return shown;
}
