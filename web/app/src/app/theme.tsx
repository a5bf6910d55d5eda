import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';

export type Tone = 'light' | 'dark';
export type ThemeChoice = 'auto' | Tone;

interface Theme {
  choice: ThemeChoice;
  tone: Tone;
  choose: (choice: ThemeChoice) => void;
  setPageTone: (tone: Tone) => void;
}

const stored = 'yilian.theme';
const ThemeContext = createContext<Theme>({
  choice: 'auto',
  tone: 'light',
  choose: () => undefined,
  setPageTone: () => undefined,
});

function firstChoice(): ThemeChoice {
  const value = localStorage.getItem(stored);
  return value === 'light' || value === 'dark' ? value : 'auto';
}

/** Light for offices, dark for reading, calls and the wall: the page says which, the person may overrule it. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<ThemeChoice>(firstChoice);
  const [pageTone, setPageTone] = useState<Tone>('light');
  const tone = choice === 'auto' ? pageTone : choice;
  useEffect(() => {
    document.documentElement.dataset.theme = tone;
  }, [tone]);
  const choose = useCallback((next: ThemeChoice) => {
    localStorage.setItem(stored, next);
    setChoice(next);
  }, []);
  const value = useMemo(() => ({ choice, tone, choose, setPageTone }), [choice, tone, choose]);
  return <ThemeContext value={value}>{children}</ThemeContext>;
}

export const useTheme = () => use(ThemeContext);

/** A page that is meant for a dark room says so for as long as it is shown. */
export function usePageTone(tone: Tone): void {
  const { setPageTone } = useTheme();
  useEffect(() => {
    setPageTone(tone);
    return () => setPageTone('light');
  }, [tone, setPageTone]);
}
