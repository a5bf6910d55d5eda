import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from './en';
import { zh } from './zh';

type Tree = { [key: string]: string | readonly string[] | Tree };

function leaves(tree: Tree, prefix = ''): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (typeof value === 'string') all.set(path, value);
    else if (Array.isArray(value)) all.set(path, value.join('\n'));
    else for (const [inner, text] of leaves(value as Tree, path)) all.set(inner, text);
  }
  return all;
}

const placeholders = (text: string) =>
  [...new Set(text.match(/\{\{\s*\w+/g) ?? [])].map((p) => p.replace(/\W/g, '')).sort();
const singular = (key: string) => key.replace(/_(one|other|zero)$/, '');

describe('texts', () => {
  const chinese = leaves(zh as Tree);
  const english = leaves(en as Tree);

  it('has every text in both languages', () => {
    const zhKeys = new Set([...chinese.keys()].map(singular));
    const enKeys = new Set([...english.keys()].map(singular));
    expect([...zhKeys].filter((key) => !enKeys.has(key))).toEqual([]);
    expect([...enKeys].filter((key) => !zhKeys.has(key))).toEqual([]);
  });

  it('fills the same values into both', () => {
    for (const [key, text] of chinese) {
      const other = english.get(key) ?? english.get(`${key}_other`);
      if (other !== undefined) expect([key, placeholders(other)]).toEqual([key, placeholders(text)]);
    }
  });

  it('leaves nothing empty and no Chinese in the English', () => {
    for (const [key, text] of [...chinese, ...english]) expect([key, text.trim() !== '']).toEqual([key, true]);
    for (const [key, text] of english) {
      if (key !== 'shell.otherLanguage') expect([key, /[\u4e00-\u9fff]/.test(text)]).toEqual([key, false]);
    }
  });

  it('keeps no text that no page shows', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
    const shown = files.filter((file) => !/^i18n.(zh|en).|\.test\./.test(file));
    const source = shown.map((file) => readFileSync(`src/${file}`, 'utf8')).join('\n');
    // `kind.${kind}` shows every text that begins so.
    const beginnings = [...source.matchAll(/`([a-zA-Z]+\.[\w.]*)\$\{/g)].map((match) => match[1] ?? '');
    const isShown = (key: string) =>
      source.includes(`'${singular(key)}'`) || beginnings.some((start) => key.startsWith(start));
    expect([...chinese.keys()].filter((key) => !isShown(key))).toEqual([]);
  });
});
