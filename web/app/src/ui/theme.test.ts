import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

// WCAG 2.2, 1.4.3 and 1.4.6: what is written must be readable, numbers that decide from further away.
const css = readFileSync('src/ui/theme.css', 'utf8');
const colours = (block: string) =>
  new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((m) => [m[1] ?? '', m[2] ?? '']));
const dark = css.indexOf('[data-theme="dark"] {');
const palettes = { light: colours(css.slice(0, dark)), dark: colours(css.slice(dark)) };

function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [light, deep] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (deep + 0.05);
}

const grounds = ['bg', 'surface', 'sunk', 'hover', 'select', 'raised'];
const pairs: [string, string, number][] = [
  ...['ink', 'ink-2', 'ink-3', 'rescue-ink', 'urgent-ink', 'assist-ink', 'done'].flatMap((ink) =>
    grounds.map((ground): [string, string, number] => [ink, ground, 4.5]),
  ),
  ...['rescue', 'urgent', 'assist'].flatMap((kind): [string, string, number][] => [
    [`${kind}-ink`, `${kind}-bg`, 4.5],
    [`on-${kind}`, kind, 4.5],
    ['ink', `${kind}-bg`, 7],
  ]),
  ['on-accent', 'accent', 7],
  // Waiting clocks.
  ['ink', 'surface', 7],
  ['urgent-ink', 'surface', 6.5],
  ['rescue-ink', 'surface', 7],
];

describe.each(Object.entries(palettes))('contrast, %s', (_, palette) => {
  it.each(pairs)('%s on %s is at least %s', (ink, ground, least) => {
    const [a, b] = [palette.get(ink), palette.get(ground)];
    if (!a || !b) throw new Error(`${ink} or ${ground} is no colour of the theme`);
    expect(contrast(a, b)).toBeGreaterThanOrEqual(least);
  });
});
