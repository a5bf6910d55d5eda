import { describe, expect, it } from 'vitest';
import type { ChatLine, Participant, ServerMessage, Welcome } from './protocol';
import { apply, emptySession, remotes, type Session } from './session.model';

const on = { mic: true, camera: true, screen: false };
const person = (id: string, more: Partial<Participant> = {}): Participant => ({
  id,
  name: `Dr ${id}`,
  canSend: true,
  link: 'live',
  state: on,
  joined: '2026-03-01T03:00:00Z',
  ...more,
});
const line = (seq: number, from: string, ref = `r${seq}`): ChatLine => ({
  seq,
  from,
  name: from,
  ref,
  text: `text ${seq}`,
  at: '',
});
const welcome = (more: Partial<Welcome> = {}): Welcome => ({
  type: 'welcome',
  version: 1,
  you: 'a',
  room: 'r',
  canSend: true,
  resume: 't',
  graceMs: 90_000,
  resumed: false,
  gen: 0,
  participants: [person('a'), person('b')],
  chat: [],
  shared: [],
  now: '2026-03-01T03:00:10Z',
  ...more,
});
const now = Date.parse('2026-03-01T03:00:00Z');
const play = (messages: ServerMessage[], from: Session = emptySession) =>
  messages.reduce((s, m) => apply(s, m, now), from);

describe('session', () => {
  it('knows who is here', () => {
    const s = play([
      welcome(),
      { type: 'joined', participant: person('c') },
      { type: 'joined', participant: person('c') },
      { type: 'changed', participant: person('b', { link: 'interrupted', until: 'x' }) },
      { type: 'left', id: 'c', reason: 'left' },
    ]);
    expect(s.people.map((p) => `${p.id} ${p.link}`)).toEqual(['a live', 'b interrupted']);
    expect(s.clockOffset).toBe(10_000);
  });

  it('waits in the lobby, and learns of the room when it is let in', () => {
    const waits = play([welcome({ lobby: true, participants: null })]);
    expect(waits).toMatchObject({ lobby: true, people: [] });
    const inside = play(
      [{ type: 'admitted', participants: [person('a'), person('b')], presenter: 'b', audience: 3 }],
      waits,
    );
    expect(inside).toMatchObject({ lobby: false, presenter: 'b', audience: 3 });
    expect(inside.people.map((p) => p.id)).toEqual(['a', 'b']);
  });

  it('knows who waits, who presents, and how the recording stands', () => {
    const s = play([
      welcome({ chair: true }),
      { type: 'waiting', people: [{ id: 'x', name: 'X', guest: true }] },
      { type: 'presenter', id: 'b' },
      { type: 'audience', count: 40 },
      { type: 'asked', what: 'record', by: 'b' },
      { type: 'recording', state: 'asked', by: 'b', consents: [{ id: 'b', given: true }] },
    ]);
    expect(s).toMatchObject({ chair: true, presenter: 'b', audience: 40, asked: { what: 'record', by: 'b' } });
    expect(s.waiting).toHaveLength(1);
    // A recording that runs, or was called off, asks nobody any more.
    const on = play([{ type: 'recording', state: 'on', consents: null }], s);
    expect(on).toMatchObject({ asked: null, recording: { state: 'on' } });
  });

  it('keeps the last still of a picture until the picture moves again, or its person leaves', () => {
    const still = (from: string, at: number): ServerMessage => ({
      type: 'shared',
      topic: 'still:camera',
      from,
      data: { jpeg: 'AAAA', at },
    });
    const s = play([welcome(), still('b', 1), still('b', 2), still('c', 3)]);
    expect(remotes(s, () => undefined)[0]?.stills.camera?.at).toBe(2);
    expect(Object.keys(play([{ type: 'shared', topic: 'still:camera', from: 'b', data: null }], s).stills)).toEqual([
      'c camera',
    ]);
    expect(Object.keys(play([{ type: 'left', id: 'c', reason: 'left' }], s).stills)).toEqual(['b camera']);
  });

  it('takes null for an empty list', () => {
    const s = play([
      welcome({ participants: null, chat: null, shared: null }),
      { type: 'slots', gen: 1, slots: null, want: { audio: 0, video: 0 } },
    ]);
    expect([s.people, s.chat, s.slots]).toEqual([[], [], []]);
  });

  it('keeps the chat through a resume, without doubles', () => {
    const first = play([
      welcome({ chat: [line(1, 'b')] }),
      { type: 'chat', ...line(3, 'b') },
      { type: 'chat', ...line(3, 'b') },
    ]);
    const resumed = apply(first, welcome({ resumed: true, chat: [line(2, 'b'), line(3, 'b')] }), now);
    expect(resumed.chat.map((c) => c.seq)).toEqual([1, 2, 3]);
  });

  it('begins the chat anew with a new room', () => {
    const first = play([welcome({ chat: [line(1, 'b'), line(2, 'b')] })]);
    expect(apply(first, welcome({ chat: [line(1, 'c')] }), now).chat.map((c) => c.from)).toEqual(['c']);
  });

  it('holds what was said until the server confirms it', () => {
    const s: Session = {
      ...play([welcome()]),
      pending: [
        { ref: 'x', text: 'one' },
        { ref: 'y', text: 'two' },
      ],
    };
    expect(apply(s, { type: 'chat', ...line(1, 'b', 'x') }, now).pending).toHaveLength(2);
    expect(apply(s, { type: 'chat', ...line(1, 'a', 'x') }, now).pending).toEqual([{ ref: 'y', text: 'two' }]);
    expect(apply(s, welcome({ chat: [line(1, 'a', 'y')] }), now).pending).toEqual([{ ref: 'x', text: 'one' }]);
  });

  it('keeps the last value of a kept topic', () => {
    const s = play([
      welcome({ shared: [{ topic: 'viewer', from: 'b', keep: true, data: 1 }] }),
      { type: 'shared', topic: 'viewer', from: 'b', keep: true, data: 2 },
      { type: 'shared', topic: 'pointer', from: 'b', data: 3 },
    ]);
    expect(Object.keys(s.shared)).toEqual(['viewer']);
    expect(s.shared.viewer?.data).toBe(2);
    expect(apply(s, { type: 'shared', topic: 'viewer', from: 'b', keep: true, data: null }, now).shared).toEqual({});
  });

  it('gives the others their streams', () => {
    const s = play([
      welcome(),
      {
        type: 'slots',
        gen: 1,
        slots: [
          { mid: '0', from: 'b', source: 'mic' },
          { mid: '1', from: 'b', source: 'camera', paused: true },
        ],
        want: { audio: 0, video: 0 },
      },
      {
        type: 'quality',
        lines: [{ id: 'b', grade: 'fair', upLoss: 0, downLoss: 0, rttMs: 1, jitterMs: 0, upKbps: 0, downKbps: 0 }],
      },
    ]);
    const stream = {} as MediaStream;
    const [b, ...rest] = remotes(s, (mid) => (mid === '0' || mid === '1' ? stream : undefined));
    expect(rest).toEqual([]);
    expect(b?.id).toBe('b');
    expect(Object.keys(b?.streams ?? {})).toEqual(['mic', 'camera']);
    expect(b?.paused).toEqual(['camera']);
    expect(b?.line?.grade).toBe('fair');
  });
});
