import type { DictationSource, Why } from './dictation.model';

/** As much of the Web Speech API as is used; browsers have it under two names, or not at all. */
interface Recognition extends EventTarget {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  processLocally?: boolean;
  onresult: ((e: { resultIndex: number; results: ArrayLike<RecognitionResult> }) => void) | null;
  onerror: ((e: { error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  stop(): void;
}

type RecognitionResult = ArrayLike<{ transcript: string }> & { isFinal: boolean };
type RecognitionMaker = new () => Recognition;

declare global {
  interface Window {
    SpeechRecognition?: RecognitionMaker;
    webkitSpeechRecognition?: RecognitionMaker;
    /** A device's own dictation: whoever brings one sets it before a report is opened. */
    yilianDictation?: DictationSource;
  }
}

/** The source of dictation of this page: one that was brought, else the browser's; undefined where there is none. */
export function dictationSource(of: Pick<Window, 'yilianDictation' | 'SpeechRecognition' | 'webkitSpeechRecognition'>) {
  const Maker = of.SpeechRecognition ?? of.webkitSpeechRecognition;
  return of.yilianDictation ?? (Maker && browserSource(Maker));
}

const whys: Readonly<Record<string, Why>> = {
  'not-allowed': 'denied',
  'service-not-allowed': 'denied',
  'audio-capture': 'microphone',
  network: 'line',
};

function browserSource(Maker: RecognitionMaker): DictationSource {
  return {
    remote: true, // browsers may hear on the machine, and most do not say so
    start(language, hear) {
      const r = new Maker();
      let why: Why | undefined;
      let wanted = true;
      r.lang = language;
      r.continuous = true;
      r.interimResults = true;
      r.onresult = (e) => {
        for (let i = e.resultIndex; i < e.results.length; i++) {
          const result = e.results[i];
          const text = result?.[0]?.transcript;
          if (result && text) hear({ type: 'words', text, final: result.isFinal });
        }
      };
      r.onerror = (e) => {
        if (e.error !== 'no-speech' && e.error !== 'aborted') why = whys[e.error] ?? 'other';
      };
      r.onend = () => {
        // It stops by itself at a silence: as long as the writer wants it, it goes on.
        try {
          if (wanted && !why) return r.start();
        } catch {
          why = 'other';
        }
        hear({ type: 'ended', why });
      };
      r.start();
      return () => {
        wanted = false;
        r.stop();
      };
    },
  };
}
