import { describe, expect, it } from 'vitest';
import { chordOf, commandOf, holderOf, keyLines, keyOf, shownKey, withKey, withoutChange } from './keys.model';
import { defaultMouse, noPrefs, readPrefs } from './prefs.model';

const press = (key: string, more: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  target: document.body as EventTarget,
  ...more,
});

describe('keys', () => {
  it('number keys are windows, as far as there are any', () => {
    expect(commandOf(press('1'), 7)).toEqual({ do: 'preset', index: 0 });
    expect(commandOf(press('9'), 7)).toBeUndefined();
    expect(commandOf(press('1'), 0)).toBeUndefined();
    expect(commandOf(press('0'), 0)).toEqual({ do: 'auto' });
  });
  it('do nothing while somebody types, or with the browser’s modifiers', () => {
    expect(commandOf(press('w', { target: document.createElement('textarea') }), 0)).toBeUndefined();
    expect(commandOf(press('w', { ctrlKey: true }), 0)).toBeUndefined();
    expect(commandOf(press('W'), 0)).toEqual({ do: 'tool', tool: 'window' });
  });
  it('know modifiers of their own', () => {
    expect(commandOf(press('z', { ctrlKey: true }), 0)).toEqual({ do: 'undo' });
    expect(commandOf(press('z', { metaKey: true }), 0)).toEqual({ do: 'undo' });
    expect(commandOf(press('Z', { ctrlKey: true, shiftKey: true }), 0)).toEqual({ do: 'redo' });
    expect(commandOf(press('W', { shiftKey: true }), 0)).toEqual({ do: 'tool', tool: 'regionWindow' });
    expect(chordOf(press('?', { shiftKey: true }))).toBe('?');
    expect(chordOf(press('Shift', { shiftKey: true }))).toBeUndefined();
  });
  it('work on the scroll bar of a pane', () => {
    const range = document.createElement('input');
    range.type = 'range';
    expect(commandOf(press('l', { target: range }), 0)).toEqual({ do: 'tool', tool: 'length' });
  });
  it('belong to one command each', () => {
    const keys = keyLines({}).flatMap((l) => l.keys);
    expect(new Set(keys).size).toBe(keys.length);
    const names = keyLines({}).map((l) => l.name);
    expect(new Set(names).size).toBe(names.length);
  });
  it('are taken over from whoever has them', () => {
    const changed = withKey({}, 'tool.cobb', 'l');
    expect(commandOf(press('l'), 0, changed)).toEqual({ do: 'tool', tool: 'cobb' });
    expect(commandOf(press('u'), 0, changed)).toBeUndefined();
    expect(holderOf('l', changed)).toBe('tool.cobb');
    expect(keyOf({ do: 'tool', tool: 'length' }, changed)).toBe('');
    expect(keyOf({ do: 'tool', tool: 'length' }, {})).toBe('L');
    expect(withoutChange(withoutChange(changed, 'tool.cobb'), 'tool.length')).toEqual({});
  });
  it.each([
    ['Ctrl+Shift+z', 'Ctrl+Shift+Z'],
    ['Ctrl++', 'Ctrl++'],
    ['+', '+'],
    [' ', 'Space'],
    ['Shift+Delete', 'Shift+Del'],
  ])('%s reads %s', (chord, shown) => expect(shownKey(chord)).toBe(shown));
});

describe('choices', () => {
  it.each([null, '', 'x', '[]', '{"keys":3,"mouse":[],"windows":{}}'])('%s is none', (stored) =>
    expect(readPrefs(stored)).toEqual(noPrefs),
  );
  it('keep what is understood', () => {
    const stored = {
      keys: { reset: ['F5'], cine: 'c' },
      mouse: { right: 'zoom', middle: 'laser', wheel: 'zoom' },
      overlay: 'picture',
      lines: 'no',
      windows: [
        { name: '胰腺', modality: 'CT', center: 60, width: 200 },
        { name: '', modality: 'CT', center: 60, width: 200 },
        { name: 'x', modality: 'CT', center: 60, width: 0 },
      ],
    };
    expect(readPrefs(JSON.stringify(stored))).toEqual({
      keys: { reset: ['F5'] },
      mouse: { ...defaultMouse, right: 'zoom', wheel: 'zoom' },
      windows: [stored.windows[0]],
      overlay: 'picture',
      lines: true,
    });
  });
});
