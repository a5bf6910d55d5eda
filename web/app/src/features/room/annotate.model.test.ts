import { describe, expect, it } from 'vitest';
import { arrowHead, blank, type Drawing, draw, type Move } from './annotate.model';

const play = (moves: Move[], from: Drawing = blank) => moves.reduce(draw, from);
const at = (x: number, y: number) => ({ x, y });

describe('a drawing', () => {
  it('takes a line of the pen, without its jitter', () => {
    const d = play([
      { is: 'down', tool: 'pen', at: at(0, 0) },
      { is: 'move', at: at(0.001, 0) },
      { is: 'move', at: at(0.1, 0.1) },
      { is: 'up' },
    ]);
    expect(d).toEqual({ done: [{ is: 'pen', points: [at(0, 0), at(0.1, 0.1)] }], now: undefined });
  });

  it('takes no arrow without a length, and no dot', () => {
    expect(play([{ is: 'down', tool: 'arrow', at: at(0.5, 0.5) }, { is: 'up' }]).done).toEqual([]);
    expect(play([{ is: 'down', tool: 'pen', at: at(0.5, 0.5) }, { is: 'up' }]).done).toEqual([]);
    expect(
      play([{ is: 'down', tool: 'arrow', at: at(0, 0) }, { is: 'move', at: at(1, 0) }, { is: 'up' }]).done,
    ).toHaveLength(1);
  });

  it('waits for the words of a text; none is no text', () => {
    const d = play([{ is: 'down', tool: 'text', at: at(0.2, 0.2) }, { is: 'up' }]);
    expect(d.now?.is).toBe('text');
    expect(draw(d, { is: 'write', text: ' 穿孔 ' }).done).toEqual([{ is: 'text', at: at(0.2, 0.2), text: '穿孔' }]);
    expect(draw(d, { is: 'write', text: ' ' })).toEqual(blank);
  });

  it('is undone from the last, first what is begun', () => {
    const two = play([
      { is: 'down', tool: 'arrow', at: at(0, 0) },
      { is: 'move', at: at(1, 1) },
      { is: 'up' },
      { is: 'down', tool: 'text', at: at(0, 0) },
    ]);
    const one = draw(two, { is: 'undo' });
    expect(one).toMatchObject({ now: undefined, done: [{ is: 'arrow' }] });
    expect(draw(draw(one, { is: 'undo' }), { is: 'undo' })).toEqual(blank);
  });

  it('has heads that point', () => {
    const [a, b] = arrowHead(at(0, 0), at(100, 0), 20);
    expect(a.x).toBeLessThan(100);
    expect(a.y).toBeCloseTo(-b.y);
  });
});
