/** Abbreviations: a few letters and Space or Tab become a sentence. Pure. */
import type { Macro } from '@/api/readings';

const standard: Readonly<Record<string, readonly Macro[]>> = {
  zh: [
    { key: 'wj', text: '未见明显异常。' },
    { key: 'jlc', text: '请结合临床。' },
    { key: 'jfc', text: '建议复查。' },
    { key: 'jzq', text: '建议增强扫描。' },
    { key: 'xq', text: '较前片相仿。' },
    { key: 'xjs', text: '较前片减少。' },
    { key: 'xzd', text: '较前片增大。' },
  ],
  en: [
    { key: 'nad', text: 'No abnormality detected.' },
    { key: 'cc', text: 'Correlate clinically.' },
    { key: 'fu', text: 'Follow-up is advised.' },
    { key: 'unch', text: 'Unchanged from the earlier study.' },
  ],
};

/** The person's own before those of the program. */
export function allMacros(own: readonly Macro[], language: string): Macro[] {
  const mine = new Set(own.map((m) => m.key.toLowerCase()));
  return [...own, ...(standard[language] ?? []).filter((m) => !mine.has(m.key))];
}

interface Expanded {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** The text with the abbreviation before the caret written out, from and to being its new words; undefined if none stands there. */
export function expand(text: string, caret: number, macros: readonly Macro[]): Expanded | undefined {
  const [word] = /[A-Za-z0-9]+$/.exec(text.slice(0, caret)) ?? [];
  const macro = word && macros.find((m) => m.key.toLowerCase() === word.toLowerCase());
  if (!word || !macro) return undefined;
  const from = caret - word.length;
  return {
    text: text.slice(0, from) + macro.text + text.slice(caret),
    from,
    to: from + macro.text.length,
  };
}

/** Why a list cannot be saved: a key with blanks, nothing written, or the same key twice. */
export function macrosTrouble(items: readonly Macro[]): { index: number; why: 'entry' | 'twice' } | undefined {
  const seen = new Set<string>();
  for (const [index, m] of items.entries()) {
    const key = m.key.trim().toLowerCase();
    if (!/^[a-z0-9]+$/.test(key) || m.text.trim() === '') return { index, why: 'entry' };
    if (seen.has(key)) return { index, why: 'twice' };
    seen.add(key);
  }
  return undefined;
}
