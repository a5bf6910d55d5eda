import type { RenderingEngine } from '@cornerstonejs/core';
import { expect, test, vi } from 'vitest';
import { disable, keepDrawing, quiet } from './contexts';

/** An engine whose panes a and b share a context. */
function engineOf() {
  const sizes = new Map([
    ['a', { width: 900, height: 800 }],
    ['b', { width: 300, height: 200 }],
  ]);
  const renderers = new Map([...sizes.keys()].map((id) => [id, {}]));
  const container = { width: 900, height: 800 };
  const context = {
    getRenderer: (id: string) => renderers.get(id),
    removeRenderer: (id: string) => renderers.delete(id),
    resize: vi.fn(),
  };
  const max = () => ({
    width: Math.max(0, ...[...sizes.values()].map((s) => s.width)),
    height: Math.max(0, ...[...sizes.values()].map((s) => s.height)),
  });
  const contextPool = {
    getContextIndexForViewport: (id: string) => (sizes.has(id) ? 0 : undefined),
    getContextByIndex: () => ({ context, container }),
    getMaxSizeForContext: max,
    removeViewport: (id: string) => sizes.delete(id),
  };
  const disableElement = vi.fn();
  const engine = { disableElement, _implementation: { contextPool } } as unknown as RenderingEngine;
  return { engine, renderers, container, context, disableElement };
}

test('a viewport that goes leaves nothing in its context, and the others are drawn at their own size', () => {
  const e = engineOf();
  disable(e.engine, 'a');
  expect(e.disableElement).toHaveBeenCalledWith('a');
  expect([...e.renderers.keys()]).toEqual(['b']);
  expect(e.container).toEqual({ width: 300, height: 200 });
  expect(e.context.resize).toHaveBeenCalledOnce();
  disable(e.engine, 'b');
  expect(e.renderers.size).toBe(0);
  expect(e.context.resize).toHaveBeenCalledOnce(); // nobody is left for whom
});

test('a viewport drawn by the processor, or an engine of another make, is only disabled', () => {
  const disableElement = vi.fn();
  disable({ disableElement } as unknown as RenderingEngine, 'a');
  expect(disableElement).toHaveBeenCalledWith('a');
  const e = engineOf();
  disable(e.engine, 'elsewhere');
  expect(e.renderers.size).toBe(2);
});

test('a size is taken when nothing waits to be drawn', async () => {
  const frames: (() => void)[] = [];
  vi.stubGlobal('requestAnimationFrame', (fn: () => void) => frames.push(fn));
  const of = { _animationFrameSet: true };
  let done = false;
  const waiting = quiet({ _implementation: of } as unknown as RenderingEngine).then(() => {
    done = true;
  });
  frames.shift()?.();
  await Promise.resolve();
  expect(done).toBe(false);
  await vi.waitFor(() => expect(frames.length).toBe(1));
  of._animationFrameSet = false;
  frames.shift()?.();
  await waiting;
  expect(done).toBe(true);
  vi.unstubAllGlobals();
});

test('pictures have a texture from the first, once for all contexts; a frame that fails is over', () => {
  const make = vi.fn((values: object) => values);
  const overrides: Record<string, typeof make> = { vtkImageMapper: make };
  const context = { getOpenGLRenderWindow: () => ({ getViewNodeFactory: () => ({ get: () => ({ overrides }) }) }) };
  const of = {
    contextPool: { getAllContexts: () => [context, context] },
    _animationFrameSet: true,
    _renderFlaggedViewports: () => {
      throw new Error('in the middle');
    },
  };
  const texture = {};
  keepDrawing({ _implementation: of } as unknown as RenderingEngine, () => texture);
  expect(overrides.vtkImageMapper?.({ a: 1 })).toEqual({ a: 1, openGLTexture: texture });
  expect(make).toHaveBeenCalledTimes(1);
  expect(of._renderFlaggedViewports).toThrow('in the middle');
  expect(of._animationFrameSet).toBe(false);
  keepDrawing({} as unknown as RenderingEngine, () => texture); // of another make
});
