import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(__dirname, '../..');

/** Every file of the page that is code and no test. */
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((f) => /\.tsx?$/.test(f) && !/\.test\.tsx?$|schema\.d\.ts$/.test(f))
  .map((f) => ({ name: f, text: bare(readFileSync(join(source, f), 'utf8')) }));

/** Without comments, which may speak of anything. */
function bare(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

/**
 * What some browser of the three does not have, or only on secure pages, and how a file may ask before it is used. Safari lacks
 * the memory and the line of a machine and its monitors; Firefox the recogniser of speech; a page without TLS the clipboard, keys
 * that cannot be taken out, camera and wake lock.
 */
const guarded: readonly [api: string, used: RegExp, guard: RegExp][] = [
  ['deviceMemory', /\.deviceMemory\b/, /readonly deviceMemory\?|deviceMemory' in/],
  ['connection', /navigator\.connection\b/, /'connection' in navigator/],
  ['getScreenDetails', /\.getScreenDetails\b/, /'getScreenDetails' in window/],
  ['SpeechRecognition', /\.SpeechRecognition\b/, /\?\? of\.webkitSpeechRecognition/],
  ['clipboard', /navigator\.clipboard\b/, /navigator\.clipboard\?\./],
  ['wakeLock', /navigator\.wakeLock\b/, /'wakeLock' in navigator/],
  ['crypto.subtle', /crypto\.subtle\b/, /crypto\?\.subtle/],
  ['createImageBitmap', /\bcreateImageBitmap\(/, /typeof createImageBitmap|catch/],
];

/** What is not in every browser that is supported (Chromium 111, Firefox 115, Safari 16.4), and has no place here at all. */
const never: readonly [api: string, used: RegExp][] = [
  ['crypto.randomUUID', /crypto\.randomUUID/],
  ['SharedArrayBuffer', /\bnew SharedArrayBuffer/],
  ['OffscreenCanvas', /\bnew OffscreenCanvas/],
  ['requestIdleCallback', /\brequestIdleCallback\(/],
  ['scheduler', /\bscheduler\.(yield|postTask)/],
  ['Promise.withResolvers', /Promise\.withResolvers/],
  ['Object.groupBy', /Object\.groupBy/],
  ['Set methods', /\.(isSubsetOf|symmetricDifference|isDisjointFrom)\(/],
  ['iterator helpers', /\.(values|keys|entries)\(\)\.(map|filter|take|drop|some|every|toArray)\(/],
  ['Array.fromAsync', /Array\.fromAsync/],
  ['Uint8Array base64', /\.(toBase64|toHex)\(|fromBase64\(/],
  ['AbortSignal.any', /AbortSignal\.any\(/],
  ['Response.bytes', /\bres(ponse)?\.bytes\(\)/],
];

describe('no browser is asked for what it may not have', () => {
  it('finds the sources', () => expect(files.length).toBeGreaterThan(200));

  it.each(guarded)('%s is asked for first', (_, used, guard) => {
    const users = files.filter((f) => used.test(f.text));
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((f) => !guard.test(f.text)).map((f) => f.name)).toEqual([]);
  });

  it.each(never)('%s is not used', (_, used) => {
    expect(files.filter((f) => used.test(f.text)).map((f) => f.name)).toEqual([]);
  });
});
