import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Looking } from './looking';
import {
  budgetBps,
  freshPace,
  isLater,
  type Lane,
  type Look,
  readLook,
  readMarks,
  readPointing,
  sent,
  waitFor,
} from './looking.model';

const look = (frame: number, more: Partial<Look> = {}): Look => ({
  study: '1.2',
  series: '1.2.3',
  instance: `1.2.3.${frame}`,
  frame: 1,
  window: { center: 40, width: 400 },
  zoom: 1,
  focus: [1, 2, frame],
  rotation: 0,
  flip: [false, false],
  invert: false,
  ...more,
});

describe('what arrives', () => {
  it('is read, and nothing else', () => {
    expect(readLook({ n: 3, look: look(7) })).toEqual({ n: 3, look: look(7) });
    expect(readLook({ n: 3, look: { ...look(7), zoom: 1e9, window: { center: 1, width: -4 } } })?.look).toMatchObject({
      zoom: 100,
    });
    for (const bad of [
      null,
      4,
      {},
      { n: 'x', look: look(1) },
      { n: 1, look: null },
      { n: 1, look: { ...look(1), study: 5 } },
    ])
      expect(readLook(bad)).toBeUndefined();
    expect(readPointing({ n: 1, at: null })).toEqual({ n: 1, at: null });
    expect(readPointing({ n: 1, at: { series: 's', instance: 'i', frame: 1, at: [1, 2] } })).toBeUndefined();
    expect(readMarks({ n: 1, study: 's', marks: [{ id: 'a' }, 3, null, {}] })?.marks).toEqual([{ id: 'a' }]);
  });

  it('is later by its number, then by its sender', () => {
    expect(isLater({ n: 2, from: 'a' }, { n: 1, from: 'b' })).toBe(true);
    expect(isLater({ n: 1, from: 'b' }, { n: 1, from: 'a' })).toBe(true);
    expect(isLater({ n: 1, from: 'a' }, { n: 1, from: 'a' })).toBe(false);
  });
});

describe('the pace', () => {
  it('is 30 pointers a second and 64 kbit/s for everything', () => {
    let pace = freshPace;
    let bytes = 0;
    const count: Record<Lane, number> = { pointer: 0, look: 0, marks: 0 };
    const sizes: Record<Lane, number> = { pointer: 180, look: 420, marks: 1500 };
    for (let at = 0; at < 20_000; at++) {
      for (const lane of ['look', 'marks', 'pointer'] as const) {
        if (waitFor(pace, lane, at) > 0) continue;
        pace = sent(pace, lane, sizes[lane], at);
        bytes += sizes[lane];
        count[lane]++;
      }
    }
    expect(count.pointer / 20).toBeLessThanOrEqual(30.1);
    expect(count.look / 20).toBeGreaterThan(7); // in step within 150 ms, whatever else is wanted
    expect((bytes * 8) / 20).toBeLessThanOrEqual(budgetBps * 1.1);
  });
});

