import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { durationParts } from '@/ui/time.model';

export interface Format {
  time: (iso: string | number | undefined) => string;
  timeSeconds: (at: number) => string;
  date: (iso: string | number | undefined) => string;
  dateTime: (iso: string | number | undefined) => string;
  /** 11/21 */
  day: (iso: string | number | undefined) => string;
  /** Time alone today, with the day otherwise. */
  moment: (iso: string | number | undefined, now?: number) => string;
  weekday: (at: number) => string;
  /** 1分20秒, 1 min 20 s. */
  duration: (seconds: number) => string;
  size: (bytes: number) => string;
  number: (value: number) => string;
  /** 甲、乙; A, B. */
  list: (words: readonly string[]) => string;
}

const valid = (value: string | number | undefined): value is string | number => value !== undefined && value !== '';

/** Dates and durations in the person's language and time zone. */
export function useFormat(): Format {
  const { t, i18n } = useTranslation();
  const language = i18n.language === 'en' ? 'en-GB' : 'zh-CN';
  return useMemo(() => {
    const make = (options: Intl.DateTimeFormatOptions) => {
      const format = new Intl.DateTimeFormat(language, { hourCycle: 'h23', ...options });
      return (at: string | number | undefined) => (valid(at) ? format.format(new Date(at)) : '');
    };
    const time = make({ hour: '2-digit', minute: '2-digit' });
    const day = make({ month: 'numeric', day: 'numeric' });
    const dateTime = make({ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' });
    const integer = new Intl.NumberFormat(language);
    return {
      time,
      timeSeconds: make({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
      date: make({ year: 'numeric', month: '2-digit', day: '2-digit' }),
      dateTime,
      day,
      weekday: make({ weekday: 'short' }),
      moment: (iso, now = Date.now()) => {
        if (!valid(iso)) return '';
        const same = new Date(iso).toDateString() === new Date(now).toDateString();
        return same ? time(iso) : `${day(iso)} ${time(iso)}`;
      },
      duration: (seconds) => {
        const { days, hours, minutes, seconds: rest } = durationParts(seconds);
        if (days > 0) return t('time.days', { days, hours });
        if (hours > 0) return t('time.hours', { hours, minutes });
        if (minutes >= 10 || (minutes > 0 && rest === 0)) return t('time.minutes', { minutes });
        if (minutes > 0) return t('time.minutesSeconds', { minutes, seconds: rest });
        return t('time.seconds', { seconds: rest });
      },
      size: (bytes) => {
        if (bytes >= 1e12) return `${(bytes / 1e12).toFixed(1)} TB`;
        if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
        return bytes < 1e6
          ? `${integer.format(Math.max(1, Math.round(bytes / 1e3)))} KB`
          : `${(bytes / 1e6).toFixed(1)} MB`;
      },
      number: (value) => integer.format(value),
      list: (words) => words.join(language === 'zh-CN' ? '、' : ', '),
    };
  }, [t, language]);
}
