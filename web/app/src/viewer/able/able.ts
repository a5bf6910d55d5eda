/** Looks at the browser once, and remembers what the graphics card did later. React subscribes. */
import { type Able, ableOf, type Features } from './able.model';

function look(): Features {
  const n: Navigator & { readonly deviceMemory?: number } = navigator;
  return {
    webgl2: hasWebGL2(),
    wasm: typeof WebAssembly === 'object',
    workers: typeof Worker === 'function',
    coarse: window.matchMedia('(pointer: coarse)').matches,
    gigabytes: n.deviceMemory,
    cores: n.hardwareConcurrency || undefined,
  };
}

/** Tried, not asked for: a browser may know WebGL and refuse it on this machine. */
function hasWebGL2(): boolean {
  try {
    const gl = document.createElement('canvas').getContext('webgl2');
    gl?.getExtension('WEBGL_lose_context')?.loseContext(); // a page has few of them
    return gl !== null;
  } catch {
    return false;
  }
}

class Machine {
  readonly #listeners = new Set<() => void>();
  #features: Features | undefined;
  #able: Able | undefined;

  /** What is offered now. */
  get able(): Able {
    this.#features ??= look();
    this.#able ??= ableOf(this.#features);
    return this.#able;
  }

  /** The graphics card is given up for the rest of the page's life. */
  giveUp(): void {
    this.#able = ableOf(this.#features ?? look(), true);
    for (const fn of this.#listeners) fn();
  }

  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  snapshot = (): Able => this.able;
}

export const machine = new Machine();
