import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolName } from '../tools';
import { PlaneHands } from './plane-hands';

let element: HTMLDivElement;
let done: [string, ...number[]][];
let tool: ToolName;
let hands: PlaneHands;

beforeEach(() => {
  element = document.createElement('div');
  element.setPointerCapture = () => {};
  done = [];
  tool = 'pan';
  hands = new PlaneHands(element, {
    handOf: (button) => (button === 2 ? 'window' : tool),
    moved: ({ x, y }) => done.push(['moved', x, y]),
    zoomed: (factor) => done.push(['zoomed', factor]),
    windowed: ({ x, y }) => done.push(['windowed', x, y]),
    turned: (slices) => done.push(['turned', slices]),
  });
});

afterEach(() => hands.destroy());

/** A finger or the mouse: an event with what is used of it. */
function point(type: string, id: number, x: number, y: number, button = 0): void {
  element.dispatchEvent(Object.assign(new Event(type), { pointerId: id, clientX: x, clientY: y, button }));
}

function wheel(deltaY: number, ctrlKey = false): void {
  element.dispatchEvent(Object.assign(new Event('wheel'), { deltaY, deltaMode: 0, ctrlKey }));
}

describe('hands on a plane', () => {
  it('do what their button does, and nothing after they let go', () => {
    point('pointermove', 1, 5, 5);
    point('pointerdown', 1, 10, 10);
    point('pointermove', 1, 14, 7);
    point('pointerup', 1, 14, 7);
    point('pointermove', 1, 20, 20);
    point('pointerdown', 1, 0, 0, 2);
    point('pointermove', 1, 30, 0);
    expect(done).toEqual([
      ['moved', 4, -3],
      ['windowed', 30, 0],
    ]);
  });

  it('turn a slice for each eight pixels, and lose none of them', () => {
    tool = 'scroll';
    point('pointerdown', 1, 0, 0);
    for (const y of [5, 10, 15, 20, -4]) point('pointermove', 1, 0, y);
    expect(done).toEqual([
      ['turned', 1],
      ['turned', 1],
      ['turned', -2],
    ]);
  });

  it('enlarge with two fingers what is between them, whatever one finger does', () => {
    tool = 'scroll';
    point('pointerdown', 1, 0, 0);
    point('pointerdown', 2, 100, 0);
    point('pointermove', 2, 200, 0);
    expect(done).toEqual([
      ['zoomed', 2],
      ['moved', 50, 0],
    ]);
    point('pointercancel', 1, 0, 0);
    done = [];
    point('pointermove', 2, 200, 8);
    expect(done).toEqual([['turned', 1]]);
  });

  it('enlarge by a drag, and by the wheel with Ctrl', () => {
    tool = 'zoom';
    point('pointerdown', 1, 0, 0);
    point('pointermove', 1, 0, 120);
    wheel(-100, true);
    expect(done).toEqual([
      ['zoomed', 2],
      ['zoomed', 1.1],
    ]);
  });

  it('turn by the wheel', () => {
    wheel(120);
    wheel(-120);
    expect(done).toEqual([
      ['turned', 1],
      ['turned', -1],
    ]);
  });
});
