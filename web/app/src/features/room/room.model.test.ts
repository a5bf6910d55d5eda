import { describe, expect, it } from 'vitest';
import type { CallState, RemotePerson } from '@/call';
import { blindReason, coverOf, mainPerson, pictureOf, unread, worstGrade } from './room.model';

const stream = {} as MediaStream;
const person = (fields: Partial<RemotePerson> = {}): RemotePerson => ({
  id: 'p',
  name: '林',
  canSend: true,
  link: 'live',
  state: { mic: true, camera: true, screen: false },
  grade: 'good',
  joined: '2026-05-01T08:00:00Z',
  streams: { mic: stream, camera: stream },
  paused: [],
  ...fields,
});
const call = (fields: Partial<CallState> = {}): CallState => ({
  phase: 'live',
  media: 'connected',
  you: 'me',
  room: 'r',
  canSend: true,
  people: [person()],
  local: { mic: null, camera: null, screen: null, switches: { mic: true, camera: true, screen: false } },
  chat: [],
  pending: [],
  shared: {},
  grade: 'good',
  line: null,
  path: 'udp',
  graceEnds: null,
  ended: null,
  clockOffset: 0,
  ...fields,
});

describe('what lies over the picture', () => {
  it.each([
    ['a talk', call(), 'none'],
    ['entering', call({ phase: 'joining', people: [] }), 'joining'],
    ['nobody else yet', call({ people: [] }), 'alone'],
    ['they are coming', call({ people: [person({ link: 'connecting' })] }), 'connecting'],
    ['our media are out', call({ media: 'interrupted' }), 'weLost'],
    ['our socket and media are out', call({ phase: 'recovering', media: 'interrupted', graceEnds: 9 }), 'weLost'],
    ['only the socket is out', call({ phase: 'recovering' }), 'none'],
    ['their line is out', call({ people: [person({ link: 'interrupted' })] }), 'theyLost'],
    ['over', call({ phase: 'ended', ended: { reason: 'moved', again: false } }), 'ended'],
  ] as const)('%s: %s', (_, state, is) => expect(coverOf(state).is).toBe(is));

  it('counts down to the end of the grace', () => {
    const lost = person({ link: 'interrupted', until: '2026-05-01T08:01:30Z' });
    expect(coverOf(call({ people: [lost] }))).toEqual({
      is: 'theyLost',
      name: '林',
      until: Date.parse('2026-05-01T08:01:30Z'),
    });
    expect(coverOf(call({ phase: 'recovering', media: 'interrupted', graceEnds: 42 }))).toMatchObject({ until: 42 });
  });
});

describe('the large picture', () => {
  it('is a shared screen, then a face, then whoever came first', () => {
    const early = person({ id: 'a', streams: {}, joined: '1' });
    const face = person({ id: 'b', joined: '2' });
    const screen = person({
      id: 'c',
      joined: '3',
      streams: { screen: stream },
      state: { mic: true, camera: false, screen: true },
    });
    expect(mainPerson([early, face, screen])?.id).toBe('c');
    expect(mainPerson([early, face])?.id).toBe('b');
    expect(mainPerson([early])?.id).toBe('a');
    expect(mainPerson([])).toBeUndefined();
    expect(pictureOf(screen)).toBe('screen');
  });

  it('says why there is none', () => {
    expect(pictureOf(person({ state: { mic: true, camera: false, screen: false } }))).toBeUndefined();
    expect(pictureOf(person({ paused: ['camera'] }))).toBeUndefined();
    expect(blindReason(person({ paused: ['camera'] }))).toBe('weak');
    expect(blindReason(person({ state: { mic: true, camera: false, screen: false, hidden: true } }))).toBe('hidden');
    expect(blindReason(person())).toBe('off');
  });
});

it('shows the weaker of both lines', () => {
  expect(worstGrade(call({ grade: 'fair', people: [person({ grade: 'bad' })] }))).toBe('bad');
  expect(worstGrade(call({ grade: 'poor' }))).toBe('poor');
  expect(worstGrade(call({ people: [person({ grade: undefined })] }))).toBe('good');
});

it('counts what others wrote since the chat was open', () => {
  const line = (seq: number, from: string) => ({ seq, from, name: '', ref: '', text: '', at: '' });
  const state = call({ chat: [line(1, 'p'), line(2, 'me'), line(3, 'p')] });
  expect(unread(state, 0)).toBe(2);
  expect(unread(state, 1)).toBe(1);
  expect(unread(state, 3)).toBe(0);
});
