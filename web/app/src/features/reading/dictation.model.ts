/** Words that were heard, as words of a report: spoken punctuation, units, line ends. Pure. */

/** Why nothing is heard: no leave to listen, nothing to listen with, no line to who understands; or something else. */
export type Why = 'denied' | 'microphone' | 'line' | 'other';

/** What a source of dictation tells. */
export type Heard =
  | { readonly type: 'words'; readonly text: string; readonly final: boolean }
  | { readonly type: 'ended'; readonly why?: Why };

/**
 * Somebody or something that listens: the browser's speech recognition, or a device's own (set as window.yilianDictation).
 * start() listens in a language (zh-CN, en-GB) until the function that it answers is called, or until it tells 'ended'.
 */
export interface DictationSource {
  /** Does what is said leave this machine? Then the writer is asked first. */
  readonly remote: boolean;
  start(language: string, hear: (heard: Heard) => void): () => void;
}

const chinese: readonly (readonly [RegExp, string])[] = [
  [/[，。、；：]?(?:换行|另起一行|新段落|下一段)[，。]?/g, '\n'],
  [/[，。]?句号[，。]?/g, '。'],
  [/[，。]?逗号[，。]?/g, '，'],
  [/顿号/g, '、'],
  [/[，。]?分号[，。]?/g, '；'],
  [/冒号/g, '：'],
  [/左括号/g, '（'],
  [/右括号/g, '）'],
  [/百分号/g, '%'],
  [/(\d)\s*(?:乘以|乘)\s*(\d)/g, '$1 × $2'],
  [/(\d)\s*毫米/g, '$1 mm'],
  [/(\d)\s*厘米/g, '$1 cm'],
];

const english: readonly (readonly [RegExp, string])[] = [
  [/\s*\b(?:new line|new paragraph)\b\s*/gi, '\n'],
  [/\s*\b(?:full stop|period)\b/gi, '.'],
  [/\s*\bcomma\b/gi, ','],
  [/\s*\bsemicolon\b/gi, ';'],
  [/\s*\bcolon\b/gi, ':'],
  [/\bopen bracket\b\s*/gi, '('],
  [/\s*\bclose bracket\b/gi, ')'],
  [/(\d)\s*(?:times|by)\s*(\d)/gi, '$1 × $2'],
  [/(\d)\s*milli(?:meters|metres|meter|metre)\b/gi, '$1 mm'],
  [/(\d)\s*centi(?:meters|metres|meter|metre)\b/gi, '$1 cm'],
];

/** What was said, as it is written. */
export function written(heard: string, language: string): string {
  const table = language.startsWith('zh') ? chinese : english;
  const text = table.reduce((all, [from, to]) => all.replace(from, to), heard.trim());
  if (!language.startsWith('zh')) return text;
  return text.replace(/([\p{Script=Han}，。；：、（）])[ \t]+(?=[\p{Script=Han}，。；：、（）])/gu, '$1');
}

type Dictating =
  | { readonly phase: 'off' }
  | { readonly phase: 'on'; readonly interim: string }
  | { readonly phase: 'failed'; readonly why: Why };

/** What the button shows; words that are certain are given out elsewhere. */
export function nextDictating(s: Dictating, e: Heard | { readonly type: 'start' | 'stop' }): Dictating {
  switch (e.type) {
    case 'start':
      return { phase: 'on', interim: '' };
    case 'stop':
      return { phase: 'off' };
    case 'words':
      return s.phase === 'on' ? { phase: 'on', interim: e.final ? '' : e.text } : s;
    case 'ended':
      return e.why ? { phase: 'failed', why: e.why } : { phase: 'off' };
  }
}
