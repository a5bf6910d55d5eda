import { beforeEach, describe, expect, it } from 'vitest';
import type { KeptPreferences } from '@/api/preferences';
import { type Agreed, Keeping, type Ports, type Saved } from './keeping';

type Sections = KeptPreferences['sections'];

const scroll = { wheel: 'scroll' };
const zoom = { wheel: 'zoom' };
const pan = { wheel: 'pan' };

/** One server, compare-and-set. */
class Server {
  now: KeptPreferences = { version: 1, sections: { viewer: scroll } };
  saves = 0;

  save(version: number, sections: Sections): Saved {
    this.saves++;
    if (version !== this.now.version) return 'stale';
    this.now = { version: version + 1, sections };
    return { kept: this.now };
  }
}

/** What all windows of one browser share. */
interface Browser {
  local: Sections;
  agreed: Agreed | undefined;
}

/** One window; what it heard last is what its page would show. */
class Window implements Ports {
  cache: KeptPreferences | undefined;
  toasts = 0;
  line = true;
  /** Runs once, while a saving is on its way. */
  meanwhile: (() => void) | undefined;
  readonly keeping = new Keeping(this);

  constructor(
    private readonly server: Server,
    private readonly browser: Browser,
  ) {}

  heard = () => this.cache;
  ask = async () => (this.line ? this.hears() : undefined);
  hears() {
    this.cache = this.server.now;
    return this.cache;
  }
  save = async (version: number, sections: Sections): Promise<Saved> => {
    if (!this.line) return 'offline';
    const first = this.meanwhile;
    this.meanwhile = undefined;
    first?.();
    const saved = this.server.save(version, sections);
    await Promise.resolve();
    if (typeof saved === 'object') this.cache = saved.kept;
    return saved;
  };
  local = () => this.browser.local;
  store = (sections: Sections) => {
    this.browser.local = sections;
  };
  agreed = () => this.browser.agreed;
  settle = (agreed: Agreed) => {
    this.browser.agreed = agreed;
  };
  overtaken = () => {
    this.toasts++;
  };
  /** As somebody chooses. */
  choose(viewer: unknown) {
    this.browser.local = { ...this.browser.local, viewer };
    return this.keeping.look();
  }
}

const browser = (): Browser => ({ local: {}, agreed: undefined });

let server: Server;
let here: Window;
let there: Window;
beforeEach(async () => {
  server = new Server();
  here = new Window(server, browser());
  there = new Window(server, browser());
  for (const w of [here, there]) {
    w.hears();
    await w.keeping.look();
  }
});

describe('two machines', () => {
  it('one follows what the other chose, and sends nothing back', async () => {
    await here.choose(zoom);
    there.hears(); // the hint
    await there.keeping.look();
    expect(there.local()).toEqual({ viewer: zoom });
    expect(server.saves).toBe(1);
  });

  it('the slower of two chooses last and is told', async () => {
    await here.choose(zoom);
    await there.choose(pan);
    expect(server.now).toEqual({ version: 3, sections: { viewer: pan } });
    expect([here.toasts, there.toasts]).toEqual([0, 1]);
    here.hears();
    await here.keeping.look();
    expect(here.local()).toEqual({ viewer: pan });
  });

  it('a hint that comes while a saving is on its way is not lost', async () => {
    there.meanwhile = () => {
      server.save(1, { viewer: scroll, hanging: zoom });
      there.hears();
      void there.keeping.look();
    };
    await there.choose(pan);
    expect(there.local()).toEqual({ viewer: pan, hanging: zoom });
    expect(server.now.sections).toEqual({ viewer: pan, hanging: zoom });
  });

  it('what was chosen without a line stands, and goes when it is back', async () => {
    there.line = false;
    await there.choose(pan);
    expect(there.local()).toEqual({ viewer: pan });
    there.line = true;
    await there.keeping.look();
    expect(server.now.sections).toEqual({ viewer: pan });
  });

  it('gives way when somebody else is first again and again', async () => {
    const save = there.save;
    there.save = (version, sections) => {
      server.now = { version: server.now.version + 1, sections: { viewer: scroll, hanging: server.saves } };
      return save(version, sections);
    };
    await there.choose(pan);
    expect(server.saves).toBe(5);
    expect(there.local()).toMatchObject({ viewer: pan });
  });
});

describe('two windows of one browser', () => {
  it('the one that has not heard yet takes nothing back', async () => {
    const shared = browser();
    const [left, right] = [new Window(server, shared), new Window(server, shared)];
    left.hears();
    right.hears();
    await left.keeping.look();
    await left.choose(zoom);
    await right.keeping.look(); // told by the browser at once; the server's hint is on its way
    expect(right.local()).toEqual({ viewer: zoom });
    expect(server.saves).toBe(1);
  });

  it('and does nothing where it cannot ask', async () => {
    const shared = browser();
    const [left, right] = [new Window(server, shared), new Window(server, shared)];
    left.hears();
    right.hears();
    await left.keeping.look();
    await left.choose(zoom);
    right.line = false;
    await right.keeping.look();
    expect(right.local()).toEqual({ viewer: zoom });
  });

  it('a server that was put back to an earlier state has the last word', async () => {
    await here.choose(zoom);
    server.now = { version: 1, sections: { viewer: pan } };
    here.hears();
    await here.keeping.look();
    expect(here.local()).toEqual({ viewer: pan });
  });
});
