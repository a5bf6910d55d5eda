const units: Record<string, string> = { 岁: 'y', 月: 'mo', 天: 'd' };

/** The age as the service says it (`36岁`, `8月`, `3天`) in the words of a language: `36 y`, `8 mo`, `3 d`. */
export function ageText(age: string | undefined, language: string): string {
  if (!age || language !== 'en') return age ?? '';
  const [, years, unit] = /^(\d+)\s*(岁|月|天)$/.exec(age) ?? [];
  return years && unit ? `${years} ${units[unit]}` : age;
}
