import { expect, it } from 'vitest';
import { type Options, Waiting } from './waiting';

const pane: Options = { requestType: 'interaction' };
const planes: Options = { requestType: 'prefetch' };
const texture: Options = { requestType: 'interaction', targetBuffer: {} };

function all(...options: Options[]): Waiting {
  const waiting = new Waiting();
  for (const o of options) void waiting.wait('a', o);
  return waiting;
}

it('lets go of each once, and of those of one picture only', () => {
  const waiting = all(pane, planes);
  expect(waiting.take('b')).toEqual([]);
  expect(waiting.take('a')).toHaveLength(2);
  expect(waiting.take('a')).toEqual([]);
  expect(waiting.has('a')).toBe(false);
});

it('gives a preview to all but textures, which take pixels only', () => {
  const waiting = all(pane, texture, planes);
  expect(waiting.takeForPreview('a').map((w) => w.options)).toEqual([pane, planes]);
  expect(waiting.take('a').map((w) => w.options)).toEqual([texture]);
});

it('tells panes of a line that is down; what is fetched ahead waits on', async () => {
  const waiting = new Waiting();
  const told = waiting.wait('a', pane);
  let isSettled = false;
  const ahead = waiting.wait('a', planes);
  void ahead.finally(() => {
    isSettled = true;
  });
  for (const w of waiting.takeForPanes('a')) w.reject(new Error('down'));
  await expect(told).rejects.toThrow('down');
  expect(isSettled).toBe(false);
  expect(waiting.has('a')).toBe(true);
  expect(waiting.takeForPanes('a')).toEqual([]);
});
