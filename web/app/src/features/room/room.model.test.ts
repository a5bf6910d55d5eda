import { describe, expect, it } from 'vitest';
import type { CallState, RemotePerson } from '@/call';
import { consentsOf, coverOf, mayAskToRecord, noticeOf, unread, worstGrade } from './room.model';

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
  slots: {},
  stills: {},
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
  local: { mic: null, camera: null, screen: null, extras: {}, switches: { mic: true, camera: true, screen: false } },
  chat: [],
  pending: [],
  shared: {},
  grade: 'good',
  line: null,
  path: 'udp',
  link: 'live',
  lineState: 'live',
  figures: null,
  chair: false,
  waiting: [],
  audience: 0,
  presenter: '',
  speaker: '',
  recording: { state: 'off' },
  asked: null,
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
    ['waiting outside', call({ phase: 'lobby', people: [] }), 'lobby'],
    [
      'one of many is out',
      call({ people: [person({ link: 'interrupted' }), person({ id: 'q', name: '吴' })] }),
      'none',
    ],
    ['nobody but listeners', call({ people: [person({ canSend: false })] }), 'alone'],
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

describe('what is said aside', () => {
  const asked = { asked: { what: 'record', by: 'p' }, recording: { state: 'asked' as const, by: 'p' } };
  it.each([
    ['nothing', call(), undefined],
    [
      'who waits',
      call({ chair: true, waiting: [{ id: 'x', name: '王' }] }),
      { is: 'waits', name: '王', id: 'x', count: 1 },
    ],
    [
      'a wish to record before everything',
      call({ ...asked, waiting: [{ id: 'x', name: '王' }] }),
      { is: 'record', by: '林' },
    ],
    ['a wish that was called off is none', call({ ...asked, recording: { state: 'off' } }), undefined],
    ['nor is one of a recording that failed', call({ ...asked, recording: { state: 'failed' } }), undefined],
    ['a wish to hear us', call({ asked: { what: 'unmute', source: 'mic', by: 'p' } }), { is: 'unmute', by: '林' }],
    ['a wish to lead', call({ asked: { what: 'present', by: 'p' } }), { is: 'present', by: '林', id: 'p' }],
    ['our thin line', call({ lineState: 'thin' }), { is: 'thin' }],
    ['their weak line', call({ people: [person({ link: 'degraded' })] }), { is: 'theyThin', name: '林' }],
    ['nothing when it is over', call({ phase: 'ended', lineState: 'thin' }), undefined],
  ] as const)('%s', (_, state, want) => expect(noticeOf(state)).toEqual(want));
});

it('counts who agreed to be recorded', () => {
  const state = call({
    recording: {
      state: 'asked',
      consents: [
        { id: 'p', given: true },
        { id: 'gone', given: true },
      ],
    },
  });
  const consents = consentsOf(state);
  expect(consents).toMatchObject({ given: 1, all: 2, mine: 'pending' });
  expect(consents.of('p')).toBe('given');
  expect(consentsOf(call({ recording: { state: 'on', consents: [{ id: 'me', given: false }] } })).mine).toBe('refused');
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

it.each([
  ['off', true],
  ['failed', true],
  ['asked', false],
  ['on', false],
] as const)('a recording is asked for while it is %s: %s', (state, may) => {
  expect(mayAskToRecord({ recording: { state } })).toBe(may);
});
