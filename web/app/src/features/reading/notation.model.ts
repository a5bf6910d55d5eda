/** Templates as plain text, for those who write them: one organ a line, its abnormal texts below it. Pure. */
import type { TemplateLine } from '@/api/readings';

const arrow = '=>';

/**
 *     肺：双肺纹理清晰。
 *     - 结节：[左|右]肺见结节，约[# mm]。 => {1}肺结节，约{2}。
 */
export function printLines(lines: readonly TemplateLine[]): string {
  return lines
    .flatMap((l) => [
      `${l.organ}：${l.normal}`,
      ...(l.variants ?? []).map((v) => `- ${v.name}：${v.text}${v.impression ? ` ${arrow} ${v.impression}` : ''}`),
    ])
    .join('\n');
}

type Parsed =
  | { readonly ok: true; readonly lines: TemplateLine[] }
  | { readonly ok: false; readonly line: number; readonly why: 'colon' | 'orphan' };

export function parseLines(text: string): Parsed {
  const lines: TemplateLine[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const l = raw.trim();
    if (l === '') continue;
    const variant = /^[-–—]\s*/.exec(l);
    const [, name, rest] = /^([^：:]+)[：:](.*)$/.exec(variant ? l.slice(variant[0].length) : l) ?? [];
    if (name === undefined || rest === undefined) return { ok: false, line: i + 1, why: 'colon' };
    if (!variant) {
      lines.push({ organ: name.trim(), normal: rest.trim(), variants: [] });
      continue;
    }
    const last = lines.at(-1);
    if (!last) return { ok: false, line: i + 1, why: 'orphan' };
    const [words = '', impression = ''] = rest.split(arrow);
    last.variants?.push({ name: name.trim(), text: words.trim(), impression: impression.trim() });
  }
  return { ok: true, lines };
}

/** The lines of a text that somebody wrote freely, as a template of their own: each begins with its organ. */
export function linesOfText(findings: string): TemplateLine[] {
  return findings.split('\n').flatMap((l) => {
    const text = l.trim();
    if (text === '') return [];
    const plain = text.replace(/\[[^\]]*\]/g, ''); // a blank is no organ
    const organ = /^[^，。；：,.;:未见示呈大小]{1,8}/.exec(plain)?.[0].trim() || plain.slice(0, 4);
    return [{ organ, normal: text, variants: [] }];
  });
}
