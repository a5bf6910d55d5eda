import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import { zh } from './zh';

export type Language = 'zh' | 'en';

const stored = 'yilian.language';

export function currentLanguage(): Language {
  return i18next.language === 'en' ? 'en' : 'zh';
}

function firstLanguage(): Language {
  const chosen = localStorage.getItem(stored);
  if (chosen === 'zh' || chosen === 'en') return chosen;
  return navigator.language.startsWith('en') ? 'en' : 'zh';
}

function markDocument(language: string): void {
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN';
}

/** Chinese first; English where it was chosen or the browser asks for it. */
export function startI18n(language: Language = firstLanguage()): void {
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'zh',
    resources: { zh: { translation: zh }, en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  markDocument(language);
  i18next.on('languageChanged', markDocument);
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(stored, language);
  void i18next.changeLanguage(language);
}