describe('looking together', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  /** Two people and a server that relays, in order or not. */
  function pair() {
    let presenter = '';
    const state = { busy: false };
    const wire: { from: string; topic: string; n: number; data: unknown; keep: boolean }[] = [];
    const made: Record<string, Looking> = {};
    const join = (you: string): Looking => {
      made[you] = new Looking({
        you: () => you,
        presenter: () => presenter,
        share: (topic, n, data, keep) => void wire.push({ from: you, topic, n, data, keep }),
        busy: () => state.busy,
        present: (on) => {
          presenter = on ? you : '';
          for (const l of Object.values(made)) l.refresh();
        },
      });
      return made[you];
    };
    const deliver = (messages = wire.splice(0)) => {
      for (const m of messages) for (const [you, l] of Object.entries(made)) if (you !== m.from) l.receive(m);
    };
    return { a: join('a'), b: join('b'), join, wire, deliver, state };
  }

  it('one leads, the other follows', () => {
    const { a, b, wire, deliver } = pair();
    b.show(look(5));
    expect(wire).toEqual([]); // what opened by itself leads nobody
    a.lead(true);
    a.show(look(1));
    deliver();
    expect(a.snapshot()).toMatchObject({ leader: 'a', leading: true, following: false });
    expect(b.snapshot()).toMatchObject({ leader: 'a', leading: false, following: true, look: look(1) });
    b.follow(false);
    expect(b.snapshot().following).toBe(false);
  });

  it('what went with a lost way is said again, by its number, and by the leader alone', () => {
    const { a, b, wire, deliver } = pair();
    a.lead(true);
    a.show(look(1));
    a.mark('s', [{ id: 'm' }]);
    const before = wire.splice(0).map((m) => m.n);
    b.resend();
    expect(wire).toEqual([]);
    vi.advanceTimersByTime(1000);
    a.resend();
    expect(wire.map((m) => m.n)).toEqual(before);
    deliver();
    expect(b.snapshot()).toMatchObject({ look: look(1), marks: { marks: [{ id: 'm' }] } });
  });

  it('on a line that is narrower than what is shown, the newest waits alone', () => {
    const { a, wire, state } = pair();
    a.lead(true);
    state.busy = true;
    for (let frame = 1; frame <= 20; frame++) {
      a.show(look(frame));
      vi.advanceTimersByTime(100);
    }
    expect(wire).toEqual([]);
    state.busy = false;
    vi.advanceTimersByTime(100);
    expect(wire.map((m) => (m.data as { look: Look }).look.instance)).toEqual(['1.2.3.20']);
  });

  it('an older state never overwrites a newer one', () => {
    const { a, b, wire, deliver } = pair();
    a.lead(true);
    a.show(look(1));
    vi.advanceTimersByTime(1000);
    a.show(look(2));
    const [first, second] = wire.splice(0);
    deliver([second, first].filter((m) => m !== undefined));
    expect(b.snapshot().look?.instance).toBe('1.2.3.2');
  });

  it('the last of many is sent, soon', () => {
    const { a, b, wire, deliver } = pair();
    a.lead(true);
    for (let i = 1; i <= 50; i++) a.show(look(i));
    expect(wire.length).toBe(1);
    vi.advanceTimersByTime(150);
    deliver();
    expect(b.snapshot().look?.instance).toBe('1.2.3.50');
  });

  it('who does not lead sends nothing; who takes the lead goes on from the same picture', () => {
    const { a, b, wire, deliver } = pair();
    a.lead(true);
    a.show(look(1));
    deliver();
    b.show(look(9));
    expect(wire).toEqual([]);
    b.lead(true);
    expect(a.snapshot()).toMatchObject({ leader: 'b', leading: false, following: true });
    b.show(look(9));
    deliver();
    expect(a.snapshot().look?.instance).toBe('1.2.3.9');
    vi.advanceTimersByTime(500);
    a.show(look(3));
    expect(wire).toEqual([]);
  });

  it('who comes late gets the state, and marks, that were kept', () => {
    const { a, join, wire } = pair();
    a.lead(true);
    a.show(look(4));
    a.mark('1.2', [{ id: 'm1' }]);
    a.point({ series: 's', instance: 'i', frame: 1, at: [0, 0, 0] });
    const c = join('c');
    for (const m of wire.filter((w) => w.keep)) c.receive(m);
    expect(wire.filter((w) => !w.keep).map((w) => w.topic)).toEqual(['pointer']);
    expect(c.snapshot()).toMatchObject({ leader: 'a', look: look(4), marks: { study: '1.2', marks: [{ id: 'm1' }] } });
  });

  it('an old pointer does not jump back', () => {
    const { a, b, wire } = pair();
    const at: number[] = [];
    b.onPointer((p) => at.push(p.n));
    a.lead(true);
    a.show(look(1));
    a.point(null);
    vi.advanceTimersByTime(100);
    a.point(null);
    const pointers = wire.filter((m) => m.topic === 'pointer');
    for (const m of [...pointers].reverse()) b.receive(m);
    expect(at).toEqual([pointers.length === 2 ? 3 : 2]);
  });

  it('is told again to a server that forgot', () => {
    const { a, wire, deliver } = pair();
    a.lead(true);
    a.show(look(1));
    deliver();
    vi.advanceTimersByTime(1000);
    a.repeat();
    expect(wire.map((m) => m.topic)).toEqual(['viewer']);
  });
});
