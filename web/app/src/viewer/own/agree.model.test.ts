import { describe, expect, it } from 'vitest';
import { agree } from './agree.model';

const zoom = { wheel: 'zoom' };
const scroll = { wheel: 'scroll' };

describe('agree', () => {
  it.each([
    ['nothing anywhere', undefined, {}, {}, {}, undefined, []],
    [
      'a new browser takes what the person chose elsewhere',
      undefined,
      { viewer: zoom },
      { viewer: scroll },
      { viewer: zoom },
      undefined,
      [],
    ],
    ['what only this browser knows goes up', undefined, {}, { viewer: zoom }, { viewer: zoom }, { viewer: zoom }, []],
    [
      'a change here goes up',
      { viewer: scroll },
      { viewer: scroll },
      { viewer: zoom },
      { viewer: zoom },
      { viewer: zoom },
      [],
    ],
    [
      'a change elsewhere comes',
      { viewer: scroll },
      { viewer: zoom },
      { viewer: scroll },
      { viewer: zoom },
      undefined,
      [],
    ],
    [
      'the same change is none',
      { viewer: scroll },
      { viewer: zoom },
      { viewer: zoom },
      { viewer: zoom },
      undefined,
      [],
    ],
    [
      'both changed it: the later one holds, and is told',
      { viewer: {} },
      { viewer: scroll },
      { viewer: zoom },
      { viewer: zoom },
      { viewer: zoom },
      ['viewer'],
    ],
    [
      'each changed another section',
      { viewer: {}, hanging: {} },
      { viewer: {}, hanging: scroll },
      { viewer: zoom, hanging: {} },
      { viewer: zoom, hanging: scroll },
      { viewer: zoom, hanging: scroll },
      [],
    ],
  ] as const)('%s', (_, base, server, local, wanted, push, overtaken) => {
    expect(agree(base, server, local)).toEqual({ local: wanted, push, overtaken });
  });
});
