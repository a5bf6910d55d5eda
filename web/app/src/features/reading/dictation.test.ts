import { describe, expect, it, vi } from 'vitest';
import { dictationSource } from './dictation';
import { type DictationSource, type Heard, nextDictating, written } from './dictation.model';

describe('what is said, written', () => {
  it.each([
    ['zh-CN', '右肺上叶见结节逗号直径约8毫米句号换行左肺未见异常句号', '右肺上叶见结节，直径约8 mm。\n左肺未见异常。'],
    ['zh-CN', '大小约12乘以10毫米', '大小约12 × 10 mm'],
    ['zh-CN', '左侧 左括号 上叶 右括号', '左侧（上叶）'],
    ['zh-CN', '双肺纹理清晰，句号', '双肺纹理清晰。'],
    [
      'en-GB',
      'nodule of 8 millimetres comma smooth full stop new line no effusion period',
      'nodule of 8 mm, smooth.\nno effusion.',
    ],
  ])('%s %s', (language, heard, text) => expect(written(heard, language)).toBe(text));
});

it('shows what is not certain yet, and why it ended', () => {
  const on = nextDictating({ phase: 'off' }, { type: 'start' });
  const hearing = nextDictating(on, { type: 'words', text: '右肺', final: false });
  expect(hearing).toEqual({ phase: 'on', interim: '右肺' });
  expect(nextDictating(hearing, { type: 'words', text: '右肺结节', final: true })).toEqual({
    phase: 'on',
    interim: '',
  });
  expect(nextDictating(on, { type: 'ended', why: 'denied' })).toEqual({ phase: 'failed', why: 'denied' });
  expect(nextDictating(on, { type: 'ended' })).toEqual({ phase: 'off' });
});

type Result = ArrayLike<{ transcript: string }> & { isFinal: boolean };

/** A browser's recognition that says what the test wants. */
class Fake extends EventTarget {
  static last: Fake | undefined;
  lang = '';
  continuous = false;
  interimResults = false;
  onresult: ((e: { resultIndex: number; results: ArrayLike<Result> }) => void) | null = null;
  onerror: ((e: { error: string }) => void) | null = null;
  onend: (() => void) | null = null;
  starts = 0;
  constructor() {
    super();
    Fake.last = this;
  }
  start() {
    this.starts++;
  }
  stop() {
    this.onend?.();
  }
  say(transcript: string, isFinal: boolean) {
    this.onresult?.({ resultIndex: 0, results: [Object.assign([{ transcript }], { isFinal })] });
  }
}

describe('the browser as a source', () => {
  const listen = () => {
    const heard: Heard[] = [];
    const stop = dictationSource({ webkitSpeechRecognition: Fake })?.start('zh-CN', (h) => heard.push(h));
    return { heard, stop, fake: Fake.last as Fake };
  };

  it('tells words, goes on over a silence, and ends when it is told to', () => {
    const { heard, stop, fake } = listen();
    fake.say('右肺', false);
    fake.say('右肺结节', true);
    fake.onerror?.({ error: 'no-speech' });
    fake.onend?.();
    expect(fake.starts).toBe(2);
    stop?.();
    expect(heard).toEqual([
      { type: 'words', text: '右肺', final: false },
      { type: 'words', text: '右肺结节', final: true },
      { type: 'ended', why: undefined },
    ]);
  });

  it.each([
    ['not-allowed', 'denied'],
    ['audio-capture', 'microphone'],
    ['network', 'line'],
    ['language-not-supported', 'other'],
  ])('ends with its reason: %s', (error, why) => {
    const { heard, fake } = listen();
    fake.onerror?.({ error });
    fake.onend?.();
    expect(heard).toEqual([{ type: 'ended', why }]);
    expect(fake.starts).toBe(1);
  });

  it('ends where it cannot go on after a silence', () => {
    const { heard, fake } = listen();
    fake.start = () => {
      throw new Error('in use elsewhere');
    };
    fake.onend?.();
    expect(heard).toEqual([{ type: 'ended', why: 'other' }]);
  });

  it('gives way to one that was brought; there may be none', () => {
    const own: DictationSource = { remote: false, start: vi.fn() };
    expect(dictationSource({ yilianDictation: own, webkitSpeechRecognition: Fake })).toBe(own);
    expect(dictationSource({})).toBeUndefined();
  });
});
